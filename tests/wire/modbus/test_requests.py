"""Requests: what the specification prints, what is emitted is parsed, what isn't allowed is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.modbus import requests
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
    Request,
    WriteFile,
    WriteMany,
    WriteOne,
    emit,
    parse,
)
from tests.fuzzing import hammer
from tests.security.parsers.modbus import ASKED, REQUESTS

# The examples of the Application Protocol 1.1b3, §6.1 to §6.21.
PRINTED = [
    ("01 0013 0013", Read(1, 19, 19)),
    ("02 00c4 0016", Read(2, 196, 22)),
    ("03 006b 0003", Read(3, 107, 3)),
    ("04 0008 0001", Read(4, 8, 1)),
    ("05 00ac ff00", WriteOne(5, 172, 1)),
    ("06 0001 0003", WriteOne(6, 1, 3)),
    ("07", Plain(7)),
    ("08 0000 a537", Diagnose(0, b"\xa5\x37")),
    ("0b", Plain(11)),
    ("0c", Plain(12)),
    ("0f 0013 000a 02 cd01", WriteMany(15, 19, (1, 0, 1, 1, 0, 0, 1, 1, 1, 0))),
    ("10 0001 0002 04 000a 0102", WriteMany(16, 1, (10, 258))),
    ("11", Plain(17)),
    ("14 0e 06 0004 0001 0002 06 0003 0009 0002", ReadFile((FileRecord(4, 1, 2), FileRecord(3, 9, 2)))),
    ("15 0d 06 0004 0007 0003 06af 04be 100d", WriteFile((FileRecord(4, 7, 3, (1711, 1214, 4109)),))),
    ("16 0004 00f2 0025", MaskWrite(4, 0xF2, 0x25)),
    ("17 0003 0006 000e 0003 06 00ff 00ff 00ff", ReadWrite(3, 6, 14, (255, 255, 255))),
    ("18 04de", ReadFifo(1246)),
    ("2b 0e 01 00", Identify(1, 0)),
]


@pytest.mark.parametrize(("octets", "request_"), PRINTED, ids=lambda value: str(value)[:8])
def test_as_the_specification_prints_them(octets: str, request_: Request) -> None:
    assert parse(bytes.fromhex(octets)) == request_
    assert emit(request_) == bytes.fromhex(octets)


def test_every_function_is_printed() -> None:
    assert {type(request) for _, request in PRINTED} | {Other} == {type(request) for request in ASKED}


word = st.integers(0, 65535)
bit = st.integers(0, 1)
spans = st.integers(0, 65535).flatmap(lambda at: st.tuples(st.just(at), st.integers(1, min(123, 65536 - at))))


@given(
    st.one_of(
        st.builds(lambda f, s: Read(f, *s), st.integers(1, 4), spans),
        st.builds(WriteOne, st.just(5), word, bit),
        st.builds(WriteOne, st.just(6), word, word),
        st.builds(WriteMany, st.just(15), st.integers(0, 60000), st.lists(bit, min_size=1, max_size=1968).map(tuple)),
        st.builds(WriteMany, st.just(16), st.integers(0, 60000), st.lists(word, min_size=1, max_size=123).map(tuple)),
        st.builds(MaskWrite, word, word, word),
        st.builds(
            lambda s, at, values: ReadWrite(s[0], s[1], at, tuple(values)),
            spans,
            st.integers(0, 60000),
            st.lists(word, min_size=1, max_size=121),
        ),
        st.builds(Identify, st.integers(1, 4), st.integers(0, 255)),
        st.builds(Other, st.integers(65, 72), st.binary(max_size=252)),
    )
)
def test_what_is_emitted_is_parsed(request_: Request) -> None:
    assert parse(emit(request_)) == request_


@pytest.mark.parametrize(
    "octets",
    [
        "", "00", "80", "83 0000 0001", "01", "01 0000", "01 0000 0000", "01 0000 07d1", "03 0000 007e",
        "03 0000 0001 00",
        "05 0000 0001", "05 0000 ff01", "0f 0000 0000 00", "0f 0000 0009 01 ff", "0f 0000 07b1 f7",
        "10 0000 0001 01 00",
        "10 0000 0002 04 0001", "10 0000 007c f8", "07 00", "08 0000", "08 0000 00", "14 00", "14 06 06 0001 0001 00",
        "14 07 05 0001 0001 0001", "15 00", "15 07 06 0001 0001 0001", "16 0000 0000", "17 0000 007e 0000 0001 02 0000",
        "17 0000 0001 0000 007a f4", "18 00", "2b 0e 00 00", "2b 0e 05 00", "2b 0e 01",
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused(octets: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        parse(bytes.fromhex(octets))
    assert refused.value.rule.startswith("Modbus Application Protocol 1.1b3 §")
    assert refused.value.offset is not None


@pytest.mark.parametrize(
    "request_",
    [
        Read(3, 0, 126), Read(3, 0, 0), Read(1, 0, 2001), Read(3, 65535, 2), Read(3, 65536, 1), WriteOne(6, 0, 65536),
        WriteOne(6, 0, -1), WriteMany(16, 0, ()), WriteMany(16, 0, (0,) * 124), WriteMany(15, 0, (0,) * 1969),
        WriteMany(16, 65535, (0, 0)), ReadWrite(0, 126, 0, (1,)), ReadWrite(0, 1, 0, ()), ReadWrite(0, 1, 0,
        (1,) * 122),
        ReadWrite(65535, 2, 0, (1,)), MaskWrite(0, 65536, 0), Identify(5, 0), Identify(1, 256), Diagnose(0, b""),
        Diagnose(0, b"\0"), ReadFile(()), WriteFile(()), WriteFile((FileRecord(1, 1, values=(1,) * 123),)),
        Other(100, bytes(253)),
    ],
    ids=str,
)  # fmt: skip
def test_nothing_else_is_said(request_: Request) -> None:
    with pytest.raises(LocalProtocolError):
        emit(request_)


def test_a_mask() -> None:
    assert MaskWrite(4, 0xF2, 0x25).of(0x12) == 0x17, "the specification's example, §6.16"


def test_hostile_octets() -> None:
    hammer(requests.parse, REQUESTS)
