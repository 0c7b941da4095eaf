"""Exchanges: datagrams with their answers, asked in any order, and again."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.exchanges import Exchanges, datagram
from netloom.packet.tape.part import Unit
from netloom.packet.tape.script import Knowledge, write_script
from netloom.packet.tape.track import Step
from netloom.protocols.dns.replay import Replay
from tests.packet.tape.tracks import script, track
from tests.protocols.dns.test_replay import answer, asked


def test_answers_belong_to_what_was_asked_last() -> None:
    made = Exchanges(script("> a", "< 1", "< 2", "> b", "< 3", transport="udp"))
    heard = datagram(None, b"b")
    found = made.find(heard)
    assert found is not None
    made.meet(found, heard)
    assert (found.number, found.said) == (3, [b"3"])
    assert not made.done
    assert made.next.number == 0
    assert made.find(heard) is found  # asked again
    made.meet(made.next, datagram(None, b"a"))
    assert made.done
    assert made.next.number == 3
    assert made.find(datagram(None, b"c")) is None


def test_answers_are_found_and_changed_by_their_protocol() -> None:
    steps = [
        Step(CLIENT, 0, data=asked(1)), Step(CLIENT, 1, data=asked(2, rdtype=28)), Step(SERVER, 2, data=answer(1, 9)),
        Step(SERVER, 3, data=answer(2)),
    ]  # fmt: skip
    one = track("> x", transport="udp")
    one.steps[:] = steps
    made = Exchanges(write_script(one, SERVER, "loose", Knowledge(Replay)))
    heard = datagram(Replay().units("udp"), asked(700, rdtype=28))
    found = made.find(heard)
    assert found is not None
    made.meet(found, heard)
    assert found.said == [answer(700)]


def test_the_same_question_twice() -> None:
    made = Exchanges(script("> a", "< 1", "> a", "< 2", transport="udp"))
    for number in (0, 2):
        found = made.find(datagram(None, b"a"))
        assert found is not None
        assert found.number == number
        made.meet(found, datagram(None, b"a"))


def test_asked_again_though_it_comes_later() -> None:
    steps = [Step(CLIENT, 0, data=asked(1)), Step(SERVER, 1, data=answer(1, 1))]
    steps += [Step(CLIENT, 2, data=asked(2)), Step(SERVER, 3, data=answer(2, 2))]
    one = track("> x", transport="udp")
    one.steps[:] = steps
    made = Exchanges(write_script(one, SERVER, "loose", Knowledge(Replay)))
    for number, told in ((50, answer(50, 1)), (50, answer(50, 1)), (51, answer(51, 2))):
        heard = datagram(Replay().units("udp"), asked(number))
        found = made.find(heard)
        assert found is not None
        made.meet(found, heard)
        assert found.said == [told]


def test_a_datagram_that_nobody_knows() -> None:
    assert datagram(None, b"\xffwarp") == Unit(CLIENT, b"\xffwarp", "\xffwarp")
