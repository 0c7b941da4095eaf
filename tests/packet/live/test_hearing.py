"""Listening ends when it should: by count, by time, when it is stopped, also while packets go on coming."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from netloom.packet.live.draining import ALL, Plain
from netloom.packet.live.hearing import Hearing
from tests.packet.live.test_ring import OURS, made, ring

if TYPE_CHECKING:
    from tests.packet.live.lab import Lab

pytestmark = pytest.mark.usefixtures("leaves_nothing")


class Slow(Hearing):
    """Takes a block at a time, and notes what it is asked."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.asked: list[int] = []
        self.is_over = False

    def take(self, most: int) -> None:
        self.asked.append(most)
        for one in self.rings:
            taken = Plain(one, "pcap").take(most or ALL)
            if taken is not None:
                self.heard(*taken[1:])

    def finished(self) -> None:
        self.is_over = True


def test_it_stops_though_it_never_has_all(wire: Lab) -> None:
    """Between two turns it is looked whether it was stopped."""
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        slow = Slow([far])
        for number in range(200):
            out.send(made(number))
        far.wait(10)
        slow.stop()
        slow.run()
        slow.close()
        assert slow.is_over
        assert slow.packets == 200


def test_so_many_and_what_is_left_to_take(wire: Lab) -> None:
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        slow = Slow([far])
        for number in range(20):
            out.send(made(number))
        slow.run(7)
        slow.close()
        assert slow.packets == 7
        assert slow.asked == [7]
        assert (slow.counts.passed, slow.counts.dropped) == (20, 0)


def test_time_is_up_also_where_nothing_comes(wire: Lab) -> None:
    with ring(wire, "there", "vb", program=OURS) as far:
        slow = Slow([far])
        began = time.monotonic()
        slow.run(seconds=0.2)
        slow.close()
        assert 0.2 <= time.monotonic() - began < 20
        assert slow.packets == 0


def test_from_another_thread(wire: Lab) -> None:
    with ring(wire, "there", "vb", program=OURS) as far:
        slow = Slow([far])
        thread = threading.Thread(target=slow.run)
        thread.start()
        slow.stop()
        thread.join(30)
        assert not thread.is_alive()
        slow.close()
        slow.close()
        slow.stop()
