"""Strings and names as they are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.imap import tokens
from netloom.wire.imap.tokens import Cursor


@given(st.binary(max_size=50), st.booleans())
def test_there_and_back(octets: bytes, utf8: bool) -> None:
    said = tokens.string(octets, utf8=utf8)
    parts = (said,)
    if said.startswith(b"{"):
        head, _, _ = said.partition(b"\r\n")
        parts = (head, said[len(head) + 2 :], b"")  # type: ignore[assignment]  # a literal
    assert Cursor(parts).string() == octets.replace(b"\0", b"\x80")


def test_which_form() -> None:
    assert tokens.string(b'a"b\\') == b'"a\\"b\\\\"'
    assert tokens.string("é".encode()) == b"{2}\r\n\xc3\xa9"
    assert tokens.string("é".encode(), utf8=True) == b'"\xc3\xa9"'
    assert tokens.string(b"\xff", utf8=True) == b"{1}\r\n\xff"
    assert tokens.nstring(None) == b"NIL"
    assert tokens.mailbox("NIL") == b'"NIL"'
    assert tokens.mailbox("") == b'""'
    assert tokens.literal8(b"\0") == b"~{1}\r\n\0"
