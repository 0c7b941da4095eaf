"""Notifications become messages on a bus."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.bus import Bus, Limits
from netloom.protocols.snmp.agent import Answer, Asked, Source
from netloom.protocols.snmp.engine import Engine
from netloom.protocols.snmp.notification import varbinds
from netloom.protocols.snmp.receiver import Receiver
from netloom.records import Message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.convert import SNMP_TRAPS, notification
from netloom.wire.snmp.mibs import MESSAGE, MESSAGE_TEXT, standard
from netloom.wire.snmp.pdu import GEN_ERR, NO_ERROR, RESOURCE_UNAVAILABLE, Pdu, TrapV1
from netloom.wire.snmp.values import INTEGER, OCTETS, Varbind, emit_varbinds

INDEX = Varbind((1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 2), INTEGER, 2)
DOWN = Pdu(pdus.TRAP, 7, varbinds=varbinds((*SNMP_TRAPS, 3), [INDEX], 4711))


async def heard(pdu: Pdu, version: str = "2c", bus: Bus | None = None, **fields: Any) -> tuple[Answer, Message | None]:
    """What is answered, and what is on the bus then."""
    bus = bus if bus is not None else Bus()
    async with bus.subscribe("#") as subscription:
        answer = Receiver(bus, Engine(""), standard()).respond(
            Asked(version, pdu, 60_000, source=Source("192.0.2.1", ("192.0.2.1", 162)), **fields)
        )
        assert answer is not None
        return answer, subscription._queue[0][0] if subscription._queue else None


async def test_a_trap() -> None:
    answer, message = await heard(DOWN)
    assert message == Message(
        "linkDown",
        b"ifIndex.2 = Integer32: 2",
        sender="192.0.2.1:162",
        properties={"oid": "1.3.6.1.6.3.1.1.5.3", "version": "2c", "uptime": "0:00:47.11", "kind": "trap"},
    )
    assert (answer.status, answer.varbinds) == (NO_ERROR, (emit_varbinds(DOWN.varbinds),))


async def test_an_old_trap() -> None:
    old = notification(TrapV1((1, 3, 6, 1, 4, 1, 8072), b"\xc0\0\x02\x05", 2, 0, 5, (INDEX,)))
    _, message = await heard(old, "1")
    assert message is not None
    assert message.payload == b"ifIndex.2 = Integer32: 2"
    assert message.properties["agent"] == "192.0.2.5"
    assert message.properties["enterprise"] == "netSnmp"


async def test_an_inform_from_somebody() -> None:
    _, message = await heard(Pdu(pdus.INFORM, 7, varbinds=DOWN.varbinds), "3", user="ann")
    assert message is not None
    assert (message.properties["kind"], message.properties["user"]) == ("inform", "ann")


async def test_our_own_message_is_its_text() -> None:
    told = varbinds(MESSAGE, [Varbind(MESSAGE_TEXT, OCTETS, b"hello \xff")], 1)
    _, message = await heard(Pdu(pdus.TRAP, 1, varbinds=told))
    assert message is not None
    assert (message.topic, message.payload) == ("netloomMessage", b"hello \xff")


async def test_one_that_nobody_has_a_name_for() -> None:
    _, message = await heard(Pdu(pdus.TRAP, 1, varbinds=varbinds((1, 3, 6, 1, 4, 1, 9999, 0, 7), [])))
    assert message is not None
    assert (message.topic, message.payload) == ("1.3.6.1.4.1.9999.0.7", b"")


@pytest.mark.parametrize("binds", [(), DOWN.varbinds[1:], (INDEX, INDEX)])
async def test_what_is_none(binds: tuple[Varbind, ...]) -> None:
    answer, message = await heard(Pdu(pdus.INFORM, 1, varbinds=binds))
    assert (answer.status, message) == (GEN_ERR, None)


async def test_one_that_the_bus_has_no_room_for() -> None:
    answer, message = await heard(DOWN, bus=Bus(limits=Limits(message=10)))
    assert (answer.status, message) == (RESOURCE_UNAVAILABLE, None)
