"""DNS, replayed: which questions are the same, and what answers take over from them."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.dns.replay import Replay
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, framed
from tests.packet.tape.parts import gists, keeps_to_it, split

NAME = b"\x04warp\x04test\0"


def asked(number: int = 7, name: bytes = NAME, rdtype: int = 1, cookie: bytes = b"12345678") -> bytes:
    edns = Edns(options=((10, cookie),)) if cookie else None
    return emit(Message(number, codes.RD, (Question(name, rdtype),), edns=edns))


def answer(number: int = 7, *addresses: int, ttl: int = 60) -> bytes:
    records = tuple(Record(NAME, 1, 1, ttl, bytes((192, 0, 2, last))) for last in addresses)
    edns = Edns(options=((10, b"12345678" + b"theirs.."),))
    return emit(Message(number, codes.QR | codes.RD, (Question(NAME, 1),), records, edns=edns))


TALK = [(CLIENT, asked()), (SERVER, answer(7, 1, 2))]
STREAM = [(CLIENT, framed(asked())), (SERVER, framed(answer(7, 1)) + framed(answer(8, 2)))]


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, TALK, "udp")
    keeps_to_it(Replay, STREAM)


def test_what_is_the_same() -> None:
    (one,) = gists(Replay, [(CLIENT, asked())], "udp")
    assert gists(Replay, [(CLIENT, asked(9, NAME.upper(), cookie=b""))], "udp") == [one]
    assert gists(Replay, [(CLIENT, asked(7, rdtype=28))], "udp") != [one]
    (two,) = gists(Replay, [(SERVER, answer(7, 1, 2))], "udp")
    assert gists(Replay, [(SERVER, answer(3, 2, 1, ttl=5))], "udp") == [two]
    assert gists(Replay, [(SERVER, answer(7, 1, 2).replace(NAME, NAME.upper()))], "udp") == [two]
    assert gists(Replay, [(SERVER, answer(7, 1, 3))], "udp") != [two]
    assert gists(Replay, [(SERVER, b"none")], "udp") == [b"none".hex()]


def test_what_an_answer_takes_over() -> None:
    for transport, frame in (("udp", bytes), ("tcp", framed)):
        part = Replay()
        recorded, told = split(Replay, [(CLIENT, frame(asked())), (SERVER, frame(answer(7, 1)))], transport)
        mixed = b"\x04WaRp\x04tEsT\0"
        heard = split(Replay, [(CLIENT, frame(asked(99, mixed, cookie=b"abcdefgh")))], transport)[0]
        assert part.answers(recorded, told)
        assert part.adapt(told) == told.data
        part.met(recorded, heard)
        expected = answer(99, 1).replace(NAME, mixed, 1).replace(b"12345678", b"abcdefgh")
        assert part.adapt(told) == frame(expected)


def test_answers_belong_to_their_questions() -> None:
    one, other, told = split(Replay, [(CLIENT, asked(1)), (CLIENT, asked(2)), (SERVER, answer(1, 1))], "udp")
    part = Replay()
    assert part.answers(one, told)
    assert not part.answers(other, told)
