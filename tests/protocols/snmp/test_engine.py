"""An engine of ours: who it is, its clock, and what it counts."""

from __future__ import annotations

import gc

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Registers
from netloom.protocols.snmp.engine import (
    _ENGINES,
    COUNTS,
    ENABLE_AUTHEN_TRAPS,
    REMOTE_LIMIT,
    SET_SERIAL,
    Engine,
    engine_of,
)
from netloom.protocols.snmp.options import Options
from netloom.wire.snmp.mibs import standard
from netloom.wire.snmp.values import COUNTER32, INTEGER, OCTETS


async def test_one_for_all_sockets_of_a_content() -> None:
    content, other = Registers(), Bus()
    assert engine_of(content, Options()) is engine_of(content, Options(auth="md5"))
    assert engine_of(content, Options()) is not engine_of(content, Options(engine_id="8000000001"))
    assert engine_of(content, Options()).id != engine_of(other, Options()).id


async def test_none_stays_behind() -> None:
    content = Registers()
    engine_of(content, Options())
    assert content in _ENGINES
    count = len(_ENGINES)
    del content
    gc.collect()
    assert len(_ENGINES) < count


async def test_boots_grow_where_the_identifier_stays() -> None:
    assert Engine("").clock.boots == 1
    assert Engine("8000000001").clock.boots > 1
    assert Engine("8000000001").id.hex() == "8000000001"


async def test_salts_differ() -> None:
    engine = Engine("")
    assert len({engine.salt() for _ in range(100)}) == 100


async def test_clocks_of_others_are_bounded() -> None:
    engine = Engine("")
    for number in range(REMOTE_LIMIT + 50):
        assert engine.in_time(b"engine%d" % number, 1, 1000)
    assert len(engine._remote) == REMOTE_LIMIT
    assert not engine.in_time(b"engine%d" % (REMOTE_LIMIT + 49), 1, 1)


async def test_its_own_clock() -> None:
    engine = Engine("")
    assert engine.in_time(engine.id, *engine.now())
    assert not engine.in_time(engine.id, 2, 0)


class TestObjects:
    async def test_counts_stand_where_the_mibs_have_them(self) -> None:
        engine, mib = Engine(""), standard()
        objects = engine.objects()
        for name, oid in COUNTS.items():
            setattr(engine.counts, name, 2**32 + 7)
            tag, value = objects[oid]
            assert (tag, value()) == (COUNTER32, 7)
            named = mib.name(oid).removesuffix(".0").lower()
            assert named.removeprefix("usmstats").removeprefix("snmp") == name.replace("_", "")

    async def test_the_engine_itself(self) -> None:
        engine = Engine("8000000001")
        said = {standard().name(oid): (tag, value()) for oid, (tag, value) in engine.objects().items()}
        assert said["snmpEngineID.0"] == (OCTETS, engine.id)
        assert said["snmpEngineBoots.0"] == (INTEGER, engine.clock.boots)
        assert said["snmpEngineTime.0"] == (INTEGER, 0)
        assert said["snmpEngineMaxMessageSize.0"] == (INTEGER, 65_535)

    @pytest.mark.parametrize(
        ("oid", "tag", "value", "word"),
        [
            (COUNTS["in_pkts"], COUNTER32, 0, "notWritable"),
            (ENABLE_AUTHEN_TRAPS, OCTETS, b"1", "wrongType"),
            (ENABLE_AUTHEN_TRAPS, INTEGER, 3, "wrongValue"),
            (ENABLE_AUTHEN_TRAPS, INTEGER, 2, ""),
            (SET_SERIAL, INTEGER, -1, "inconsistentValue"),
        ],
    )
    async def test_what_can_be_set(self, oid: tuple[int, ...], tag: int, value: int | bytes, word: str) -> None:
        assert Engine("").refusal(oid, tag, value) == word

    async def test_test_and_increase(self) -> None:
        engine = Engine("")
        engine.set_serial = 2**31 - 1
        assert engine.refusal(SET_SERIAL, INTEGER, 2**31 - 1) == ""
        engine.set(SET_SERIAL, 2**31 - 1)
        assert engine.set_serial == 0
        engine.set(ENABLE_AUTHEN_TRAPS, 2)
        assert not engine.tells_wrong_communities
