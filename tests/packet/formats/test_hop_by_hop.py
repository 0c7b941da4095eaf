"""IPv6's hop-by-hop header and the options in it, on octets and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.hop_by_hop import (
    PAD1,
    PADN,
    ROUTER_ALERT,
    HopByHop,
    Option,
    jumbo,
    option,
    options,
    padding,
    router_alert,
)
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from tests.packet.formats.agreement import OCTETS, again, cut_anywhere, same_again, whatever

if TYPE_CHECKING:
    from collections.abc import Callable

# UDP follows, 8 octets, a router alert, two octets of padding
ONE = bytes.fromhex("1100 05020000 0100")


def test_octets_are_read() -> None:
    parsed = same_again(HopByHop, ONE + b"rest")
    assert parsed.layer == HopByHop(next_header=17, options=ONE[2:], header=8)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, ("ip", 17))


def test_cut_anywhere() -> None:
    cut_anywhere(HopByHop, ONE)
    cut_anywhere(HopByHop, bytes([6, 2]) + bytes(22))


@given(OCTETS, st.binary(max_size=100))
def test_written_and_read(number: int, octets: bytes) -> None:
    data = bytes(HopByHop(next_header=number, options=octets) / b"rest")
    parsed = same_again(HopByHop, data)
    assert isinstance(parsed.layer, HopByHop)
    assert parsed.layer.options[: len(octets)] == octets
    assert parsed.header % 8 == 0


@given(st.binary(max_size=60))
def test_any_octets(data: bytes) -> None:
    whatever(HopByHop, data)
    options(data)


def test_options_are_padded() -> None:
    assert bytes(HopByHop(next_header=17, options=router_alert())) == ONE
    assert bytes(HopByHop(options=option(30, bytes(3)))) == bytes([59, 0, 30, 3, 0, 0, 0, 0])
    assert bytes(HopByHop()) == bytes([59, 0, 1, 4, 0, 0, 0, 0])
    assert bytes(HopByHop(options=jumbo(70_000))) == bytes.fromhex("3b00c20400011170")


def test_options_are_read() -> None:
    assert options(ONE[2:]) == [Option(ROUTER_ALERT, b"\0\0"), Option(PADN, b"")]
    assert options(padding(1) + router_alert(1)) == [Option(PAD1), Option(ROUTER_ALERT, b"\0\1")]
    assert options(b"\x05\x02\x00") == []  # one that goes on beyond the header
    assert options(b"\x05") == []


@given(st.lists(st.builds(Option, st.integers(1, 255), st.binary(max_size=255)) | st.just(Option(PAD1)), max_size=8))
def test_options_and_back(wanted: list[Option]) -> None:
    assert options(b"".join(option(*one) for one in wanted)) == wanted


@given(st.integers(0, 257))
def test_padding_is_as_long_as_it_says(octets: int) -> None:
    assert len(padding(octets)) == octets
    assert all(one.kind in (PAD1, PADN) and not any(one.data) for one in options(padding(octets)))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: bytes(HopByHop(next_header=256)), "HopByHop\\(next_header=256\\)"),
        (lambda: bytes(HopByHop(options=bytes(2047))), "of 2056 octets"),
        (lambda: bytes(HopByHop(header=0)), "of 0 octets"),
        (lambda: bytes(HopByHop(header=9)), "of 9 octets"),
        (lambda: option(256), "an option 256"),
        (lambda: option(5, bytes(256)), "of 256 octets"),
        (lambda: padding(258), "padding of 258"),
        (lambda: padding(-1), "padding of -1"),
    ],
)
def test_what_has_no_place_is_a_mistake(make: Callable[[], bytes], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        make()


def test_a_row_has_what_follows() -> None:
    row = again(IPv6() / HopByHop(options=router_alert()) / UDP(dport=9) / b"abc", link=229)
    assert (row.protocol, row.dst_port, row.payload_at, row.payload_length) == (17, 9, 56, 3)
