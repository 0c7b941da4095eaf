"""Modbus, replayed: both framings, and the transaction that an answer takes over."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.modbus.replay import Replay
from netloom.wire.modbus.framing import Frame, emit_rtu, emit_tcp
from tests.packet.tape.parts import gists, keeps_to_it, split

ASKED, TOLD = b"\3\0\0\0\2", b"\3\4\0\1\0\2"
SERIAL = [(CLIENT, emit_rtu(Frame(1, ASKED))), (SERVER, emit_rtu(Frame(1, TOLD)))]


def talk(number: int = 7) -> list[tuple[str, bytes]]:
    return [(CLIENT, emit_tcp(Frame(1, ASKED, number))), (SERVER, emit_tcp(Frame(1, TOLD, number)))]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, talk())
    keeps_to_it(Replay, SERIAL)


def test_what_an_answer_takes_over() -> None:
    assert gists(Replay, talk(9)) == gists(Replay, talk())
    asked, told = split(Replay, talk())
    part = Replay()
    part.met(asked, split(Replay, talk(300))[0])
    assert part.adapt(told) == talk(300)[1][1]


def test_nothing_of_a_serial_line_is_changed() -> None:
    asked, told = split(Replay, SERIAL)
    part = Replay()
    part.met(asked, asked)
    assert part.adapt(told) == told.data
