"""IPv6's routing header, on octets and back, and which destination a checksum covers."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.routing import HOME, SOURCE_ROUTE, Routing, covered, segments, source_route
from netloom.packet.formats.udp import UDP
from netloom.packet.layer import Around, Layer
from tests.packet.formats.agreement import OCTETS, again, cut_anywhere, same_again, whatever

FIRST, LAST = "2001:db8::1", "2001:db8::2"
# UDP follows, 24 octets, type 0, one left
ONE = bytes.fromhex("11020001 00000000" + "20010db8" + "00" * 11 + "02")


def test_octets_are_read() -> None:
    parsed = same_again(Routing, ONE + b"rest")
    assert parsed.layer == Routing(next_header=17, type=0, segments_left=1, data=ONE[4:], header=24)
    assert (parsed.header, parsed.end, parsed.above) == (24, None, ("ip", 17))


def test_cut_anywhere() -> None:
    cut_anywhere(Routing, ONE)


@given(OCTETS, OCTETS, OCTETS, st.binary(max_size=100))
def test_written_and_read(number: int, kind: int, left: int, octets: bytes) -> None:
    layer = Routing(next_header=number, type=kind, segments_left=left, data=octets)
    parsed = same_again(Routing, bytes(layer))
    assert isinstance(parsed.layer, Routing)
    assert parsed.layer.data.rstrip(b"\0") == octets.rstrip(b"\0")


@given(st.binary(max_size=60))
def test_any_octets(data: bytes) -> None:
    whatever(Routing, data)


@given(OCTETS, OCTETS, st.binary(max_size=60))
def test_addresses_of_any_octets(kind: int, left: int, data: bytes) -> None:
    layer = Routing(type=kind, segments_left=left, data=data)
    assert all(isinstance(address, IPv6Address) for address in layer.addresses())
    assert layer.final() is None or left


def test_addresses() -> None:
    route = Routing(type=SOURCE_ROUTE, segments_left=2, data=source_route(FIRST, LAST))
    assert route.addresses() == [IPv6Address(FIRST), IPv6Address(LAST)]
    assert route.final() == IPv6Address(LAST)
    reverse = Routing(segments_left=1, data=segments(FIRST, LAST, flags=1, tag=0xABCD))
    assert reverse.data[:4] == bytes.fromhex("0101abcd")
    assert reverse.addresses() == [IPv6Address(LAST), IPv6Address(FIRST)]
    assert reverse.final() == IPv6Address(LAST)
    assert Routing(type=3, segments_left=1, data=source_route(FIRST)).addresses() == []  # compressed (RFC 6554)
    assert Routing(type=HOME, data=source_route(FIRST)).final() is None  # it is there


def test_segment_routing_may_have_more_behind_its_segments() -> None:
    assert Routing(data=segments(FIRST) + bytes(16)).addresses() == [IPv6Address(FIRST)]


@pytest.mark.parametrize("layer", [UDP(), ICMPv6()], ids=["udp", "icmpv6"])
@pytest.mark.parametrize(
    "route",
    [
        Routing(type=SOURCE_ROUTE, segments_left=1, data=source_route(LAST)),
        Routing(type=HOME, segments_left=1, data=source_route(LAST)),
        Routing(segments_left=1, data=segments(FIRST, LAST)),
    ],
    ids=["0", "2", "4"],
)
def test_a_checksum_covers_the_final_destination(layer: Layer, route: Routing) -> None:
    on_its_way = bytes(IPv6(dst=FIRST) / route / layer / b"data")
    arrived = bytes(IPv6(dst=LAST) / layer / b"data")
    assert on_its_way[40 + len(bytes(route)) :] == arrived[40:]
    again(IPv6(dst=FIRST) / route / layer / b"data", link=229)


def test_without_a_route_ahead_the_destination_is_ip_s() -> None:
    below = (IPv6(dst=FIRST), Routing(segments_left=0, data=segments(FIRST, LAST)))
    assert covered(Around(below, None), "UDP")[1] == IPv6Address(FIRST)
    # That of a packet further out has no part in it
    tunnel = (IPv6(), Routing(segments_left=1, data=segments(LAST)), IPv6(dst=FIRST))
    assert covered(Around(tunnel, None), "UDP")[1] == IPv6Address(FIRST)


def test_what_has_no_place_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="Routing"):
        bytes(Routing(segments_left=256))
    for wrong in (Routing(header=0), Routing(header=12), Routing(data=bytes(2048))):
        with pytest.raises(UsageError, match="a routing header of"):
            bytes(wrong)
    with pytest.raises(UsageError, match="no IP is below"):
        bytes(UDP())
