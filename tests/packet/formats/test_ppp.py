"""PPP's header in all its lengths, on octets and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.formats.gre import GRE
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.ppp import PPP
from netloom.packet.formats.udp import UDP
from tests.packet.formats.agreement import again, cut_anywhere, same_again, whatever

LINES = {
    "0021": PPP(protocol=0x21),
    "21": PPP(protocol=0x21, compressed=True),
    "ff03 c021": PPP(protocol=0xC021, framed=True),
    "ff03 57": PPP(protocol=0x57, framed=True, compressed=True),
}


@pytest.mark.parametrize("line", LINES)
def test_octets_are_read(line: str) -> None:
    parsed = same_again(PPP, bytes.fromhex(line))
    assert parsed.layer == LINES[line]
    assert parsed.above == ("ppp", LINES[line].protocol)
    assert (parsed.header, parsed.end) == (len(bytes.fromhex(line)), None)


@pytest.mark.parametrize("line", LINES)
def test_cut_anywhere(line: str) -> None:
    cut_anywhere(PPP, bytes.fromhex(line))


@given(
    # The first octet of a protocol of two is even, and its second odd (RFC 1661 §2)
    st.one_of(
        st.builds(PPP, protocol=st.integers(0, 0xFFFF).filter(lambda n: not n & 0x100), framed=st.booleans()),
        st.builds(
            PPP,
            protocol=st.sampled_from(range(1, 0xFF, 2)),
            framed=st.booleans(),
            compressed=st.just(True),
        ),
    ),
)
def test_written_and_read(layer: PPP) -> None:
    assert same_again(PPP, bytes(layer)).layer == layer


@given(st.one_of(st.binary(max_size=6), st.binary(max_size=6).map(lambda data: b"\xff\x03" + data)))
def test_any_octets(data: bytes) -> None:
    whatever(PPP, data)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(UsageError, match="has two octets"):
        bytes(PPP(protocol=0xC021, compressed=True))
    with pytest.raises(UsageError, match="doesn't fit"):
        bytes(PPP(protocol=0x10000))


def test_a_row_has_what_is_carried() -> None:
    for layer in (PPP(), PPP(framed=True), PPP(compressed=True), PPP(framed=True, compressed=True)):
        assert again(layer / IPv4() / UDP() / b"abc", link=9).payload_length == 3
    assert again(PPP(framed=True) / IPv6() / UDP() / b"abc", link=9).version == 6
    row = again(IPv4() / GRE(version=1, key=7, seq=1) / PPP(framed=True) / IPv4() / UDP() / b"abc", link=228)
    assert (row.tunnels, row.ethertype, row.payload_length) == (1, 0x880B, 3)
