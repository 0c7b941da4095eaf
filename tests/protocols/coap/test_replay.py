"""CoAP, replayed: answers take over id and token."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.coap.replay import Replay
from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, emit
from tests.packet.tape.parts import gists, keeps_to_it, split

PATH = ((codes.URI_PATH, b"loom"),)


def talk(number: int = 7, token: bytes = b"t", host: bytes = b"here") -> list[tuple[str, bytes]]:
    asked = Message(codes.CON, codes.GET, number, token, ((codes.URI_HOST, host), *PATH))
    return [
        (CLIENT, emit(asked)),
        (SERVER, emit(Message(codes.ACK, codes.EMPTY, number))),
        (SERVER, emit(Message(codes.CON, codes.CONTENT, 500, token, (), b"warp"))),
    ]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, talk(), "udp")


def test_an_answer_to_what_was_asked() -> None:
    assert gists(Replay, talk(8, b"other", b"there"), "udp") == gists(Replay, talk(), "udp")
    asked, empty, told = split(Replay, talk(), "udp")
    part = Replay()
    assert part.answers(asked, empty)
    assert part.answers(asked, told)
    part.met(asked, split(Replay, talk(900, b"other"), "udp")[0])
    assert [part.adapt(empty), part.adapt(told)] == [data for _, data in talk(900, b"other")[1:]]


def test_what_is_no_message() -> None:
    (unit,) = split(Replay, [(CLIENT, b"no")], "udp")
    assert (unit.gist, Replay().adapt(unit)) == (b"no".hex(), b"no")
    assert not Replay().answers(unit, unit)
