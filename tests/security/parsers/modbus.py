"""Modbus: frames of TCP and of serial lines, requests and responses of every function."""

from __future__ import annotations

from netloom.wire.modbus import framing, requests, responses
from netloom.wire.modbus.framing import Frame
from netloom.wire.modbus.requests import (
    Diagnose,
    FileRecord,
    Identify,
    MaskWrite,
    Other,
    Plain,
    Read,
    ReadFifo,
    ReadFile,
    ReadWrite,
    WriteFile,
    WriteMany,
    WriteOne,
)
from netloom.wire.modbus.responses import (
    Bits,
    EventCounter,
    EventLog,
    ExceptionStatus,
    Fifo,
    FileWords,
    Identity,
    Refusal,
    ServerId,
    Words,
    Written,
)
from tests.security.parsers.parser import Parser

ASKED: list[requests.Request] = [
    Read(1, 0, 2000), Read(2, 7, 1), Read(3, 0, 125), Read(4, 65535, 1), WriteOne(5, 3, 1), WriteOne(5, 3, 0),
    WriteOne(6, 4, 65535), *(Plain(number) for number in (7, 11, 12, 17)), Diagnose(0, b"\xa5\x37"),
    Diagnose(1, b"\xff\0"), WriteMany(15, 19, (1, 0, 1, 1, 0, 0, 1, 1, 1, 0)), WriteMany(16, 1, (10, 258)),
    ReadFile((FileRecord(4, 1, 2), FileRecord(3, 9, 2))),
    WriteFile((FileRecord(4, 7, 3, (1711, 1214, 4109)),)), MaskWrite(4, 0xF2, 0x25), ReadWrite(3, 6, 14, (255, 255,
    255)),
    ReadFifo(1246), Identify(1, 0), Identify(4, 129), Other(43, b"\x0d\x01"), Other(100, b"what"),
]  # fmt: skip
ANSWERED: list[responses.Response] = [
    Bits(1, (1, 0, 1, 1, 0, 0, 1, 1)), Bits(2, (1,) * 2000), Words(3, (555, 0, 100)), Words(4, (10,)), WriteOne(5, 3,
    1),
    WriteOne(6, 4, 65535), ExceptionStatus(0x6D), Diagnose(0, b"\xa5\x37"), EventCounter(True, 264),
    EventLog(False, 264, 289, b" \0"), Written(15, 19, 10), Written(16, 1, 2), ServerId(b"netloom\xff"),
    FileWords(((3582, 32), (13261, 64))), WriteFile((FileRecord(4, 7, 3, (1711, 1214, 4109)),)),
    MaskWrite(4, 0xF2, 0x25), Words(23, (254, 2765, 1, 3, 13, 255)), Fifo((440, 4740)), Fifo(()),
    Identity(1, 1, ((0, b"Company"), (1, b"Product"), (2, b"V2.11"))), Identity(2, 0x82, ((4, b""),), 5),
    *(Refusal(function, code) for function, code in ((1, 2), (43, 1), (127, 255))), Other(100, b"what"),
    Other(43, b"\x0d\x01"),
]  # fmt: skip
REQUESTS = [requests.emit(each) for each in ASKED]
RESPONSES = [responses.emit(each) for each in ANSWERED]
KNOWN = [pdu for pdu in REQUESTS if pdu[0] != 100 and pdu[:2] != b"\x2b\x0d"]
"""Requests that end where they say: what nobody knows can't be told from what follows it on a serial line."""
OVER_TCP = [framing.emit_tcp(Frame(1, pdu, number)) for number, pdu in enumerate([*REQUESTS, *RESPONSES])]
SERIAL = [framing.emit_rtu(Frame(17, pdu)) for pdu in REQUESTS]
SERIAL_BACK = [framing.emit_rtu(Frame(17, pdu)) for pdu in RESPONSES]

PARSERS = {
    "Modbus requests": Parser(requests.parse, REQUESTS),
    "Modbus responses": Parser(responses.parse, RESPONSES),
    "Modbus over TCP": Parser(framing.unframed_tcp, OVER_TCP),
    "Modbus, serial requests": Parser(framing.unframed_request, SERIAL),
    "Modbus, serial responses": Parser(framing.unframed_response, SERIAL_BACK),
}
SAID = {"modbus": [*OVER_TCP, *SERIAL, *SERIAL_BACK]}
