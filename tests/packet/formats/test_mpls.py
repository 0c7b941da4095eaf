"""MPLS, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.mpls import MPLS
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.layer import Cut
from netloom.packet.row import CUT, LYING
from tests.packet.formats.agreement import OCTETS, again, cut_anywhere, frame, same_again, whatever

# Label 18, class 5, 254 hops left, more labels above it
UPPER = bytes.fromhex("00012afe")
# The same at the bottom, and the first octet of IPv6
BOTTOM = bytes.fromhex("00012bfe 60")
LABELS = st.builds(
    MPLS, label=st.integers(0, 0xFFFFF), traffic_class=st.integers(0, 7), bottom=st.booleans(), ttl=OCTETS
)


def test_octets_are_read() -> None:
    parsed = same_again(MPLS, UPPER)
    assert parsed.layer == MPLS(label=18, traffic_class=5, bottom=False, ttl=254)
    assert (parsed.header, parsed.end, parsed.above) == (4, None, ("mpls", 0))


def test_the_bottom_looks_at_what_follows() -> None:
    parsed = same_again(MPLS, BOTTOM)
    assert parsed.layer == MPLS(label=18, traffic_class=5, bottom=True, ttl=254)
    assert (parsed.header, parsed.above) == (4, ("version", 6))


def test_cut_anywhere() -> None:
    cut_anywhere(MPLS, UPPER)
    for kept in range(5):
        with pytest.raises(Cut) as caught:
            MPLS.parse(BOTTOM[:kept])
        assert kept < caught.value.needed


@given(LABELS, OCTETS)
def test_written_and_read(layer: MPLS, above: int) -> None:
    assert same_again(MPLS, bytes(layer / bytes([above]))).layer == layer


@given(st.binary(max_size=10))
def test_any_octets(data: bytes) -> None:
    whatever(MPLS, data)


def test_the_bottom_is_filled_in() -> None:
    assert bytes(MPLS(label=1) / MPLS(label=2) / b"x") == bytes.fromhex("00001040 00002140") + b"x"
    assert bytes(MPLS(label=1, bottom=True) / MPLS(label=2, bottom=False))[:8] == bytes.fromhex("00001140 00002040")


def test_numbers_have_their_width() -> None:
    for wrong in (MPLS(label=1 << 20), MPLS(traffic_class=8), MPLS(ttl=256)):
        with pytest.raises(UsageError, match="doesn't fit"):
            bytes(wrong)


def test_a_row_has_what_is_carried() -> None:
    row = again(Ethernet() / MPLS() / MPLS() / MPLS() / IPv4() / UDP() / b"abc")
    assert (row.ethertype, row.version, row.tunnels, row.payload_length) == (0x8847, 4, 0, 3)
    assert again(Ethernet(type=0x8848) / MPLS() / IPv6() / UDP() / b"abc").version == 6
    assert again(Ethernet() / MPLS() / b"\0\0\0\0" / b"abc").payload_length == 7


def test_nothing_behind_the_bottom() -> None:
    whole = frame(Ethernet() / MPLS())
    assert dissect(whole).row.anomaly == LYING
    assert dissect(Frame(data=whole.data, timestamp_ns=None, link_type=1, length=19)).row.anomaly == CUT


def test_a_stack_without_a_bottom_comes_to_an_end() -> None:
    data = bytes(Ethernet(type=0x8847)) + UPPER * 1000
    found = dissect(Frame(data=data, timestamp_ns=None, link_type=1, length=len(data)))
    assert (len(found.offsets), found.row.anomaly) == (25, 4)
    assert bytes(found.packet) == data
