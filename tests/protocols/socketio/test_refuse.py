"""A server of events and namespaces that is told to say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

if TYPE_CHECKING:
    from netloom.errors import Status

SEND = Sample(verb="send", text="warp")


@pytest.mark.parametrize(
    ("fault", "status"),
    [("503", REFUSED), ("401", UNKNOWN), ("GOAWAY", REFUSED), ("CONNECT_ERROR:text=enough", REFUSED)],
)
@pytest.mark.parametrize("verb", ["send", "listen", "probe"])
def test_each_answer(fault: str, status: Status, verb: str) -> None:
    (met,) = outcomes("socketio", fault, Sample(verb=verb, text="warp"))
    assert met.status is status
    assert ("enough" in met.message) == ("enough" in fault)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("FORBIDDEN", 403, "Forbidden"), ("5", 400, "Unsupported protocol version"),
        ("UNKNOWN_TRANSPORT:text=enough", 400, "enough"),
    ],
)  # fmt: skip
def test_no_session(fault: str, status: int, words: str, transport: str) -> None:
    (met,) = outcomes("socketio", fault, SEND, options=f"transport={transport}")
    assert met.status is REFUSED
    assert met.code == status
    assert words in met.message or transport == "websocket"  # whose handshake has nothing but a status


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("socketio", "CONNECT_ERROR:times=2", SEND, SEND, SEND)] == TWICE


def test_only_for_some_namespaces() -> None:
    met = outcomes("socketio", "CONNECT_ERROR:target=/weft", SEND, Sample(verb="send", place="/weft", text="x"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
