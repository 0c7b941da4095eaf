from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.ws.options import Options


def options(text: str) -> Options:
    return split(Endpoint.parse(f"ws://h/#{text}"), Options)[1]


def test_as_they_are_written() -> None:
    got = options("subprotocol=b,subprotocol=a,compressed=no,type=binary,max_size=10,keep_alive=0,origins=*")
    assert got == Options(
        subprotocol=["b", "a"], compressed=False, type="binary", max_size=10, keep_alive=0, origins=["*"]
    )


def test_a_token_isnt_shown() -> None:
    assert "canary" not in repr(options("token=canary"))


@pytest.mark.parametrize("text", ["type=other", "version=3", "max_size=0", "keep_alive=-1", "reply=yes"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        options(text)
