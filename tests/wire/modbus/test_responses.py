"""Responses: what the specification prints, what is emitted is parsed, what isn't allowed is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.modbus import responses
from netloom.wire.modbus.requests import Diagnose, FileRecord, MaskWrite, WriteFile, WriteOne
from netloom.wire.modbus.responses import (
    Bits,
    EventCounter,
    EventLog,
    ExceptionStatus,
    Fifo,
    FileWords,
    Identity,
    Refusal,
    Response,
    ServerId,
    Words,
    Written,
    emit,
    parse,
)
from tests.fuzzing import hammer
from tests.security.parsers.modbus import ANSWERED, RESPONSES

PRINTED = [
    ("01 03 cd6b05", Bits(1, (1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0))),
    ("03 06 022b 0000 0064", Words(3, (555, 0, 100))),
    ("04 02 000a", Words(4, (10,))),
    ("05 00ac ff00", WriteOne(5, 172, 1)),
    ("06 0001 0003", WriteOne(6, 1, 3)),
    ("07 6d", ExceptionStatus(0x6D)),
    ("08 0000 a537", Diagnose(0, b"\xa5\x37")),
    ("0b ffff 0108", EventCounter(True, 264)),
    ("0c 08 0000 0108 0121 2000", EventLog(False, 264, 289, b" \0")),
    ("0f 0013 000a", Written(15, 19, 10)),
    ("10 0001 0002", Written(16, 1, 2)),
    ("11 03 6e6cff", ServerId(b"nl\xff")),
    ("14 0c 05 06 0dfe 0020 05 06 33cd 0040", FileWords(((3582, 32), (13261, 64)))),
    ("15 0d 06 0004 0007 0003 06af 04be 100d", WriteFile((FileRecord(4, 7, 3, (1711, 1214, 4109)),))),
    ("16 0004 00f2 0025", MaskWrite(4, 0xF2, 0x25)),
    ("17 0c 00fe 0acd 0001 0003 000d 00ff", Words(23, (254, 2765, 1, 3, 13, 255))),
    ("18 0006 0002 01b8 1284", Fifo((440, 4740))),
    ("2b 0e 01 01 00 00 01 00 02 4f4b", Identity(1, 1, ((0, b"OK"),))),
    ("81 01", Refusal(1, 1)),
]


@pytest.mark.parametrize(("octets", "response"), PRINTED, ids=lambda value: str(value)[:8])
def test_as_the_specification_prints_them(octets: str, response: Response) -> None:
    assert parse(bytes.fromhex(octets)) == response
    assert emit(response) == bytes.fromhex(octets)


@pytest.mark.parametrize("response", ANSWERED, ids=str)
def test_what_is_emitted_is_parsed(response: Response) -> None:
    assert parse(emit(response)) == response


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=9),
    st.none() | st.integers(0, 255),
)
def test_identities(level: int, objects: list[tuple[int, bytes]], following: int | None) -> None:
    said = Identity(level, 0x83, tuple(objects), following)
    assert parse(emit(said)) == said


@pytest.mark.parametrize(
    "octets",
    [
        "", "00", "80 01", "83", "83 00", "83 01 00", "01 00", "01 02 00", "01 fb", "03 00", "03 03 000000",
        "03 02 0000 00",
        "05 0000 0001", "07", "0b 0001 0000", "0c 05 0000 0000 00", "0f 0000 0000", "11 03 00", "14 03 02 06 00",
        "14 03 03 05 0000", "18 0004 0002 0000", "18 0042 0020" + "0000" * 32, "2b 0e 01 01 01 00 00",
        "2b 0e 01 01 00 00 01",
        "2b 0e 01 01 00 00 01 00 02 4f", "2b 0e 09 01 00 00 00",
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused(octets: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        parse(bytes.fromhex(octets))
    assert refused.value.rule.startswith("Modbus Application Protocol 1.1b3 §")


@pytest.mark.parametrize(
    "response",
    [Bits(1, ()), Bits(1, (0,) * 2001), Words(3, ()), Words(3, (0,) * 126), Words(3, (65536,)), Fifo((0,) * 32),
     Refusal(1, 0), ServerId(bytes(252)), EventLog(False, 0, 0, bytes(65)), Identity(1, 1, ((0, bytes(256)),)),
     Identity(1, 1, ((0, bytes(200)), (1, bytes(200))))],
    ids=lambda each: str(each)[:40],
)  # fmt: skip
def test_nothing_else_is_said(response: Response) -> None:
    with pytest.raises(LocalProtocolError):
        emit(response)


def test_hostile_octets() -> None:
    hammer(responses.parse, RESPONSES)
