"""Handing on bit by bit: portions, their moments, and what happens to the rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from netloom.links.faults.fault import Traffic
from netloom.links.faults.kinds.bandwidth import Bandwidth
from netloom.links.faults.paced import Paced
from netloom.links.faults.plan import Faults
from netloom.links.faults.way import PIECE, Way
from tests.links.faults.bench import END, Bench, on_bench

if TYPE_CHECKING:
    import pytest

    from netloom.links.faults.act import Act


class Thirds(Traffic, frozen=True, kw_only=True):
    """Three octets a second."""

    def work(self, way: Way) -> Act:
        return _Thirds(way)


class _Thirds(Paced):
    def portion(self, left: int) -> int:
        return min(left, 3)

    def moment(self, size: int) -> float:
        return self.loop.time() + 1


def test_portion_by_portion() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Thirds()]))
        bench.say(b"abcdefgh", b"ij", END)
        await asyncio.sleep(9)
        assert bench.came["client"] == [(1.0, b"abc"), (2.0, b"def"), (3.0, b"gh"), (4.0, b"ij"), (4.0, END)]

    on_bench(main)


def test_timers_that_are_late_don_t_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        on_time = loop.call_at
        monkeypatch.setattr(loop, "call_at", lambda when, *call, **more: on_time(when + 0.5, *call, **more))
        bench = Bench(plan=Faults([Bandwidth(rate=1)]))
        bench.say(bytes(4))
        await asyncio.sleep(6)
        bench.say(b"x")
        await asyncio.sleep(6)
        assert [moment for moment, _ in bench.came["client"]] == [1.5, 2.5, 3.5, 4.5, 8.0]

    on_bench(main)


@given(st.lists(st.binary(max_size=10)), st.integers(0, 20))
def test_all_that_was_said_arrives_in_order(pieces: list[bytes], lifted: int) -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Thirds()]))
        bench.say(*pieces, END)
        await asyncio.sleep(lifted + 0.5)
        bench.plan.clear()
        assert bench.heard() == b"".join(pieces)
        assert bench.pieces()[-1] is END
        assert bench.line.way("client").held == 0

    on_bench(main)


def test_it_is_held_back_until_it_has_gone_whole() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Thirds()]))
        bench.say(bytes(6))
        await asyncio.sleep(1)
        assert bench.line.way("client").held == 6 + PIECE
        await asyncio.sleep(1)
        assert bench.line.way("client").held == 0

    on_bench(main)


def test_the_rest_arrives_when_the_connection_ends() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Thirds()]))
        bench.say(b"abcde", END)
        await asyncio.sleep(1)
        bench.line.end()
        assert bench.pieces() == [b"abc", b"de", END]

    on_bench(main)
