"""QUIC's Initials: the RFCs' own examples, foreign clients, pieces in any order, and hostile ones."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire import quic_initial
from netloom.wire.http3 import varint
from netloom.wire.quic_initial import VERSION_1, VERSION_2, Reader, crypto, initials, keys, opened
from netloom.wire.tls_hello import ClientHello, emit
from tests.wire.initials import crypto_frame, initial

if TYPE_CHECKING:
    import random

CHOSEN = bytes.fromhex("8394c8f03e515708")
HELLO = ClientHello(
    random=bytes(range(32)), ciphers=(0x1301,), extensions=((0, b"\0\x0e\0\0\x0bexample.com"), (57, bytes(900)))
)
MESSAGE = emit(HELLO)

# RFC 9001 appendix A.2: the CRYPTO frame of a client's first packet, and the beginning of the packet that hides it
EXAMPLE_FRAME = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff"
)
EXAMPLE_BEGINS = bytes.fromhex(
    "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c"
)
EXAMPLE_TAG = bytes.fromhex("e221af44860018ab0856972e194cd934")
# RFC 9369 appendix A.2, the same for version 2
EXAMPLE_2_BEGINS = bytes.fromhex(
    "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071bf03dceebfa162e75d6c96"
)


def test_keys_of_version_1() -> None:
    client, server = keys(CHOSEN), keys(CHOSEN, VERSION_1, "server")
    assert [part.hex() for part in client] == [
        "1f369613dd76d5467730efcbe3b1a22d",
        "fa044b2f42a3fd3b46fb255c",
        "9f50449e04a0e810283a1e9933adedd2",
    ]
    assert [part.hex() for part in server] == [
        "cf3a5331653c364c88f0f379b6067e37",
        "0ac1493ca1905853b0bba03e",
        "c206b8d9b9f0f37644430b490eeaa314",
    ]


def test_keys_of_version_2() -> None:
    assert [part.hex() for part in keys(CHOSEN, VERSION_2)] == [
        "8b1a0bc121284290a29e0971b5cd045d",
        "91f73e2351d8fa91660e909f",
        "45b95e15235d6f45a6b19cbcb0294ba9",
    ]


def test_the_example_of_rfc_9001() -> None:
    packet = initial(EXAMPLE_FRAME + bytes(1162 - len(EXAMPLE_FRAME)), CHOSEN, 2)
    assert len(packet) == 1200
    assert packet.startswith(EXAMPLE_BEGINS)
    assert packet.endswith(EXAMPLE_TAG)
    hello = Reader().feed(packet)
    assert hello is not None
    assert (hello.server_name, hello.alpn) == (b"example.com", (b"alpn",))


def test_the_example_of_rfc_9369() -> None:
    packet = initial(EXAMPLE_FRAME + bytes(1162 - len(EXAMPLE_FRAME)), CHOSEN, 2, VERSION_2)
    assert packet.startswith(EXAMPLE_2_BEGINS)
    hello = Reader().feed(packet)
    assert hello is not None
    assert hello.server_name == b"example.com"


def aioquic(version: int, name: str, protocols: list[str]) -> list[bytes]:
    configuration = QuicConfiguration(
        is_client=True,
        server_name=name,
        alpn_protocols=protocols,
        supported_versions=[version],
        original_version=version,
    )
    connection = QuicConnection(configuration=configuration)
    connection.connect(("192.0.2.1", 443), now=0.0)
    return [data for data, _ in connection.datagrams_to_send(now=0.0)]


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2])
@pytest.mark.parametrize("many", [1, 400])
def test_a_foreign_client(version: int, many: int) -> None:
    protocols = [f"protocol-{number}" for number in range(many)]
    sent = aioquic(version, "b.example", protocols)
    assert len(sent) == (1 if many == 1 else 5)
    for order in (sent, sent[::-1]):
        reader = Reader()
        found = [reader.feed(data) for data in order]
        assert found[:-1] == [None] * (len(sent) - 1)
        assert found[-1] is not None
        assert found[-1].server_name == b"b.example"
        assert found[-1].alpn == tuple(name.encode() for name in protocols)


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 8), st.integers(1, 200))
def test_pieces_in_any_order(chance: random.Random, packets: int, size: int) -> None:
    """As browsers do it: small pieces, shuffled, with pings, padding and acknowledgments between them, some twice."""
    pieces = [crypto_frame(at, MESSAGE[at : at + size]) for at in range(0, len(MESSAGE), size)]
    pieces += [b"\x01", b"\0" * 7, b"\x02\x05\x01\x01\x00\x00\x00", b"\x03\x05\x01\x00\x00\x01\x02\x03", *pieces[:2]]
    chance.shuffle(pieces)
    share = -(-len(pieces) // packets)
    sent = [initial(b"".join(pieces[at : at + share]), CHOSEN, at) for at in range(0, len(pieces), share)]
    chance.shuffle(sent)
    for datagrams in (sent, [b"".join(sent)]):
        reader = Reader()
        found = [hello for data in datagrams if (hello := reader.feed(data)) is not None]
        assert found[-1:] == [HELLO]


def test_the_servers_id_after_the_first_packet() -> None:
    reader = Reader()
    first = keys(CHOSEN)
    assert reader.feed(initial(crypto_frame(0, MESSAGE[:500]), CHOSEN)) is None
    assert reader.feed(initial(crypto_frame(500, MESSAGE[500:]), b"server's", 1, own=first)) == HELLO


def test_a_version_that_was_agreed_on() -> None:
    """RFC 9369 §4.1: the other version's keys, from the ID that was chosen first."""
    reader = Reader()
    assert reader.feed(initial(crypto_frame(0, MESSAGE[:500]), CHOSEN)) is None
    rest = initial(crypto_frame(500, MESSAGE[500:]), b"server's", 1, VERSION_2, keys(CHOSEN, VERSION_2))
    assert reader.feed(rest) == HELLO


def test_after_a_retry() -> None:
    reader = Reader()
    assert reader.feed(initial(crypto_frame(0, MESSAGE[:500]), CHOSEN)) is None
    assert reader.feed(initial(crypto_frame(0, MESSAGE), b"retried", 1, token=b"token")) == HELLO


def test_behind_other_packets() -> None:
    handshake = b"\xe0\0\0\0\1\x08" + CHOSEN + b"\0" + b"\x05" + bytes(5)
    assert Reader().feed(handshake + initial(crypto_frame(0, MESSAGE), CHOSEN)) == HELLO


def test_what_is_passed_over() -> None:
    server = initial(crypto_frame(0, MESSAGE), CHOSEN, own=keys(CHOSEN, VERSION_1, "server"))
    whole = initial(crypto_frame(0, MESSAGE), CHOSEN)
    changed = whole[:-1] + bytes([whole[-1] ^ 1])
    negotiation = b"\x80\0\0\0\0\x08" + CHOSEN + b"\0" + b"\0\0\0\1"
    for data in (b"", b"\x40" + bytes(40), server, changed, negotiation, whole[:-1], b"\xc0\0\0\0\1\x15" + bytes(40)):
        assert Reader().feed(data) is None
        reader = Reader()
        reader.feed(data)
        assert reader.feed(whole) == HELLO


def test_an_id_has_twenty_octets_at_most() -> None:
    assert Reader().feed(initial(crypto_frame(0, MESSAGE), bytes(20))) == HELLO
    assert Reader().feed(initial(crypto_frame(0, MESSAGE), bytes(21))) is None


@pytest.mark.parametrize(
    "frames",
    [
        b"\x08\0\x01x" + bytes(20),
        b"\x1e" + bytes(20),
        crypto_frame(0, b"\x02\0\0\x01x"),
        b"\x06\0\x44\xff",
        crypto_frame(quic_initial.CRYPTO_LIMIT, b"x"),
        crypto_frame(varint.MOST, b"x"),
        b"\x02\0\0" + varint.emit(varint.MOST) + b"\0" + b"\x01" * 1000,
        b"\x1c\0\0\x40",
    ],
)
def test_what_was_opened_and_is_wrong(frames: bytes) -> None:
    reader = Reader()
    with pytest.raises(RemoteProtocolError):
        reader.feed(initial(bytes(20) + frames, CHOSEN))


def test_the_end_of_a_connection() -> None:
    assert list(crypto(b"\x1c\x0a\x06\x03bad" + b"\x01")) == []


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_datagrams(data: bytes) -> None:
    assert Reader().feed(data) is None
    assert Reader().feed(b"\xc0\0\0\0\1" + data) is None
    assert Reader().feed(b"\xc3\0\0\0\1\x08" + CHOSEN + b"\0\0\x40\x60" + data) is None


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_frames(frames: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        Reader().feed(initial(frames, CHOSEN))


def test_a_datagram_takes_bounded_work() -> None:
    many = b"".join(initial(b"\x01", bytes([number]), number) for number in range(64))
    assert [opened(many, packet, keys(packet.destination)) for packet in initials(many)] == [b"\1" + bytes(19)] * 64
    reader = Reader()
    assert reader.feed(many + initial(crypto_frame(0, MESSAGE), CHOSEN)) is None


def test_alternating_padding_is_linear() -> None:
    """Were what is left copied at each, it would take minutes."""
    assert list(crypto(b"\0\1" * 500_000)) == []
