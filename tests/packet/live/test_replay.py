"""Replay against a sender that only remembers: the order, the times, and the tally."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from netloom.errors import NetworkError, UsageError
from netloom.packet.live.replay import Replay, at_rate, in_time
from netloom.packet.live.sender import BATCH, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Memory:
    """Takes everything but what says no."""

    link_type = 1

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.moments: list[float] = []
        self.calls = 0

    def send(self, data: bytes) -> None:
        if data == b"no":
            raise UsageError("not this one")
        if data == b"gone":
            raise NetworkError("gone")
        self.sent.append(data)
        self.moments.append(time.monotonic())

    def send_all(self, packets: Sequence[bytes]) -> list[Refused]:
        self.calls += 1
        refused = []
        for place, data in enumerate(packets):
            try:
                self.send(data)
            except UsageError as problem:
                refused.append(Refused(place, problem))
        return refused

    def close(self) -> None:
        """Nothing is open."""


def test_at_a_rate_each_has_its_time() -> None:
    assert list(at_rate([b"a", b"b", b"c"], 1000)) == [(b"a", 0), (b"b", 1_000_000), (b"c", 2_000_000)]


def test_in_time_by_their_stamps() -> None:
    first = [(b"a", 1000), (b"b", 3000), (b"c", 2000), (b"d", None), (b"e", 5000)]
    assert [due for _, due in in_time([first], 1)] == [0, 2000, 2000, 2000, 4000]
    assert [due for _, due in in_time([first], 2)] == [0, 1000, 1000, 1000, 2000]
    assert [due for _, due in in_time([first, first], 1)] == [0, 2000, 2000, 2000, 4000, 4000, 6000, 6000, 6000, 8000]
    assert [due for _, due in in_time([[], [(b"a", None)]], 1)] == [0]


PACKETS = [b"%d" % number for number in range(3 * BATCH + 1)]
WAYS: dict[str, Callable[[Replay], None]] = {
    "top": lambda replay: replay.at_top_speed(iter(PACKETS)),
    "rate": lambda replay: replay.timed(at_rate(PACKETS, 1_000_000), 1_000_000),
    "due": lambda replay: replay.timed((data, 0) for data in PACKETS),
    "repeated": lambda replay: replay.repeated(PACKETS, 1),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_all_of_them_in_their_order(way: str) -> None:
    memory = Memory()
    replay = Replay(memory)
    WAYS[way](replay)
    assert memory.sent == PACKETS
    assert replay.tally.packets == len(PACKETS)
    assert replay.tally.octets == sum(map(len, PACKETS))
    assert replay.tally.seconds > 0


@pytest.mark.parametrize(("many", "rounds"), [(1, 1), (1, 1000), (3, 100), (7, 64), (100, 3)])
def test_repeated_as_often_as_asked(many: int, rounds: int) -> None:
    packets = [b"%d" % number for number in range(many)]
    memory = Memory()
    Replay(memory).repeated(packets, rounds)
    assert memory.sent == packets * rounds


def test_repeated_until_it_is_stopped() -> None:
    memory = Memory()
    replay = Replay(memory)
    thread = threading.Thread(target=replay.repeated, args=([b"a", b"b"], 0))
    thread.start()
    while replay.tally.packets < 1000:
        time.sleep(0.001)
    replay.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert memory.sent == [b"a", b"b"] * (len(memory.sent) // 2)


def test_none_leaves_before_its_time() -> None:
    memory = Memory()
    began = time.monotonic()
    Replay(memory).timed(at_rate([b"a"] * 20, 1000))
    for number, moment in enumerate(memory.moments):
        assert moment - began >= number / 1000
    assert all(a < b for a, b in pairwise(memory.moments))


def test_those_that_are_due_together_leave_together() -> None:
    memory = Memory()
    Replay(memory).timed([(b"a", 0), (b"b", 0), (b"c", 400_000), (b"d", 2_000_000), (b"e", 2_000_000)], 1_000_000)
    assert memory.calls == 2
    apart = Memory()
    Replay(apart).timed([(b"a", 0), (b"b", 0), (b"c", 400_000), (b"d", 2_000_000), (b"e", 2_000_000)])
    assert apart.calls == 3


def test_what_isn_t_taken_is_counted_and_the_first_reason_kept() -> None:
    replay = Replay(Memory())
    replay.at_top_speed([b"a", b"no", b"b", b"no"])
    assert (replay.tally.packets, replay.tally.refused, replay.tally.octets) == (2, 2, 2)
    assert replay.tally.problem == "not this one"


def test_each_by_somebody_else() -> None:
    memory, elsewhere = Memory(), Memory()
    replay = Replay(memory)
    replay.timed(at_rate([b"a", b"no", b"b"], 1_000_000), each=elsewhere.send)
    assert (memory.sent, elsewhere.sent) == ([], [b"a", b"b"])
    assert (replay.tally.packets, replay.tally.refused) == (2, 1)


def test_stopping_ends_a_long_wait() -> None:
    memory = Memory()
    replay = Replay(memory)
    threading.Timer(0.05, replay.stop).start()
    replay.timed([(b"a", 0), (b"b", 3_600_000_000_000), (b"c", 3_600_000_000_001)])
    assert memory.sent == [b"a"]
    assert replay.is_stopped


def test_where_nothing_can_be_sent_it_ends() -> None:
    replay = Replay(Memory())
    with pytest.raises(NetworkError):
        replay.at_top_speed([b"a", b"gone", b"b"])
