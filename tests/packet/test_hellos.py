"""ClientHellos are found by their random number: in a record of TLS, and in the datagrams with which QUIC begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from netloom.packet.hellos import Hellos
from netloom.wire.tls_hello import ClientHello, emit
from tests.wire.initials import crypto_frame, initial

RANDOM = bytes(range(32))
RECORD = b"\x16\x03\x01\0\x4a\x01\0\0\x46\x03\x03" + RANDOM + bytes(40)


def test_a_stream_may_begin_tls_at_any_time() -> None:
    hellos = Hellos("tcp")
    assert hellos.find(b"220 ready") == b""
    assert hellos.find(RECORD) == RANDOM
    assert hellos.find(RECORD[:40]) == b""
    assert hellos.find(b"\x16\x03\x03\0\x4a\x02" + RECORD[6:]) == b"", "a ServerHello is none"
    assert hellos.find(RECORD) == RANDOM


@pytest.mark.parametrize("kind", ["udp", "icmp"])
def test_other_datagrams_have_none(kind: str) -> None:
    hellos = Hellos(kind)
    assert hellos.find(b"") == b""
    assert hellos.find(RECORD) == b""


HELLO = ClientHello(random=RANDOM, ciphers=(0x1301,), extensions=((57, bytes(900)),))


def test_quic_begins_with_one() -> None:
    """In two datagrams, and again after a Retry, where a client may begin anew."""
    hellos = Hellos("udp")
    message = emit(HELLO)
    first, second = (initial(crypto_frame(at, message[at : at + 500]), b"chosen-1", at) for at in (0, 500))
    assert hellos.find(first) == b""
    assert hellos.find(second) == RANDOM
    assert hellos.find(b"\xf0\0\0\0\1 a Retry") == b""
    again = emit(replace(HELLO, random=bytes(32)))
    assert hellos.find(initial(crypto_frame(0, again), b"chosen-2")) == bytes(32)
    assert hellos.find(b"\x40 a short header") == b""
    assert hellos.find(initial(crypto_frame(0, again), b"chosen-2")) == b"", "it has begun"


def test_patience_has_an_end() -> None:
    hellos = Hellos("udp")
    for _ in range(20):
        assert hellos.find(initial(b"\1", b"chosen-1")) == b""
    assert hellos.find(initial(crypto_frame(0, emit(HELLO)), b"chosen-1")) == b""


@given(st.lists(st.binary(max_size=1500).map(lambda data: b"\xc3" + data), max_size=20))
def test_whatever_comes_nothing_is_raised(datagrams: list[bytes]) -> None:
    hellos = Hellos("udp")
    for datagram in datagrams:
        assert len(hellos.find(datagram)) in (0, 32)
