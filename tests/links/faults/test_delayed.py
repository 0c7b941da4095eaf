"""Handing on later: moments, order, and what happens to what is late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from netloom.links.faults.delayed import Delayed
from netloom.links.faults.fault import Traffic
from netloom.links.faults.plan import Faults
from tests.links.faults.bench import END, Bench, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way


class Told(Traffic, frozen=True, kw_only=True):
    """A piece's first octet says at which second it goes."""

    def work(self, way: Way) -> Act:
        return _Told(way)


class _Told(Delayed):
    def data(self, data: bytes) -> None:
        self.later(float(data[0]), data)


def test_what_is_due_passes_at_once() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Told()]))
        bench.say(b"\0")
        assert bench.came["client"] == [(0.0, b"\0")]

    on_bench(main)


@given(st.lists(st.binary(min_size=1, max_size=1)))
def test_none_goes_before_its_moment_nor_before_those_before_it(pieces: list[bytes]) -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Told()]))
        bench.say(*pieces, END)
        await asyncio.sleep(300)
        assert bench.pieces() == [*pieces, END]
        moments = [moment for moment, _ in bench.came["client"]]
        latest = 0.0
        for moment, piece in zip(moments, pieces, strict=False):
            latest = max(latest, float(piece[0]))
            assert moment == latest
        assert bench.line.way("client").held == 0

    on_bench(main)


def test_what_is_late_arrives_when_the_connection_ends() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Told()]))
        bench.say(b"\x09", END)
        bench.line.end()
        assert bench.came["client"] == [(0.0, b"\x09"), (0.0, END)]

    on_bench(main)
