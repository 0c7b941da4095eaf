from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.socketio.options import Options


def test_by_name() -> None:
    _, options = split(
        Endpoint.parse("socketio://h/#transport=polling,tokens=a=b,tokens=c=d,token=x,place=/live"), Options
    )
    assert (options.transport, options.place) == ("polling", "/live")
    assert [given.reveal() for given in options.tokens] == ["a=b", "c=d"]
    assert "x" not in str(options.token)
    assert "a=b" not in repr(options)


@pytest.mark.parametrize(
    "bad", ["transport=x", "place=live", "ping_interval=0", "max_payload=1", "buffered=0", "type=x"]
)
def test_what_is_none(bad: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"socketio://h/#{bad}"), Options)
