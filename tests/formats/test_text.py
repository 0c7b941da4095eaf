"""Text: one value in words, in the letters of a charset."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import dumps, loads
from netloom.formats.text import read, write
from tests.formats.values import TEXTS


@given(TEXTS)
def test_there_and_back(text: str) -> None:
    assert read(write(text)) == text.removeprefix("\ufeff")
    assert loads(dumps(text, "text:utf-16-le"), "text:utf-16-le") == text


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("ä", "ä".encode()),
        (b"\xff", b"\xff"),
        (1.5, b"1.5"),
        (7, b"7"),
        (True, b"true"),
        (None, b""),
        (datetime(2026, 11, 21, tzinfo=UTC), b"2026-11-21T00:00:00Z"),
    ],
)
def test_words(value: Any, made: bytes) -> None:
    assert write(value) == made


def test_charsets() -> None:
    assert dumps("ä", "text:latin-1") == b"\xe4"
    assert dumps(b"\xff", "text:latin-1") == b"\xff"
    assert loads(b"\xe4", "text:latin-1") == "ä"
    with pytest.raises(Unsupported, match="iso8859-1 has no such letter"):
        dumps("€", "text:latin-1")
    with pytest.raises(RemoteProtocolError, match="byte 1: no ascii") as caught:
        loads(b"a\xe4", "text:ascii")
    assert caught.value.offset == 1


@pytest.mark.parametrize(
    "charset", ["klingon", "base64", "zlib", "rot13", "idna", "punycode", "unicode_escape", "a\0b", ""]
)
def test_what_is_no_charset(charset: str) -> None:
    with pytest.raises(UsageError, match="there is no charset"):
        loads(b"", f"text:{charset}")


@pytest.mark.parametrize("value", [[], {}, ["a"], {"a": 1}])
def test_what_has_parts(value: Any) -> None:
    with pytest.raises(Unsupported, match=r"text can't hold this: a (list|mapping) is more than one text"):
        write(value)


def test_no_utf_8() -> None:
    with pytest.raises(RemoteProtocolError, match="line 2, column 2: no UTF-8") as caught:
        read(b"a\nb\xff")
    assert caught.value.offset == 3
