"""Dots that are added, and the end."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.dots import Piece, Unstuffer, stuff

LINES = st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a.", b"\r", b"\xff"]), max_size=6)


@given(LINES, st.lists(st.integers(0, 60), max_size=5))
def test_there_and_back_in_pieces(lines: list[bytes], cuts: list[int]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    said = stuff(content) + b"+OK more\r\n"
    dots = Unstuffer()
    places = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
    pieces = [dots.feed(said[start:end]) for start, end in itertools.pairwise(places)]
    assert (dots.done, dots.unused) == (True, b"+OK more\r\n")
    assert b"".join(piece.meant for piece in pieces) == content
    assert b"".join(piece.sent for piece in pieces) == b"\r\n" + stuff(content).removesuffix(b".\r\n")


def test_a_last_line_gets_its_end() -> None:
    assert stuff(b"a") == b"a\r\n.\r\n"
    assert stuff(b"") == b".\r\n"
    assert stuff(b".a\r\n.\r\n") == b"..a\r\n..\r\n.\r\n"


def test_what_may_be_the_end_waits() -> None:
    dots = Unstuffer()
    assert dots.feed(b"a\r\n.\r") == Piece(b"\r\na", b"a")
    assert dots.feed(b"b") == Piece(b"\r\n.\rb", b"\r\n\rb")
    assert not dots.done


def test_nothing_comes_after_the_end() -> None:
    dots = Unstuffer()
    dots.feed(b".\r\n")
    assert dots.feed(b"more") == Piece(b"", b"")
    assert dots.unused == b"more"
