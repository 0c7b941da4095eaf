"""A WebSocket's server that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Status, UsageError
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

SEND = Sample(verb="send", place="/loom#reply=message", text="warp")


@pytest.mark.parametrize("version", ["1.1", "2"])
@pytest.mark.parametrize(
    ("fault", "status"), [("503", REFUSED), ("401", UNKNOWN), ("GOAWAY", REFUSED), ("404:at=handshake", REFUSED)]
)
def test_no_handshake(fault: str, status: Status, version: str) -> None:
    (met,) = outcomes("ws", fault, SEND, options=f"version={version}")
    assert met.status is status


@pytest.mark.parametrize("code", ["1008", "1011", "1013", "3000", "4001"])
@pytest.mark.parametrize("sample", [SEND, Sample(verb="listen", place="/loom"), Sample(verb="probe", place="/loom")])
def test_closed_after_it(code: str, sample: Sample) -> None:
    (met,) = outcomes("ws", f"{code}:text=enough", sample)
    assert met.status is REFUSED
    assert str(met.code) == code
    assert "enough" in met.message


@pytest.mark.parametrize("code", ["1005", "1006", "1015", "1000", "2000"])
def test_what_may_not_be_said(code: str) -> None:
    with pytest.raises(UsageError, match="ws can't refuse with"):
        outcomes("ws", code, SEND)


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("ws", "1013:times=2", SEND, SEND, SEND)] == TWICE


def test_only_for_some_paths() -> None:
    met = outcomes("ws", "1008:target=/weft", SEND, Sample(verb="send", place="/weft#reply=message", text="x"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
