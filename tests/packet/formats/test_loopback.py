"""Loopback's families in all orders, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.loopback import Loop, Loopback
from netloom.packet.formats.udp import UDP
from tests.packet.formats.agreement import WORDS, again, cut_anywhere, same_again, whatever

FAMILIES = {2: 4, 10: 6, 24: 6, 28: 6, 30: 6}


@pytest.mark.parametrize("family", FAMILIES)
def test_families_in_every_order(family: int) -> None:
    above = ("version", FAMILIES[family])
    little = same_again(Loopback, family.to_bytes(4, "little"))
    assert (little.layer, little.header, little.end, little.above) == (Loopback(family=family), 4, None, above)
    big = same_again(Loopback, family.to_bytes(4, "big"))
    assert (big.layer, big.above) == (Loopback(family=family, big=True), above)
    loop = same_again(Loop, family.to_bytes(4, "big"))
    assert (loop.layer, loop.header, loop.end, loop.above) == (Loop(family=family), 4, None, above)


def test_others_carry_nothing_that_is_known() -> None:
    assert same_again(Loopback, bytes.fromhex("07000000")).above is None
    assert same_again(Loopback, bytes(4)).layer == Loopback(family=0)
    assert same_again(Loop, bytes.fromhex("02000000")).above is None


def test_cut_anywhere() -> None:
    cut_anywhere(Loopback, bytes.fromhex("02000000"))
    cut_anywhere(Loop, bytes.fromhex("00000002"))


@given(st.integers(1, 0xFFFF), st.booleans())
def test_written_and_read(family: int, big: bool) -> None:
    assert same_again(Loop, bytes(Loop(family=family))).layer == Loop(family=family)
    layer = Loopback(family=family, big=big)
    found = same_again(Loopback, bytes(layer)).layer
    # Numbers that read well in both orders are none of a family: 0x0100 upwards, with nothing but zeros behind
    assert found == layer


@given(st.one_of(st.binary(max_size=6), WORDS.map(lambda word: word.to_bytes(4, "big"))))
def test_any_octets(data: bytes) -> None:
    whatever(Loopback, data)
    whatever(Loop, data)


def test_what_stands_above_names_its_family() -> None:
    assert bytes(Loopback() / IPv4())[:4] == bytes.fromhex("02000000")
    assert bytes(Loopback(big=True) / IPv6())[:4] == bytes.fromhex("0000001e")
    assert bytes(Loop() / IPv4())[:4] == bytes.fromhex("00000002")
    assert bytes(Loop() / b"x") == bytes(4) + b"x"
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(Loop(family=1 << 32))


def test_a_row_has_what_is_carried() -> None:
    for layer, link in ((Loopback(), 0), (Loopback(big=True), 0), (Loop(), 108)):
        assert again(layer / IPv4() / UDP() / b"abc", link=link).version == 4
        assert again(layer / IPv6() / UDP() / b"abc", link=link).payload_length == 3
