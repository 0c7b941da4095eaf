from __future__ import annotations

import itertools

import pytest
from hyperframe.frame import DataFrame, GoAwayFrame, HeadersFrame, PingFrame, SettingsFrame, WindowUpdateFrame
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.links.http.h2_frames import Frames, GoAway

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def go(last: int, code: int, text: bytes = b"") -> bytes:
    frame = GoAwayFrame(0)
    frame.last_stream_id, frame.error_code, frame.additional_data = last, code, text
    return frame.serialize()


SETTINGS = SettingsFrame(0, settings={1: 4096}).serialize()
PARTS = [
    SETTINGS,
    DataFrame(1, b"x" * 100).serialize(),
    go(7, 0, b"bye"),
    PingFrame(0, b"12345678").serialize(),
    HeadersFrame(3, b"\x82").serialize(),
    go(5, 11),
    WindowUpdateFrame(0, 5).serialize(),
    DataFrame(1, b"").serialize(),
]
WHOLE = b"".join(PARTS)
PASSED = b"".join(part for part in PARTS if part[3] != 7)


@given(st.lists(st.integers(0, len(PREFACE + WHOLE)), max_size=20))
def test_cutting_changes_nothing(cuts: list[int]) -> None:
    data = PREFACE + WHOLE
    places = [0, *sorted(cuts), len(data)]
    frames = Frames(preface=True)
    passed = b"".join(frames.feed(data[a:b]) for a, b in itertools.pairwise(places))
    assert passed == PREFACE + PASSED
    assert frames.goaways == [GoAway(7, 0, "bye"), GoAway(5, 11, "")]
    assert (frames.idle, frames.paced) == (1 + 1, 2)  # SETTINGS and empty DATA; PING and WINDOW_UPDATE


@given(st.binary(max_size=200))
def test_arbitrary_bytes(data: bytes) -> None:
    frames = Frames(preface=False)
    try:
        passed = frames.feed(data)
    except RemoteProtocolError:
        passed = b""
    assert len(passed) <= len(data)


@pytest.mark.parametrize(
    "first", [PARTS[1], PARTS[3], b"HTTP/1.1 400 Bad Request\r\n", b"\0\0\0\4\1\0\0\0\0", b"\0\0\1\4\0\0\0\0\0x"]
)
def test_it_begins_with_settings(first: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        Frames(preface=False).feed(first)


def test_an_end_of_stream_carries_something() -> None:
    frames = Frames(preface=False)
    frames.feed(SETTINGS)
    before = frames.idle
    last = DataFrame(1, b"")
    last.flags.add("END_STREAM")
    frames.feed(last.serialize())
    assert frames.idle == before
