"""IPv6's fragment header, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.fragment import Fragment
from netloom.packet.formats.hop_by_hop import HopByHop
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.udp import UDP
from netloom.packet.row import CUT
from tests.packet.formats.agreement import OCTETS, WORDS, again, cut_anywhere, frame, same_again, whatever

# UDP follows, at 1480 octets, more to come
ONE = bytes.fromhex("110005c9 deadbeef")
HEADERS = st.builds(
    Fragment,
    next_header=OCTETS,
    fragment=st.integers(0, 0x1FFF).map(lambda units: units * 8),
    more_fragments=st.booleans(),
    identification=WORDS,
    reserved=OCTETS,
    reserved_bits=st.integers(0, 3),
)


def test_octets_are_read() -> None:
    parsed = same_again(Fragment, ONE)
    assert parsed.layer == Fragment(next_header=17, fragment=1480, more_fragments=True, identification=0xDEADBEEF)
    assert (parsed.header, parsed.end, parsed.above) == (8, None, None)
    assert Fragment.parse(bytes([17, 0, 0, 1]) + bytes(4)).above == ("ip", 17)


def test_cut_anywhere() -> None:
    cut_anywhere(Fragment, ONE)


@given(HEADERS, st.binary(max_size=20))
def test_written_and_read(layer: Fragment, payload: bytes) -> None:
    assert same_again(Fragment, bytes(layer / payload)).layer == layer


@given(st.binary(max_size=20))
def test_any_octets(data: bytes) -> None:
    whatever(Fragment, data)


def test_what_has_no_place_is_a_mistake() -> None:
    for wrong in (Fragment(fragment=65536), Fragment(fragment=3), Fragment(fragment=-8), Fragment(reserved_bits=4)):
        with pytest.raises(UsageError, match="Fragment"):
            bytes(wrong)


def test_a_first_fragment_has_a_header_above_it() -> None:
    row = again(IPv6() / Fragment(more_fragments=True, identification=7) / UDP(length=2000) / bytes(32), link=229)
    assert (row.protocol, row.fragment, row.identification, row.dst_port, row.payload_length) == (17, 0, 7, 53, 32)


def test_a_later_one_has_none() -> None:
    row = again(IPv6() / Fragment(next_header=17, fragment=1480, identification=7) / bytes(32), link=229)
    assert (row.protocol, row.fragment, row.identification, row.dst_port, row.payload_length) == (17, 1480, 7, 0, 32)


def test_a_packet_of_one_fragment_is_whole() -> None:
    row = again(IPv6() / HopByHop() / Fragment(identification=7) / UDP(), link=229)
    assert (row.fragment, row.identification, row.dst_port) == (-1, 7, 53)


def test_one_that_is_cut() -> None:
    data = bytes(IPv6() / Fragment() / UDP())
    for kept in range(40, 48):
        cut = frame(IPv6(), link=229)
        found = dissect(type(cut)(data=data[:kept], timestamp_ns=None, link_type=229, length=len(data)))
        assert (found.row.anomaly, found.row.protocol, found.row.payload) == (CUT, 44, kept - 40)
