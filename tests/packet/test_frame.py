"""Frames: values that don't change."""

from __future__ import annotations

import pytest

from netloom.packet.frame import INBOUND, OUTBOUND, Frame


def test_a_frame_is_a_value() -> None:
    frame = Frame(b"abc", 5, 1, 60)
    assert frame == Frame(b"abc", 5, 1, 60, 0, 0, "")
    assert hash(frame) == hash(Frame(b"abc", 5, 1, 60))
    assert frame != Frame(b"abc", 5, 1, 60, direction=OUTBOUND)
    with pytest.raises(AttributeError):
        frame.data = b""  # type: ignore[misc]


def test_directions_are_those_of_pcapng() -> None:
    assert (INBOUND, OUTBOUND) == (1, 2)
