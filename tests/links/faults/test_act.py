"""An act that changes nothing: everything passes as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.faults.act import Act
from netloom.links.faults.fault import Traffic
from netloom.links.faults.plan import Faults
from tests.links.faults.bench import END, Bench, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Nothing(Traffic, frozen=True, kw_only=True):
    """Does nothing."""

    def work(self, way: Way) -> Act:
        return Act(way)


def test_everything_passes() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Nothing()]))
        bench.say(b"a", b"", b"b", END)
        assert bench.pieces() == [b"a", b"", b"b", END]
        bench.line.end()
        assert bench.pieces() == [b"a", b"", b"b", END]

    on_bench(main)
