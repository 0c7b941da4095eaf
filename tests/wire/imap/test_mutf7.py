"""Modified UTF-7."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import mutf7


@pytest.mark.parametrize(
    ("text", "coded"),
    [
        ("INBOX", b"INBOX"), ("a&b", b"a&-b"), ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("é", b"&AOk-"), ("😀", b"&2D3eAA-"), ("", b""), ("\x01", b"&AAE-"),
    ],
)  # fmt: skip
def test_of(text: str, coded: bytes) -> None:
    assert mutf7.encode(text) == coded
    assert mutf7.decode(coded) == text


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(["", "./~"]))
def test_there_and_back(text: str, escaped: str) -> None:
    coded = mutf7.encode(text, escaped)
    assert coded.isascii()
    assert not any(ord(character) in coded for character in escaped)
    assert mutf7.decode(coded.replace(b"&-", b"&-")) == text


@pytest.mark.parametrize("coded", [b"&", b"&AOk", b"\xe9", b"&A-", b"a\x01", b"&2AA-", b"&!!-"])
def test_what_is_none(coded: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        mutf7.decode(coded)


def test_what_isnt_text() -> None:
    with pytest.raises(LocalProtocolError):
        mutf7.encode("\ud800")


@given(st.binary(max_size=40))
def test_any_bytes(coded: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        mutf7.decode(coded)
