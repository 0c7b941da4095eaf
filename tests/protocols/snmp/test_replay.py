"""SNMP, replayed: requests by what they ask for, responses with the numbers that were heard."""

from __future__ import annotations

from typing import Any

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.snmp.replay import Replay
from netloom.wire.snmp import message as messages
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import v3
from netloom.wire.snmp.message import Message
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.values import TIME_TICKS, Varbind
from tests.packet.tape.parts import gists, keeps_to_it, split

OID: Any = (1, 3, 6, 1, 2, 1, 1, 3, 0)


def talk(number: int = 7, ticks: int = 5, community: bytes = b"public") -> list[tuple[str, bytes]]:
    asked = Pdu(pdus.GET, number, varbinds=(Varbind(OID),))
    told = Pdu(pdus.RESPONSE, number, varbinds=(Varbind(OID, TIME_TICKS, ticks),))
    return [
        (CLIENT, messages.emit(Message(messages.V2C, community, asked))),
        (SERVER, messages.emit(Message(messages.V2C, community, told))),
    ]


def secured(number: int, request: int, flags: int = v3.REPORTABLE) -> list[tuple[str, bytes]]:
    header, security = v3.Header(number, 65507, flags), v3.Security(b"engine", 1, 2, b"ann")
    made = []
    for sender, kind in ((CLIENT, pdus.GET), (SERVER, pdus.RESPONSE)):
        scoped = v3.emit_scoped(b"engine", b"", pdus.emit(Pdu(kind, request, varbinds=(Varbind(OID),))))
        made.append((sender, v3.emit(header, security, scoped)[0]))
    return made


def test_nothing_is_lost() -> None:
    for said in (talk(), secured(70_000, 3), secured(70_000, 3, v3.AUTH)):
        keeps_to_it(Replay, said, "udp")
    keeps_to_it(Replay, talk())


def test_what_is_the_same() -> None:
    assert gists(Replay, talk(900, 6), "udp") == gists(Replay, talk(), "udp")
    assert gists(Replay, talk(community=b"private"), "udp") != gists(Replay, talk(), "udp")
    assert gists(Replay, [(CLIENT, b"none")], "udp") == [b"none".hex()]


def test_an_answer_to_what_was_asked() -> None:
    for recorded, heard in ((talk(), talk(1 << 30)), (secured(70_000, 3), secured(9, 1 << 30))):
        asked, told = split(Replay, recorded, "udp")
        part = Replay()
        assert part.answers(asked, told)
        assert part.adapt(told) == told.data
        part.met(asked, split(Replay, heard, "udp")[0])
        assert part.adapt(told) == heard[1][1]


def test_what_is_authenticated_stays_as_it_is() -> None:
    asked, told = split(Replay, secured(5, 6, v3.AUTH), "udp")
    part = Replay()
    part.met(asked, split(Replay, secured(8, 9, v3.AUTH), "udp")[0])
    assert part.adapt(told) == told.data
