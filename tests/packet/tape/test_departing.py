"""Departing: what does for what, and where it doesn't, in words."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.departing import in_words, loosely
from netloom.packet.tape.part import Unit
from netloom.packet.tape.script import Knowledge
from netloom.protocols.smtp.decode import Decoder
from netloom.protocols.smtp.replay import Replay
from tests.packet.tape.tracks import script

SMTP = Knowledge(Replay, Decoder)


def test_what_does_for_what() -> None:
    one, alike, other = Unit(CLIENT, b"A", "a"), Unit(CLIENT, b"a", "a"), Unit(CLIENT, b"b", "b")
    assert [loosely(match, one, alike) for match in ("exact", "loose", "none")] == [False, True, True]
    assert [loosely(match, one, other) for match in ("exact", "loose", "none")] == [False, False, True]


def test_in_a_decoder_s_words() -> None:
    made = script("< 220 mx\r\n", "> EHLO a\r\n", "< 250 mx\r\n", "> AUTH PLAIN AGEAYg==\r\n", known=SMTP)
    assert in_words(made, 1, b"NOOP\r\n") == ("EHLO a", "NOOP")
    assert in_words(made, 1, b"") == ("EHLO a", "nothing more")
    wanted, came = in_words(made, 3, b"AUTH PLAIN AGEAYw==\r\n")
    assert came == f"{wanted}, which differs from byte 16 on"
    assert "AGEAY" not in wanted


def test_in_octets() -> None:
    made = script("> warp\n", "< weft", "> !end")
    assert in_words(made, 0, b"\0\xff") == (r"warp\n", r"\x00\xff")
    assert in_words(made, 0, b"warp\r") == (r"warp\n", r"warp\r")
    assert in_words(made, 0, b"x" * 60)[1] == "x" * 48 + "… (60 bytes)"
    assert in_words(made, 2, b"more") == ("the end", "more")
    assert in_words(made, 3, b"more") == ("the end", "more")
