"""Octets of frames, by the headers that are in them."""

from __future__ import annotations

import pytest

from netloom.packet.dissect import dissect
from netloom.packet.filters.octets import FrameView
from netloom.packet.frame import INBOUND, OUTBOUND, Frame
from tests.packet.filters.mixed import FOUR, TCP, arp, ether, four, framed, label, session, tag, tcp


def view(data: bytes, link_type: int = 1, direction: int = 0) -> FrameView:
    frame = Frame(data=data, timestamp_ns=None, link_type=link_type, length=len(data), direction=direction)
    return FrameView(frame, dissect(frame))


INNER = four(tcp(80, 1024), TCP, FOUR[0], FOUR[2])
FRAME = ether(tag(four(INNER, 4, FOUR[1], FOUR[1]), 5, 0x0800), 0x8100)


@pytest.mark.parametrize(
    ("base", "offset", "size", "value"),
    [("ether", 12, 2, 0x8100), ("ip", 16, 4, 0x0A010203), ("tcp", 0, 2, 80), ("tcp", 13, 1, 2), ("ether", 0, 1, 2)],
)
def test_the_innermost_header_counts(base: str, offset: int, size: int, value: int) -> None:
    assert view(FRAME).octet(base, offset, size) == (value, True)


@pytest.mark.parametrize("offset", [20, 17, 1 << 32])
def test_what_wasnt_captured_isnt_there(offset: int) -> None:
    assert view(FRAME).octet("tcp", offset, 4)[1] is False


def test_headers_in_between() -> None:
    assert view(ether(label(INNER, 77), 0x8847)).octet("mpls", 0, 4) == (77 << 12 | 1 << 8 | 64, True)
    assert view(ether(session(INNER, 9, 0x21), 0x8864)).octet("pppoes", 2, 2) == (9, True)
    assert view(ether(bytes([0x42, 0x42, 3]) + bytes(40), 43)).octet("llc", 0, 1) == (0x42, True)
    assert [view(FRAME).octet(base, 0, 1) for base in ("mpls", "pppoes", "llc")] == [(0, False)] * 3


def test_a_header_that_isnt_known_begins_behind_the_last_that_is() -> None:
    assert view(ether(four(b"\x11rest", 2), 0x0800)).octet("igmp", 0, 1) == (0x11, True)
    assert view(ether(arp(FOUR[0], FOUR[1]), 0x0806)).octet("arp", 6, 2) == (1, True)
    assert view(ether(b"\7", 0x6003)).octet("decnet", 0, 1) == (7, True)


def test_directions() -> None:
    assert [view(FRAME, direction=way).direction for way in (0, INBOUND, OUTBOUND)] == [0, INBOUND, OUTBOUND]
    for link_type in (113, 276):
        frames = [framed(link_type, 0x0800, INNER, number) or b"" for number in range(4)]
        assert [view(frame, link_type).direction for frame in frames] == [INBOUND, INBOUND, INBOUND, OUTBOUND]
        assert view(frames[0][:1], link_type).direction == 0
        assert view(frames[3], link_type, INBOUND).direction == INBOUND
