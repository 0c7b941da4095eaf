"""NTP, replayed: an answer has the moment at which it was asked for."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.protocols.ntp.replay import Replay
from tests.packet.tape.parts import gists, keeps_to_it, split


def asked(moment: bytes) -> tuple[str, bytes]:
    return CLIENT, b"\x23" + bytes(39) + moment


def told(moment: bytes) -> tuple[str, bytes]:
    return SERVER, b"\x24\2" + bytes(22) + moment + b"received" + b"transmit"


def test_nothing_is_lost() -> None:
    keeps_to_it(Replay, [asked(b"recorded"), told(b"recorded")], "udp")


def test_an_answer_to_what_was_asked() -> None:
    assert gists(Replay, [asked(b"recorded")], "udp") == gists(Replay, [asked(b"heard it")], "udp")
    one, answer = split(Replay, [asked(b"recorded"), told(b"recorded")], "udp")
    other = split(Replay, [asked(b"heard it")], "udp")[0]
    part = Replay()
    assert part.answers(one, answer)
    assert not part.answers(other, answer)
    assert part.adapt(answer) == answer.data
    part.met(one, other)
    assert part.adapt(answer) == told(b"heard it")[1]


def test_what_is_too_short_is_the_same_to_the_letter() -> None:
    assert gists(Replay, [(CLIENT, b"\x23short")], "udp") == [b"\x23short".hex()]
