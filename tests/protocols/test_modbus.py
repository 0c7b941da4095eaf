"""Modbus' smaller parts: places, values in words, options, commands, a device and who it is."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.modbus.commands import COMMANDS
from netloom.protocols.modbus.device import Device
from netloom.protocols.modbus.dialogue import UNIT, refused
from netloom.protocols.modbus.identity import name_of
from netloom.protocols.modbus.options import ModbusOptions
from netloom.protocols.modbus.target import Target, start, target
from netloom.protocols.modbus.texts import as_values, count, number, words_written
from netloom.wire.modbus import requests
from netloom.wire.modbus.requests import Identify, WriteOne
from netloom.wire.modbus.responses import Identity, Refusal


@pytest.mark.parametrize(
    ("path", "query", "wanted"),
    [
        ("/holding/7", "", Target("holding", 7, 1)),
        ("/coils/7-9", "", Target("coil", 7, 3, several=True)),
        ("/inputs/7", "type=float64&order=little", Target("input", 7, 4, "float64", little=True)),
        ("/input/7", "type=int32&count=3", Target("input", 7, 6, "int32", several=True)),
        ("/holding/7-8", "type=text", Target("holding", 7, 2, "text")),
        ("/400001", "", Target("holding", 0, 1)),
        ("/465536", "", Target("holding", 65535, 1)),
        ("/30011-30012", "", Target("input", 10, 2, several=True)),
        ("/Holding%2F7", "", Target("holding", 7, 1)),
        ("", "", None),
        ("/", "", None),
    ],
)
def test_places(path: str, query: str, wanted: Target | None) -> None:
    assert target(path, query) == wanted


def test_how_many_are_written() -> None:
    assert target("/holding/7", "type=int32", values=3) == Target("holding", 7, 6, "int32", several=True)
    assert target("/holding/7", "type=text", values=3, octets=5) == Target("holding", 7, 3, "text")
    assert target("/holding/7", "type=text", octets=0) == Target("holding", 7, 1, "text")


def test_what_is_listed() -> None:
    assert start("/coil") == ("coil", 0, None)
    assert start("/40010") == ("holding", 9, None)
    assert start("/input/3-9") == ("input", 3, 9)


@pytest.mark.parametrize(
    ("wanted", "text", "value"),
    [
        (Target("holding", 0, 2, "int32"), "-5", -5),
        (Target("holding", 0, 2, "uint32", little=True), "0x12345678", 0x12345678),
        (Target("holding", 0, 2, several=True), "1,2", [1, 2]),
        (Target("holding", 0, 4, "float32", several=True), "1.5 -2", [1.5, -2.0]),
        (Target("coil", 0, 3, several=True), "on;Off\ntrue", [True, False, True]),
        (Target("holding", 0, 3, "text"), "loom\r\n", "loom"),
        (Target("holding", 0, 1), " 7 ", 7),
    ],
)
def test_values_come_back(wanted: Target, text: str, value: Any) -> None:
    assert as_values(wanted, words_written(wanted, text)) == value


def test_they_are_counted() -> None:
    assert [count(text) for text in ("1", "1 2\n", "1,2;3", "")] == [1, 2, 3, 1]


def test_numbers_of_commands() -> None:
    assert [number(text) for text in ("12", "0xf2", "0b11")] == [12, 242, 3]
    with pytest.raises(UsageError, match="no number"):
        number("twelve")
    assert all(" " not in name for name in COMMANDS)


@pytest.mark.parametrize("text", ["unit=256", "unit=-1", "unit=x", "multiple=maybe", "write=some"])
def test_options_have_bounds(text: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"modbus://h#{text}"), ModbusOptions)


def test_names_and_refusals() -> None:
    assert (name_of(4), name_of(128), UNIT) == ("product name", "object 128", 1)
    assert refused(Refusal(6, 2)).message == "write register: illegal data address"


class TestADevice:
    def test_all_ports_serve_the_same(self) -> None:
        registers = Registers()
        assert Device(registers).counts is Device(registers).counts
        assert Device(Registers()).counts is not Device(registers).counts

    def test_it_goes_with_its_registers(self) -> None:
        registers = Registers()
        Device(registers)
        watched = weakref.ref(registers)
        del registers
        gc.collect()
        assert watched() is None

    @pytest.mark.parametrize("may_write", [True, False])
    def test_who_may_write(self, may_write: bool) -> None:
        registers = Registers()
        asked, answer = Device(registers).answer(requests.emit(WriteOne(6, 2, 9)), may_write=may_write)
        assert asked == WriteOne(6, 2, 9)
        assert answer == (asked if may_write else Refusal(6, 1))
        assert registers.value("limit") == (9 if may_write else 80)

    def test_who_it_is(self) -> None:
        _, answer = Device(Registers()).answer(requests.emit(Identify(1)), may_write=False)
        assert isinstance(answer, Identity)
        assert [number for number, _ in answer.objects] == [0, 1, 2]

    @pytest.mark.parametrize("pdu", [b"", b"\0", b"\x80", b"\x83\0", b"\xff"])
    def test_what_is_no_function(self, pdu: bytes) -> None:
        asked, answer = Device(Registers()).answer(pdu, may_write=True)
        assert asked is None
        assert answer == Refusal(pdu[0] & 0x7F if pdu else 0, 1)
