"""Frames: where they end, however they are cut; the checks of serial ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.modbus import framing
from netloom.wire.modbus.framing import (
    Frame,
    crc,
    emit_rtu,
    emit_tcp,
    unframed_request,
    unframed_response,
    unframed_tcp,
)
from tests.fuzzing import cuts, hammer
from tests.security.parsers.modbus import KNOWN, OVER_TCP, RESPONSES, SERIAL, SERIAL_BACK


@given(st.integers(0, 255), st.binary(min_size=1, max_size=253), st.integers(0, 65535))
def test_what_is_emitted_comes_back(unit: int, pdu: bytes, transaction: int) -> None:
    frame = Frame(unit, pdu, transaction)
    assert unframed_tcp(emit_tcp(frame) + b"more") == (frame, 7 + len(pdu))


@pytest.mark.parametrize("whole", OVER_TCP, ids=lambda data: data[7:15].hex())
def test_cut_anywhere(whole: bytes) -> None:
    frame, size = cuts(unframed_tcp, whole)
    assert (emit_tcp(frame), size) == (whole, len(whole))


@pytest.mark.parametrize("pdu", KNOWN, ids=lambda data: data[:8].hex())
def test_serial_requests_cut_anywhere(pdu: bytes) -> None:
    assert cuts(unframed_request, emit_rtu(Frame(17, pdu)))[0] == Frame(17, pdu)


@pytest.mark.parametrize(
    "pdu", [pdu for pdu in RESPONSES if pdu[0] != 100 and pdu[:2] != b"\x2b\x0d"], ids=lambda data: data[:8].hex()
)
def test_serial_responses_cut_anywhere(pdu: bytes) -> None:
    if len(pdu) > 252:
        return
    assert cuts(unframed_response, emit_rtu(Frame(17, pdu)))[0] == Frame(17, pdu)


@pytest.mark.parametrize("function", [65, 72, 100])
def test_a_serial_frame_of_an_unknown_function_ends_where_its_check_is_right(function: int) -> None:
    frame = Frame(3, bytes([function]) + b"whatever")
    whole = emit_rtu(frame)
    for unframed in (unframed_request, unframed_response):
        assert unframed(whole) == (frame, len(whole))
        assert unframed(whole[:-1]) is None


def test_the_check_of_serial_frames() -> None:
    assert crc(bytes.fromhex("0207")) == 0x1241, "the specification's example, §6.2.2"
    assert emit_rtu(Frame(17, bytes.fromhex("03006b0003"))) == bytes.fromhex("1103006b00037687")


def test_a_wrong_check() -> None:
    whole = bytearray(emit_rtu(Frame(17, bytes.fromhex("03006b0003"))))
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 4
        if at == 1:
            continue  # another function, of another length perhaps
        with pytest.raises(RemoteProtocolError, match="check"):
            unframed_request(bytes(broken))


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        ("000000010006010300000001", 2),
        ("0000000000ff01", 4),
        ("00000000000101", 4),
        ("000000000000ff", 4),
        ("485454502f312e31", 2),
    ],
)
def test_what_is_no_frame(octets: str, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        unframed_tcp(bytes.fromhex(octets))
    assert refused.value.offset == offset
    assert refused.value.rule == "Modbus Messaging on TCP/IP 1.0b §3.1.3"
    assert refused.value.seen == bytes.fromhex(octets)


def test_a_serial_frame_has_an_end() -> None:
    with pytest.raises(RemoteProtocolError, match="256"):
        unframed_response(bytes([1, 3, 255]) + bytes(300))
    with pytest.raises(RemoteProtocolError, match="256"):
        unframed_request(bytes([1, 100]) + bytes(300))


@pytest.mark.parametrize(
    ("unframed", "samples"),
    [(framing.unframed_tcp, OVER_TCP), (framing.unframed_request, SERIAL), (framing.unframed_response, SERIAL_BACK)],
)
def test_hostile_octets(unframed: object, samples: list[bytes]) -> None:
    hammer(unframed, samples)  # type: ignore[arg-type]  # each of them is a parser
