from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.socketio.engine import (
    Handshake,
    Kind,
    Packet,
    emit,
    emit_handshake,
    emit_payload,
    parse,
    parse_handshake,
    parse_payload,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1e"))
PACKETS = st.one_of(
    st.builds(Packet, st.sampled_from(Kind), TEXT), st.builds(Packet, st.just(Kind.MESSAGE), st.binary())
)


class TestTheProtocolsExamples:
    """https://github.com/socketio/engine.io-protocol, revision 4."""

    def test_the_handshake(self) -> None:
        said = (
            '{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,'
            '"maxPayload":1000000}'
        )
        packet = parse("0" + said)
        assert packet == Packet(Kind.OPEN, said)
        handshake = parse_handshake(said)
        assert handshake == Handshake(
            sid="lv_VI97HAXpY6yYWAAAC",
            upgrades=["websocket"],
            ping_interval=25000,
            ping_timeout=20000,
            max_payload=1_000_000,
        )
        assert emit_handshake(handshake) == "0" + said

    def test_a_payload(self) -> None:
        assert parse_payload(b"4hello\x1e2\x1e4world") == [
            Packet(Kind.MESSAGE, "hello"),
            Packet(Kind.PING),
            Packet(Kind.MESSAGE, "world"),
        ]
        assert parse_payload(b"4hello\x1ebAQIDBA==") == [
            Packet(Kind.MESSAGE, "hello"),
            Packet(Kind.MESSAGE, b"\1\2\3\4"),
        ]
        assert emit_payload(["4hello", b"\1\2\3\4"]) == b"4hello\x1ebAQIDBA=="

    def test_in_a_websocket(self) -> None:
        assert parse("2probe") == Packet(Kind.PING, "probe")
        assert parse(b"\1\2") == Packet(Kind.MESSAGE, b"\1\2")
        assert parse("4€") == Packet(Kind.MESSAGE, "€")


@given(PACKETS)
def test_what_is_said_is_heard(packet: Packet) -> None:
    assert parse(emit(packet)) == packet


@given(st.lists(PACKETS, min_size=1))
def test_payloads_too(packets: list[Packet]) -> None:
    assert parse_payload(emit_payload([emit(packet) for packet in packets])) == packets


@pytest.mark.parametrize("message", ["", "7", "x", "é", "-1", " 4", "٣"])
def test_what_is_no_packet(message: str) -> None:
    with pytest.raises(RemoteProtocolError, match="digit"):
        parse(message)


@pytest.mark.parametrize(
    ("payload", "offset"),
    [
        (b"", 0), (b"\x1e", 0), (b"4a\x1e", 3), (b"4a\x1e\x1e4b", 3), (b"4a\x1eb???", 3), (b"bAQ", 0), (b"bA Q=", 0),
        (b"4a\xff", 2), (b"4a\x1e4\xc3", 4), (b"4a\x1e9", 3), (b"B", 0),
    ],
)  # fmt: skip
def test_what_is_no_payload(payload: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse_payload(payload)
    assert caught.value.offset == offset


def test_a_payload_has_so_many_packets() -> None:
    assert len(parse_payload(b"\x1e".join([b"2"] * 10), 10)) == 10
    with pytest.raises(RemoteProtocolError, match="more than 10 packets"):
        parse_payload(b"\x1e".join([b"2"] * 11), 10)


@pytest.mark.parametrize(
    "said",
    [
        "", "null", "[]", "{}", '{"sid":"","pingInterval":1,"pingTimeout":1}',
        '{"sid":1,"pingInterval":1,"pingTimeout":1}',
        '{"sid":"a","pingInterval":-1,"pingTimeout":1}', '{"sid":"a","pingInterval":1e300,"pingTimeout":1}',
        '{"sid":"a","pingInterval":1,"pingTimeout":1,"upgrades":"x"}', '{"sid":"a","pingInterval":"1","pingTimeout":1}',
        "[" * 100_000, '{"sid":"\ud800"}',
    ],
)  # fmt: skip
def test_what_is_no_handshake(said: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_handshake(said)


@given(st.binary(max_size=100))
def test_any_bytes(data: bytes) -> None:
    for work in (parse_payload, parse_handshake):
        with contextlib.suppress(RemoteProtocolError):
            work(data)
