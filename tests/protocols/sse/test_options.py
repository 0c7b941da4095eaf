from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.sse.options import Options


def test_by_name() -> None:
    _, options = split(Endpoint.parse("sse://h/#reconnect=5,retry=1.5,events=a,events=b,token=x"), Options)
    assert (options.reconnect, options.retry, options.events) == (5, 1.5, ["a", "b"])
    assert "x" not in str(options.token)


@pytest.mark.parametrize("bad", ["reconnect=-1", "retry=x", "keep_alive=0", "version=3", "max_event=0"])
def test_what_is_none(bad: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"sse://h/#{bad}"), Options)
