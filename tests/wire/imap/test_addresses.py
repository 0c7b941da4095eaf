"""Addresses in headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.imap import addresses, envelope
from netloom.wire.imap.addresses import Address
from netloom.wire.imap.envelope import Envelope


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"ann@example.org", [Address(None, None, b"ann", b"example.org")]),
        (b"Ann B. <ann@x>", [Address(b"Ann B.", None, b"ann", b"x")]),
        (b'"B, \\"Ann\\"" <ann@x>', [Address(b'B, "Ann"', None, b"ann", b"x")]),
        (b"ann@x (Ann (B))", [Address(b"Ann (B)", None, b"ann", b"x")]),
        (b"=?utf-8?q?=C3=A9?= <a@b>", [Address(b"=?utf-8?q?=C3=A9?=", None, b"a", b"b")]),
        (b"<@r1,@r2:ann@x>", [Address(None, b"@r1,@r2", b"ann", b"x")]),
        (
            b"friends: ann@x, bob@y;, eve@z",
            [
                Address(mailbox=b"friends"),
                Address(None, None, b"ann", b"x"),
                Address(None, None, b"bob", b"y"),
                Address(),
                Address(None, None, b"eve", b"z"),
            ],
        ),
        (b"undisclosed-recipients:;", [Address(mailbox=b"undisclosed-recipients"), Address()]),
        (b"ann", [Address(None, None, b"ann", b"")]),
        (b'"a b"@[192.0.2.1]', [Address(None, None, b"a b", b"[192.0.2.1]")]),
        (b"", []),
        (b",,", []),
        (b";", []),
        (b"a@b@c", [Address(None, None, b"a@b", b"c")]),
    ],
)
def test_of(value: bytes, found: list[Address]) -> None:
    assert list(addresses.parse(value)) == found


@given(st.binary(max_size=100))
def test_any_bytes(value: bytes) -> None:
    found = addresses.parse(value)
    envelope.emit(Envelope(to=found or None))


def test_how_many() -> None:
    assert len(addresses.parse(b"a@b," * 100_000)) <= addresses.ADDRESSES_LIMIT + 1
