"""The options of http:// and https://."""

from __future__ import annotations

import msgspec
import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.options import LinkOptions
from netloom.options import split
from netloom.protocols.http.options import Options


def read(fragment: str) -> Options:
    return split(Endpoint.parse(f"http://a.test/#{fragment}"), Options)[1]


def test_as_written_in_a_url() -> None:
    made = read("headers=A:%201,headers=B:%202,compressed=no,max_redirects=0,token=t0ken,json=a:%3D[1,index=off")
    assert (made.headers, made.compressed, made.max_redirects, made.index) == (["A: 1", "B: 2"], False, 0, False)
    assert made.token is not None
    assert made.token.reveal() == "t0ken"
    assert "t0ken" not in repr(made)


@pytest.mark.parametrize(
    "fragment", ["version=4", "http3=yes", "auth=ntlm", "max_redirects=-1", "max_size=0", "fail=maybe", "nonsense"]
)
def test_mistakes(fragment: str) -> None:
    with pytest.raises(UsageError):
        read(fragment)


def test_none_hides_one_of_the_links() -> None:
    assert not set(Options.__struct_fields__) & set(LinkOptions.__struct_fields__)


def test_each_is_described() -> None:
    found = msgspec.json.schema(Options, schema_hook=lambda _: {"type": "string"})["$defs"]["Options"]["properties"]
    assert found.keys() == set(Options.__struct_fields__)
    assert all(option.get("description") for option in found.values())
