"""PPPoE's sessions and discovery, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ppp import PPP
from netloom.packet.formats.pppoe import AC_NAME, PADO, SERVICE_NAME, PPPoE, PPPoEDiscovery, Tag, tag, tags
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.row import CUT, LYING
from tests.packet.formats.agreement import OCTETS, SHORTS, again, cut_anywhere, frame, same_again, whatever

# Session 0x1234, 4 octets: PPP's LCP
SESSION = bytes.fromhex("11 00 1234 0004 c021 0901")
# RFC 2516, appendix B: the PADI
PADI = bytes.fromhex("11 09 0000 0004 0101 0000")
# The same appendix's PADO: a service name, and "Go RedBack - eshsheshoot"
OFFER = bytes.fromhex("11 07 0000 0020 0101 0000 0102 0018 476f205265644261636b202d206573687368657368 6f6f74")


def test_a_session_is_read() -> None:
    parsed = same_again(PPPoE, SESSION)
    assert parsed.layer == PPPoE(session=0x1234, length=4)
    assert (parsed.header, parsed.end, parsed.above) == (6, 10, ("pppoe", 0))


def test_discovery_is_read() -> None:
    parsed = same_again(PPPoEDiscovery, PADI)
    assert parsed.layer == PPPoEDiscovery(tags=bytes.fromhex("01010000"), length=4)
    assert (parsed.header, parsed.end, parsed.above) == (10, 10, None)
    offer = same_again(PPPoEDiscovery, OFFER).layer
    assert isinstance(offer, PPPoEDiscovery)
    assert offer.code == PADO
    assert [one.type for one in tags(offer.tags)] == [SERVICE_NAME, AC_NAME]
    assert tags(offer.tags)[1].value == b"Go RedBack - eshsheshoot"


def test_cut_anywhere() -> None:
    cut_anywhere(PPPoE, SESSION)
    cut_anywhere(PPPoEDiscovery, PADI)
    cut_anywhere(PPPoEDiscovery, OFFER)


@given(st.builds(PPPoE, session=SHORTS, code=OCTETS, length=SHORTS), st.binary(max_size=10))
def test_sessions_written_and_read(layer: PPPoE, payload: bytes) -> None:
    assert same_again(PPPoE, bytes(layer / payload)).layer == layer


@given(st.builds(PPPoEDiscovery, session=SHORTS, code=OCTETS, tags=st.binary(max_size=30)), st.binary(max_size=10))
def test_discoveries_written_and_read(layer: PPPoEDiscovery, padding: bytes) -> None:
    found = same_again(PPPoEDiscovery, bytes(layer / padding)).layer
    assert isinstance(found, PPPoEDiscovery)
    assert (found.code, found.session, found.tags) == (layer.code, layer.session, layer.tags)


@given(st.one_of(st.binary(max_size=30), st.binary(max_size=30).map(lambda data: b"\x11" + data)))
def test_any_octets(data: bytes) -> None:
    whatever(PPPoE, data)
    whatever(PPPoEDiscovery, data)
    tags(data)


def test_another_version_is_refused() -> None:
    for kind in (PPPoE, PPPoEDiscovery):
        for wrong in (0x21, 0x12):
            with pytest.raises(RemoteProtocolError, match=f"version and type {wrong:#x}") as caught:
                kind.parse(bytes([wrong]) + SESSION[1:])
            assert caught.value.offset == 0


@given(st.lists(st.builds(Tag, type=st.integers(1, 0xFFFF), value=st.binary(max_size=20))))
def test_tags_written_and_read(found: list[Tag]) -> None:
    assert tags(b"".join(tag(*one) for one in found)) == found
    assert tags(b"".join(tag(*one) for one in found) + tag(0) + b"more") == found


def test_broken_tags_end_the_list() -> None:
    assert tags(bytes.fromhex("0101 0000 0102 0005 61")) == [Tag(SERVICE_NAME)]
    with pytest.raises(UsageError, match="a tag of type 257"):
        tag(SERVICE_NAME, bytes(1 << 16))


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(PPPoE(session=1 << 16))
    with pytest.raises(UsageError, match="PPPoE"):
        bytes(PPPoE() / bytes(1 << 16))


def test_a_row_has_what_is_carried() -> None:
    row = again(Ethernet() / PPPoE(session=1) / PPP() / IPv4() / UDP() / b"abc")
    assert (row.ethertype, row.version, row.payload_length) == (0x8864, 4, 3)
    row = again(Ethernet() / PPPoEDiscovery(tags=tag(SERVICE_NAME)) / bytes(36))
    assert (row.ethertype, row.version, row.payload_length) == (0x8863, 0, 0)


def test_another_code_carries_nothing() -> None:
    assert same_again(PPPoE, b"\x11\xa7" + SESSION[2:]).above is None


def test_a_length_beyond_the_frame() -> None:
    for layer in (PPPoE(length=5), PPPoEDiscovery(length=5)):
        there = frame(Ethernet() / layer / b"\xc0\x21\0\0")
        assert dissect(there).row.anomaly == LYING
        longer = dissect(Frame(data=there.data, timestamp_ns=None, link_type=1, length=len(there.data) + 1))
        assert longer.row.anomaly == (0 if isinstance(layer, PPPoE) else CUT)
