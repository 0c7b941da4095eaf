"""Ethernet, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.llc import LLC
from netloom.packet.formats.mpls import MPLS
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.row import LYING
from tests.packet.formats.agreement import again, cut_anywhere, frame, same_again, whatever

# To 02:…:02 from 02:…:01: IPv4
SECOND = bytes.fromhex("020000000002 020000000001 0800")
# The same, with a length: three octets
LENGTH = bytes.fromhex("020000000002 020000000001 0003 424203")
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))


def test_octets_are_read() -> None:
    parsed = same_again(Ethernet, SECOND)
    assert parsed.layer == Ethernet(dst="02:00:00:00:00:02", src="02:00:00:00:00:01", type=0x0800)
    assert (parsed.header, parsed.end, parsed.above) == (14, None, ("ethertype", 0x0800))


@pytest.mark.parametrize(
    ("kind", "end", "above"),
    [
        (0, 14, ("llc", 0)),
        (0x05FF, 14 + 0x05FF, ("llc", 0)),
        (0x0600, None, ("ethertype", 0x0600)),
        (0xFFFF, None, ("ethertype", 0xFFFF)),
    ],
)
def test_a_type_or_a_length(kind: int, end: int | None, above: tuple[str, int]) -> None:
    parsed = same_again(Ethernet, SECOND[:12] + kind.to_bytes(2, "big"))
    assert (parsed.end, parsed.above) == (end, above)


def test_cut_anywhere() -> None:
    cut_anywhere(Ethernet, SECOND)


@given(MACS, MACS, st.integers(0, 0xFFFF))
def test_written_and_read(dst: str, src: str, kind: int) -> None:
    layer = Ethernet(dst=dst, src=src, type=kind)
    assert same_again(Ethernet, bytes(layer)).layer == layer


@given(st.binary(max_size=40))
def test_any_octets(data: bytes) -> None:
    whatever(Ethernet, data)


def test_addresses_are_spelled_alike() -> None:
    assert Ethernet(dst="02-00-00-00-00-0A").dst == Ethernet(dst="02:00:00:00:00:0a").dst == "02:00:00:00:00:0a"
    for wrong in ("", "02:00:00:00:00", "02:00:00:00:00:0g", "02:00-00:00:00:00", "02:00:00:00:00:00:00"):
        with pytest.raises(UsageError, match="no hardware address"):
            Ethernet(src=wrong)


def test_what_stands_above_names_itself() -> None:
    assert bytes(Ethernet() / IPv4())[12:14] == b"\x08\x00"
    assert bytes(Ethernet() / MPLS())[12:14] == b"\x88\x47"
    assert bytes(Ethernet(type=0x9999) / IPv4())[12:14] == b"\x99\x99"
    assert bytes(Ethernet() / LLC() / b"1234")[12:14] == b"\x00\x07"
    assert bytes(Ethernet() / b"1234")[12:14] == b"\x00\x04"


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(UsageError, match="1536 octets are no length"):
        bytes(Ethernet() / bytes(0x600))
    with pytest.raises(UsageError, match=r"Ethernet\(type=65536\)"):
        bytes(Ethernet(type=0x10000))


def test_a_row_has_the_addresses_and_the_type() -> None:
    row = again(Ethernet(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") / IPv4() / UDP() / b"abc")
    assert (row.dst_mac, row.src_mac, row.ethertype) == (0x020000000002, 0x020000000001, 0x0800)


@pytest.mark.parametrize(("kind", "told"), [(0x05FF, 0), (0x0600, 0x0600), (0xFFFF, 0xFFFF)])
def test_a_row_has_types_and_no_lengths(kind: int, told: int) -> None:
    assert dissect(frame(Ethernet(type=kind) / bytes(0x05FF))).row.ethertype == told


def test_padding_is_no_payload() -> None:
    there = dissect(frame(Ethernet(type=3) / LLC() / bytes(43)))
    assert (there.row.ethertype, there.row.payload_at, there.row.payload_length, there.row.anomaly) == (0, 17, 0, 0)
    assert bytes(there.packet) == frame(Ethernet(type=3) / LLC() / bytes(43)).data


def test_a_length_beyond_the_frame_lies() -> None:
    found = dissect(Frame(data=LENGTH[:13] + b"\x04" + LENGTH[14:], timestamp_ns=None, link_type=1, length=17))
    assert found.row.anomaly == LYING
    cut = dissect(Frame(data=LENGTH[:13] + b"\x04" + LENGTH[14:], timestamp_ns=None, link_type=1, length=18))
    assert (cut.row.anomaly, cut.row.payload, cut.row.payload_length) == (0, 0, 1)
