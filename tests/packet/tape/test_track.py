"""Tracks: when they ended, and whether anybody speaks."""

from __future__ import annotations

from tests.packet.tape.tracks import SECOND, track


def test_what_a_track_tells() -> None:
    one = track("> a", "< b", "> !end")
    assert (one.started, one.ended, one.speaks) == (0, 2 * SECOND, True)
    assert not track("> !end").speaks
