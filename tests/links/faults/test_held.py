"""Holding back: in order, until it is lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.faults.fault import Traffic
from netloom.links.faults.held import Held
from netloom.links.faults.plan import Faults
from netloom.links.faults.way import PIECE, Way
from tests.links.faults.bench import END, Bench, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.act import Act


class All(Traffic, frozen=True, kw_only=True):
    """Nothing passes."""

    def work(self, way: Way) -> Act:
        return _All(way)


class _All(Held):
    def data(self, data: bytes) -> None:
        self.keep(data)

    def end(self) -> None:
        self.keep_end()


def test_it_goes_on_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([All()]))
        bench.say(b"abc", b"de", END)
        assert bench.pieces() == []
        assert bench.line.way("client").held == 5 + 2 * PIECE
        bench.plan.clear()
        assert bench.pieces() == [b"abc", b"de", END]
        assert bench.line.way("client").held == 0

    on_bench(main)


def test_it_is_lost_with_the_connection() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([All()]))
        bench.say(b"abc", END)
        bench.line.end()
        assert bench.pieces() == []

    on_bench(main)
