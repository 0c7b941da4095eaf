"""What a lab's file may describe is told by types alone."""

from __future__ import annotations

import msgspec
import pytest

from netloom.labs.town import Account, Relay, Server, Town


def test_what_is_the_same_is_equal() -> None:
    one, same = (msgspec.convert({"endpoints": ["tcp://:0"]}, Server) for _ in range(2))
    assert one == same
    assert one != msgspec.structs.replace(one, faults=["reset"])
    assert Town().servers == {}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Server, {"endpoints": []}), (Server, {"endpoints": ["tcp://:0"], "end": 1}), (Relay, {"listen": "tcp://:0"}),
        (Account, {"password": ""}), (Account, {"password": "x", "rights": "all"}),
    ],
)  # fmt: skip
def test_what_is_none(kind: type, values: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, kind)
