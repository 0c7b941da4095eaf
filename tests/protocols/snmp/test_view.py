"""What an agent has: in order, and all or nothing when it is set."""

from __future__ import annotations

import pytest

from netloom.contents.registers import Register, Registers
from netloom.protocols.snmp.engine import COUNTS, SET_SERIAL, Engine
from netloom.protocols.snmp.view import Trouble, View
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.values import (
    COUNTER32,
    INTEGER,
    NO_SUCH_INSTANCE,
    NO_SUCH_OBJECT,
    OCTETS,
    Varbind,
    varbind,
)
from tests.protocols.snmp.lab import DESCRIPTION, LIMIT, LOCATION, NAME

UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)


def view(registers: Registers | None = None) -> View:
    return View(registers if registers is not None else Registers(), Engine(""))


async def test_in_order() -> None:
    made = view()
    seen = list[tuple[int, ...]]()
    at: tuple[int, ...] = (0, 0)
    while (oid := made.at(made.after(at))) is not None:
        seen.append(oid)
        at = oid
    assert seen == sorted(set(seen))
    assert NAME in seen
    assert COUNTS["in_pkts"] in seen
    assert made.at(made.after((2, 5))) is None


async def test_the_devices_own_values_win() -> None:
    made = view(Registers([(Register(name="x", kind="int", oid=COUNTS["in_pkts"], syntax="Counter32"), 42)]))
    assert made.get(COUNTS["in_pkts"]) == (COUNTER32, 42)


async def test_a_value_is_said_as_it_is_now() -> None:
    registers = Registers(
        [
            (Register(name="text", kind="text", oid=NAME, syntax="OctetString", writable=True), "old"),
            (Register(name="up", kind="uptime", oid=UPTIME), None),
        ],
        clock=iter(range(100)).__next__,
    )
    made = view(registers)
    said = [made.encoded(NAME), made.encoded(NAME)]
    registers.store({"text": "new"})
    said.append(made.encoded(NAME))
    assert said == [(OCTETS, varbind(NAME, OCTETS, text)) for text in (b"old", b"old", b"new")]
    assert made.encoded(UPTIME) != made.encoded(UPTIME)


@pytest.mark.parametrize(
    ("oid", "tag"),
    [
        ((*NAME[:-1], 1), NO_SUCH_INSTANCE),
        (NAME[:-1], NO_SUCH_OBJECT),
        ((1, 3, 6, 1, 2, 1, 2, 2, 1, 2, 99), NO_SUCH_INSTANCE),
        ((1, 3, 6, 1, 2, 1, 4, 20, 1, 1, 10, 0, 0, 1), NO_SUCH_INSTANCE),
        ((1, 3, 6, 1, 2, 1, 4, 20, 1, 2, 10, 0, 0, 1), NO_SUCH_OBJECT),
        ((1, 3, 6, 1, 2, 1, 99, 0), NO_SUCH_OBJECT),
    ],
)
async def test_what_isnt_there(oid: tuple[int, ...], tag: int) -> None:
    assert view().get(oid) == (tag, None)


async def test_what_cant_be_said() -> None:
    made = view(Registers([(Register(name="x", kind="int", oid=NAME), 2**40)]))
    with pytest.raises(Trouble) as caught:
        made.encoded(NAME)
    assert caught.value.status == pdus.GEN_ERR


class TestSetting:
    async def test_several_at_once(self) -> None:
        made = view()
        serial = made.engine.set_serial
        made.set(
            [Varbind(SET_SERIAL, INTEGER, serial), Varbind(NAME, OCTETS, b"one"), Varbind(LOCATION, OCTETS, b"two")]
        )
        assert made.registers.value("name") == "one"
        assert made.registers.value("location") == "two"
        assert made.engine.set_serial != serial

    @pytest.mark.parametrize(
        ("bind", "status"),
        [
            (Varbind(DESCRIPTION, OCTETS, b"x"), pdus.NOT_WRITABLE),
            (Varbind((1, 3, 9, 9), OCTETS, b"x"), pdus.NO_CREATION),
            (Varbind(LIMIT, OCTETS, b"5"), pdus.WRONG_TYPE),
            (Varbind(LIMIT), pdus.WRONG_TYPE),
            (Varbind(LIMIT, INTEGER, 101), pdus.WRONG_VALUE),
            (Varbind(LOCATION, OCTETS, b"\xff"), pdus.WRONG_VALUE),
            (Varbind(SET_SERIAL, INTEGER, -1), pdus.INCONSISTENT_VALUE),
            (Varbind(COUNTS["in_pkts"], COUNTER32, 0), pdus.NOT_WRITABLE),
            (Varbind(NAME, OCTETS, b"another"), pdus.INCONSISTENT_VALUE),
        ],
    )
    async def test_all_or_nothing(self, bind: Varbind, status: int) -> None:
        made = view()
        serial = made.engine.set_serial
        with pytest.raises(Trouble) as caught:
            made.set([Varbind(SET_SERIAL, INTEGER, serial), Varbind(NAME, OCTETS, b"one"), bind])
        assert (caught.value.status, caught.value.index) == (status, 3)
        assert made.registers.value("name") == "greenhouse-1"
        assert made.engine.set_serial == serial

    async def test_the_same_twice(self) -> None:
        made = view()
        made.set([Varbind(NAME, OCTETS, b"one")] * 2)
        assert made.registers.value("name") == "one"
