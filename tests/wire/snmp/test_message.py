"""Messages of v1 and v2c, and their frames in a stream."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.snmp import ber, message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import MESSAGE_LIMIT, V1, V2C, V3, Message
from netloom.wire.snmp.pdu import Pdu, TrapV1
from netloom.wire.snmp.values import Varbind
from tests.fuzzing import cuts, hammer
from tests.wire.snmp.strategies import GET_BY_NETSNMP, MESSAGES

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)


@given(MESSAGES)
def test_read_back(made: Message) -> None:
    data = message.emit(made)
    assert message.parse(data) == made
    assert message.version_of(data) == made.version


@given(st.binary(max_size=200))
def test_anything(data: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        message.parse(data)


def test_hostile_ones() -> None:
    hammer(message.parse, [GET_BY_NETSNMP, message.emit(Message(V1, b"x", TrapV1((1, 3), bytes(4), 1, 0, 5)))])


def test_what_net_snmp_says() -> None:
    assert message.parse(GET_BY_NETSNMP) == Message(V2C, b"public", Pdu(pdus.GET, 0x4B1D8A8D, 0, 0, (Varbind(NAME),)))
    assert message.emit(message.parse(GET_BY_NETSNMP)) == GET_BY_NETSNMP


@pytest.mark.parametrize(
    ("version", "pdu"),
    [(V1, Pdu(pdus.GET_BULK, 1)), (V1, Pdu(pdus.INFORM, 1)), (V2C, TrapV1((1, 3), bytes(4), 1, 0, 5))],
)
def test_a_version_has_its_own_pdus(version: int, pdu: Pdu | TrapV1) -> None:
    with pytest.raises(RemoteProtocolError):
        message.parse(message.emit(Message(version, b"public", pdu)))


@pytest.mark.parametrize("version", [2, 4, -1])
def test_versions_that_arent(version: int) -> None:
    data = ber.element(ber.SEQUENCE, ber.integer(version) + b"\x04\0")
    with pytest.raises(RemoteProtocolError, match="version"):
        message.version_of(data)


def test_a_longer_message_than_announced() -> None:
    for data in (GET_BY_NETSNMP + b"x", b"\x30\x84\0\x01\0\0" + bytes(65_536)):
        with pytest.raises(RemoteProtocolError):
            message.parse(data)
    with pytest.raises(RemoteProtocolError):
        message.parse(b"\x04" + GET_BY_NETSNMP[1:])


def test_v3_isnt_read_as_v2() -> None:
    data = ber.element(ber.SEQUENCE, ber.integer(V3) + b"\x04\0" + pdus.framed(pdus.GET, 1, 0, 0, b""))
    assert message.version_of(data) == V3
    with pytest.raises(RemoteProtocolError):
        message.parse(data)


class TestStreams:
    def test_cut_anywhere(self) -> None:
        assert cuts(message.unframed, GET_BY_NETSNMP) == (GET_BY_NETSNMP, len(GET_BY_NETSNMP))
        long = message.emit(Message(V2C, bytes(300), Pdu(pdus.GET, 1)))
        assert cuts(message.unframed, long) == (long, len(long))

    @pytest.mark.parametrize("data", [b"\x04", b"\x30\x80", b"\x30\x85", b"\x30\x83\x01\0\0", b"GET / HTTP"])
    def test_refused_at_once(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            message.unframed(data)

    def test_nothing_is_kept_back_for_what_was_announced(self) -> None:
        assert message.unframed(b"\x30\x82\xff\xf0") is None
        with pytest.raises(RemoteProtocolError):
            message.unframed(b"\x30\x82" + (MESSAGE_LIMIT - 3).to_bytes(2))
