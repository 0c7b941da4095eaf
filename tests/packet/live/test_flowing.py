"""What passes becomes flows that are told once they are over; who doesn't take them holds nothing up for ever."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from netloom.packet.filters.bpf import compiled as compiled_filter
from netloom.packet.filters.language import parse
from netloom.packet.flowing import Ending
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.udp import UDP
from netloom.packet.kernels import compiled
from netloom.packet.kernels.drain import Tracked
from netloom.packet.live import flowing as module
from netloom.packet.live.blocks import BLOCK
from netloom.packet.live.flowing import Flowing, Plain, tracking
from netloom.packet.live.interfaces import ETHERNET
from tests.packet.live import filled
from tests.packet.live.lab import HERE_MAC
from tests.packet.live.test_ring import ring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.flows.tracked import Ended
    from tests.packet.live.lab import Lab

pytestmark = pytest.mark.usefixtures("leaves_nothing")

OTHER_MAC = "02:77:00:00:00:99"
SAID = list(compiled_filter(parse("udp dst port 9"), ETHERNET))


def said(number: int) -> bytes:
    """A datagram for somebody else, of a flow of its own."""
    there = Ethernet(src=HERE_MAC, dst=OTHER_MAC) / IPv4(src="192.0.2.1", dst="198.51.100.7")
    return bytes(there / UDP(sport=1000 + number, dport=9) / "x")


@contextlib.contextmanager
def running(flowing: Flowing, count: int = 0) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=flowing.run, args=(count,))
    thread.start()
    try:
        yield thread
    finally:
        flowing.abandon()
        thread.join(30)
        assert not thread.is_alive()
        flowing.close()


def all_of(flowing: Flowing, thread: threading.Thread) -> list[Ended]:
    """Flows until it has come to its end."""
    found: list[Ended] = []
    until = time.monotonic() + 30
    while time.monotonic() < until:
        over = not thread.is_alive()
        found += flowing.ended()
        if over:
            return found
        time.sleep(0.01)
    raise AssertionError


def test_a_flow_for_each_that_was(wire: Lab, way: str) -> None:
    with ring(wire, "there", "vb", program=SAID) as far, wire.wires() as out:
        flowing = Flowing([far], Ending())
        assert type(flowing._tracking) is (Tracked if way == "kernels" else Plain)
        with running(flowing, 300) as thread:
            for _ in range(3):
                for number in range(100):
                    out.send(said(number))
            ended = all_of(flowing, thread)
        assert sorted(one.flow.key.src_port for one in ended) == list(range(1000, 1100))
        assert {one.flow.forward.packets for one in ended} == {3}
        assert flowing.packets == 300
        assert flowing.octets == 300 * len(said(0))
        assert 0 < flowing.first_ns < flowing.last_ns
        assert flowing.counts.dropped == 0


def test_so_many_of_several_rings(wire: Lab, way: str) -> None:
    assert way
    with (
        ring(wire, "here", "va", program=SAID) as near,
        ring(wire, "there", "vb", program=SAID) as far,
        wire.wires() as out,
    ):
        for number in range(10):
            out.send(said(number))
        assert near.wait(10)
        assert far.wait(10)
        flowing = Flowing([near, far], Ending())
        flowing.run(12)
        assert flowing.packets == 12
        first = next(flowing.ended())  # and the others are there the next time
        packets = [one.flow.forward.packets for one in [first, *flowing.ended()]]
        assert sum(packets) == 12
        assert max(packets) == 2
        flowing.close()


def test_what_had_no_room_is_counted(wire: Lab, way: str) -> None:
    assert way
    with ring(wire, "there", "vb", program=SAID, buffer=2 * BLOCK) as far, wire.wires() as out:
        for number in range(4000):
            out.send(said(number))
        flowing = Flowing([far], Ending())
        flowing.stop()
        flowing.run()
        ended = list(flowing.ended())
        flowing.close()
        assert flowing.counts.dropped > 0
        assert sum(one.flow.forward.packets for one in ended) + flowing.counts.dropped == 4000


def test_flows_are_told_while_others_go_on(wire: Lab, way: str) -> None:
    assert way
    with ring(wire, "there", "vb", program=SAID) as far, wire.wires() as out:
        flowing = Flowing([far], Ending(idle=1_000_000))
        with running(flowing):
            found: list[Ended] = []
            number = 0
            while len(found) < 5 and number < 2000:
                out.send(said(number % 60))
                time.sleep(0.005)
                number += 1
                found += flowing.ended()
            assert len(found) >= 5


def test_where_nobody_takes_them_it_waits_until_nobody_will(
    wire: Lab, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert way
    monkeypatch.setattr(module, "AHEAD", 1)
    with ring(wire, "there", "vb", program=SAID) as far, wire.wires() as out:
        flowing = Flowing([far], Ending())
        for number in range(1100, 5000):
            out.send(said(number))
        with running(flowing, 2000) as thread:
            until = time.monotonic() + 30
            while flowing.packets < 2000 and time.monotonic() < until:
                time.sleep(0.01)
            thread.join(0.3)
            assert thread.is_alive()  # of 2000 flows one list waits, the next has no room


def test_which_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made = tracking([filled.ring(filled.octets([]))], Ending())
    assert type(made) is Tracked
    made.close()
    monkeypatch.setattr(compiled, "available", lambda: False)
    assert type(tracking([filled.ring(filled.octets([]))], Ending())) is Plain
