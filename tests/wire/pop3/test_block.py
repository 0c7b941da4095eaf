"""Dots that are added, and the end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.pop3 import block

LINES = st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a.", b"\r", b"\xff"]), max_size=6)


@given(LINES, st.lists(st.integers(0, 60), max_size=5))
def test_there_and_back_in_pieces(lines: list[bytes], cuts: list[int]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    said = block.encode(content) + b"+OK more\r\n"
    decoder = block.Decoder(1000)
    found = b""
    places = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
    for start, end in itertools.pairwise(places):
        found += decoder.feed(said[start:end])
    assert (decoder.done, found, decoder.unused) == (True, content, b"+OK more\r\n")


def test_a_last_line_gets_its_end() -> None:
    assert block.encode(b"a") == b"a\r\n.\r\n"
    assert block.encode(b"") == b".\r\n"
    assert block.encode(b".a\r\n.\r\n") == b"..a\r\n..\r\n.\r\n"


def test_how_much() -> None:
    decoder = block.Decoder(10)
    assert decoder.feed(b"xxxx\r\nxx") == b"xxxx\r\nxx"
    with pytest.raises(RemoteProtocolError):
        decoder.feed(b"xxx")
