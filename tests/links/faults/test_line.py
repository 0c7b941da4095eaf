"""A connection under faults: its number, its time and its end, and what happens in the middle of a change."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from netloom.links.faults.plan import Faults
from netloom.links.faults.text import known
from tests.links.faults.bench import END, Bench, on_bench
from tests.worlds import pending_timers

TEXTS = {
    "bandwidth": "bandwidth:10", "certificate": "certificate:expired", "corrupt": "corrupt:50%",
    "duplicate": "duplicate", "half_close": "half-close:4", "handshake": "handshake:to=both",
    "latency": "latency:5:jitter=5", "limit": "limit:9", "loss": "loss:50%:again=3", "refuse": "refuse:450",
    "reject": "reject:chance=0.5", "reorder": "reorder:50%", "reset": "reset:9:delay=3",
    "slice": "slice:2:delay=1", "slow_close": "slow-close:9", "stall": "stall:7:close=20",
}  # fmt: skip
"""One of each kind."""


def test_there_is_one_of_each_kind() -> None:
    assert set(TEXTS) == set(known())


def test_numbers_count_connections_and_not_attempts() -> None:
    async def main() -> None:
        plan = Faults()
        ends = Bench(plan=plan)
        attempt = plan.line("stream", ends)
        second = Bench(plan=plan)
        assert (ends.line.number, second.line.number, attempt.number) == (1, 2, 0)
        further = plan.line("stream", ends, 2)
        further.begin()
        assert further.number == 2
        assert Bench(plan=plan).line.number == 3

    on_bench(main)


def test_no_timer_outlives_the_connection() -> None:
    async def main() -> None:
        bench = Bench(
            *(text + ":to=both" for text in ("latency:5", "bandwidth:1", "reset:1:delay=9", "stall:2:close=9"))
        )
        late = Bench("stall:start=5:end=9")
        bench.say(b"abc", END)
        bench.say(b"abc", to="server")
        assert pending_timers(asyncio.get_running_loop())
        bench.line.end()
        late.line.end()
        late.line.end()
        assert not pending_timers(asyncio.get_running_loop())

    on_bench(main)


@pytest.mark.parametrize("first", ["stall:2:close=9", "reset:2:delay=9", "slice:1:delay=9", "bandwidth:100"])
def test_an_act_whose_word_ends_it_sets_no_timer_after(first: str) -> None:
    async def main() -> None:
        bench = Bench(first, "reset:1")
        bench.say(b"12345")
        await asyncio.sleep(0.1)
        assert bench.line.over
        assert not pending_timers(bench.loop)

    on_bench(main)


def test_nothing_begins_after_its_end() -> None:
    async def main() -> None:
        bench = Bench("reject", "half-close", "reject:delay=9")
        assert bench.pieces() == []
        assert not pending_timers(bench.loop)

    on_bench(main)


def test_nothing_passes_after_its_end() -> None:
    async def main() -> None:
        bench = Bench()
        bench.line.end()
        bench.say(b"x", END)
        bench.line.reset("x")
        bench.line.hang_up()
        assert (bench.pieces(), bench.end) == ([], "")

    on_bench(main)


@pytest.mark.parametrize("end", ["limit:3", "reset:3"])
def test_what_is_lifted_may_end_it(end: str) -> None:
    """What a lifted fault held back meets the next one, which ends the connection in the middle of the change."""

    async def main() -> None:
        bench = Bench("stall", end, "latency:60", "stall:1:to=server")
        bench.say(b"12345")
        bench.say(b"12345", to="server")
        assert bench.pieces() == []
        bench.plan.clear()
        assert (bench.heard(), bool(bench.end)) == (b"12345", False)
        other = Bench("stall", end, "latency:60")
        other.say(b"12345")
        other.plan.remove("stall")
        assert other.heard() == b"123"
        assert other.end
        assert other.line.over

    on_bench(main)


@pytest.mark.parametrize("pair", list(itertools.permutations(TEXTS.values(), 2)), ids="+".join)
@pytest.mark.parametrize("kind", ["stream", "datagrams"])
def test_any_two_at_any_moment(pair: tuple[str, str], kind: str) -> None:
    """Two faults on a connection, one of which is lifted and placed again while the other acts: nothing is invented."""
    said = [bytes([65 + number % 26]) * (1 + number % 5) for number in range(12)]
    whole = b"".join(said)

    async def main() -> None:
        for moment in (1, 4, 8):
            bench = Bench(*(text for text in pair), kind="stream" if kind == "stream" else "datagrams")
            for number, piece in enumerate(said):
                bench.say(piece)
                assert not (bench.line.over and pending_timers(bench.loop))
                if number == moment:
                    bench.plan.remove(next(placed.name for placed in bench.plan))
                if number == moment + 2:
                    bench.plan.add(pair[0])
                await asyncio.sleep(0.7)
            bench.say(END)
            bench.plan.clear()
            await asyncio.sleep(100)
            bench.line.end()
            heard = bench.heard()
            if not {"duplicate", "corrupt:50%", "reorder:50%", "half-close:4"} & set(pair):
                assert heard == whole[: len(heard)] if kind == "stream" else set(heard) <= set(whole)
            if not bench.end and "half-close:4" not in pair and kind == "stream":
                assert len(heard) == len(whole)
                assert bench.pieces()[-1] is END

    on_bench(main)
