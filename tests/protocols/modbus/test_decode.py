"""The decoder: frames in words, of both kinds, however they are cut; whatever passes, it never fails."""

from __future__ import annotations

import random

import pytest

from netloom.protocols.modbus.decode import Decoder, is_request
from netloom.wire.modbus import framing
from netloom.wire.modbus.framing import Frame
from tests.fuzzing import mutate
from tests.security.parsers.modbus import ANSWERED, ASKED, OVER_TCP, REQUESTS, RESPONSES, SERIAL, SERIAL_BACK

DIALOGUE = [
    ("client", "0300000003", "unit 1: holding/0-2?"),
    ("server", "0306000100020003", "unit 1: 1, 2, 3"),
    ("client", "0100000003", "unit 1: coil/0-2?"),
    ("server", "010105", "unit 1: on, off, on"),
    ("client", "050007ff00", "unit 1: coil/7 = on"),
    ("server", "050007ff00", "unit 1: coil/7 = on"),
    ("client", "10000100020400 0a0102", "unit 1: holding/1-2 = 10, 258"),
    ("server", "1000010002", "unit 1: holding/1-2 written"),
    ("client", "0400630001", "unit 1: input/99?"),
    ("server", "8402", "unit 1: read input registers: illegal data address"),
    ("client", "2b0e0100", "unit 1: who are you?"),
    ("server", "2b0e010100000100024f4b", "unit 1: I am vendor OK"),
    ("client", "2b0e0404", "unit 1: what is your product name?"),
    ("client", "1600040f200025", "unit 1: holding/4 masked: and 0x0f20, or 0x0025"),
    ("client", "11", "unit 1: report server id?"),
    ("server", "110301ff02", "unit 1: server id 01ff02"),
    ("client", "080000a537", "unit 1: diagnostics: return query data a537"),
    ("client", "03000000", "unit 1: read holding registers, broken: it ends too early"),
]


@pytest.mark.parametrize("serial", [False, True])
@pytest.mark.parametrize("cut", [0, 3, 7])
def test_a_dialogue(serial: bool, cut: int) -> None:
    decoder = Decoder()
    for number, (sender, pdu, words) in enumerate(DIALOGUE):
        if serial and "broken" in words:
            continue
        frame = Frame(1, bytes.fromhex(pdu), 0 if serial else number - (sender == "server"))
        data = framing.emit_rtu(frame) if serial else framing.emit_tcp(frame)
        said = decoder.feed(sender, data[:cut]) if cut else []
        said += decoder.feed(sender, data[cut:])
        assert [(each.sender, each.words, each.size) for each in said] == [(sender, words, len(data))]


def test_a_serial_frame_with_three_zeros_is_one() -> None:
    assert Decoder().feed("client", framing.emit_rtu(Frame(1, bytes.fromhex("17000000030002000102004d"))))[0].words == (
        "unit 1: holding/2 = 77, then holding/0-2?"
    )


def test_everything_has_words() -> None:
    for sender, samples in (("client", REQUESTS), ("server", RESPONSES)):
        assert len(samples) == len(ASKED if sender == "client" else ANSWERED)
        for pdu in samples:
            decoder = Decoder()
            decoder.feed("client", framing.emit_tcp(Frame(1, b"\3\0\0\0\1")))
            (said,) = decoder.feed(sender, framing.emit_tcp(Frame(1, pdu)))
            assert "broken" not in said.words
            assert len(said.words) < 400


def test_another_protocol() -> None:
    decoder = Decoder()
    said = [each for _ in range(20) for each in decoder.feed("client", b"GET / HTTP/1.1\r\nHost: example\r\n\r\n")]
    assert said[0].words.startswith("no Modbus that can be followed")
    assert sum(each.size for each in said) == 20 * 33


def test_whatever_passes() -> None:
    generator = random.Random(4)
    for _ in range(2000):
        decoder = Decoder()
        for sender in ("client", "server", "client"):
            for each in decoder.feed(sender, mutate(generator, [*OVER_TCP, *SERIAL, *SERIAL_BACK])):
                assert each.words.isprintable()
            assert len(decoder._buffers[sender]) <= framing.FRAME_LIMIT


@pytest.mark.parametrize(
    "data", [framing.emit_tcp(Frame(1, pdu)) for pdu in REQUESTS[:-2]], ids=lambda data: data.hex()
)
def test_a_request_is_recognised(data: bytes) -> None:
    assert is_request(data)


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0", b"GET / HTTP/1.1\r\n\r\n", bytes(20), framing.emit_tcp(Frame(1, b"\x64x"))]
)
def test_others_are_not(data: bytes) -> None:
    assert not is_request(data)
