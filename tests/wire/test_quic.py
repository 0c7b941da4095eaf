from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from qh3.quic.packet import encode_quic_version_negotiation

from netloom.wire import quic

IDS = st.binary(max_size=20)


def initial(destination: bytes, source: bytes, token: bytes) -> bytes:
    size = bytes([0x40 | len(token) >> 8, len(token) & 0xFF])
    ids = bytes([len(destination)]) + destination + bytes([len(source)]) + source
    return b"\xc3\0\0\0\1" + ids + size + token + b"\x41\0" + bytes(100)


@given(IDS, IDS, st.binary(max_size=300))
def test_what_begins_a_connection(destination: bytes, source: bytes, token: bytes) -> None:
    found = quic.parse(initial(destination, source, token), 8)
    assert found == quic.Header(1, destination, source, initial=True, token=token)


@given(st.binary(max_size=100), st.integers(0, 20))
def test_any_bytes(data: bytes, own: int) -> None:
    found = quic.parse(data, own)
    assert found is None or found.destination in data


@given(st.integers(0, 120))
def test_what_is_cut_is_no_packet_or_the_same(cut: int) -> None:
    whole = initial(b"12345678", b"abcd", b"token")
    found = quic.parse(whole[:cut], 8)
    assert found is None or found == quic.parse(whole, 8)


def test_a_short_header_has_our_id() -> None:
    assert quic.parse(b"\x40" + b"12345678" + b"rest", 8) == quic.Header(0, b"12345678", long=False)
    assert quic.parse(b"\x00" + b"12345678" + b"rest", 8) is None


def test_another_version_is_told_from_ours() -> None:
    other = b"\xc3\xff\0\0\x1d" + b"\x0812345678\x04abcd" + bytes(1200)
    assert quic.parse(other, 8) == quic.Header(0xFF00001D, b"12345678", b"abcd")
    negotiation = quic.parse(encode_quic_version_negotiation(b"src", b"dst", [1]), 8)
    assert negotiation is not None
    assert (negotiation.version, negotiation.destination, negotiation.source) == (0, b"dst", b"src")


def test_a_handshakes_packet_begins_nothing() -> None:
    packet = bytearray(initial(b"12345678", b"abcd", b""))
    packet[0] |= 0x20
    found = quic.parse(bytes(packet), 8)
    assert found is not None
    assert not found.initial
