from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.http.limits import DEFAULT, Limits
from netloom.options import split
from netloom.protocols.grpc.options import Options


def test_bounds_of_http_are_the_engines_own() -> None:
    """A port may be shared: what gRPC doesn't say stays as it is for the others."""
    assert Limits.of(Options()) == DEFAULT
    assert Limits.of(Options(max_streams=3)).max_streams == 3


def test_secrets_arent_shown() -> None:
    endpoint = Endpoint.parse("grpc://h").with_options(
        [("token", "c4n4ry"), ("metadata", "authorization: Basic c4n4ry")]
    )
    assert "c4n4ry" not in repr(split(endpoint, Options)[1].token)
    written = Endpoint.parse("grpc://h#token=c4n4ry,metadata=authorization:%20Basic%20c4n4ry")
    assert "c4n4ry" not in str(written)


@pytest.mark.parametrize(
    "option", ["timeout=0", "timeout=-1", "compress=snappy", "max_size=0", "count=-1", "keep_alive=x"]
)
def test_what_they_take(option: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"grpc://h#{option}"), Options)
