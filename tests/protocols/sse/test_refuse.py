"""A source of events that is told to say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

if TYPE_CHECKING:
    from netloom.errors import Status

LISTEN = Sample(verb="listen", place="/events/loom")
SEND = Sample(verb="send", place="/events/loom", text="warp")


@pytest.mark.parametrize(
    ("fault", "status"), [("503", REFUSED), ("401", UNKNOWN), ("GOAWAY", REFUSED), ("204", SUCCESS)]
)
def test_each_status(fault: str, status: Status) -> None:
    (met,) = outcomes("sse", fault, LISTEN)
    assert met.status is status


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("sse", "503:times=2:at=POST", SEND, SEND, SEND)] == TWICE


def test_only_for_some_topics() -> None:
    met = outcomes("sse", "404:target=/events/weft", SEND, Sample(verb="send", place="/events/weft", text="x"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
