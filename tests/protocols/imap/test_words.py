"""Headers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.imap.words import people, readable
from netloom.wire.imap.addresses import Address, parse


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (b"plain", "plain"),
        ("grün".encode(), "grün"),
        (b"=?utf-8?q?gr=C3=BCn?=", "grün"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?x-odd?q?a?=", "=?x-odd?q?a?="),
        (b"=?utf-8?b?A?=", "=?utf-8?b?A?="),
    ],
)
def test_fields(value: bytes | None, words: str) -> None:
    assert readable(value) == words


def test_people() -> None:
    value = b"=?utf-8?q?=C3=84nn?= <ann@x>, bob@y, friends: c@z;, =?utf-8?q?d?= <d@z>, e"
    assert people(parse(value)) == "Änn <ann@x>, bob@y, friends:, c@z, d <d@z>, e"
    assert people(None) == ""


@given(st.binary(max_size=60))
def test_any_bytes(value: bytes) -> None:
    assert isinstance(readable(value), str)
    assert isinstance(people([Address(value, value, value, value), Address()]), str)
