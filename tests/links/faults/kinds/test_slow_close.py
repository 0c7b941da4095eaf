"""Slow close: words at once, the end later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side


@pytest.mark.parametrize(("to", "late"), [("client", 7.0), ("server", 0.0)])
def test_the_end_is_told_late(to: Side, late: float) -> None:
    assert after("slow_close:7", said=[b"bye", END], to=to).came[to] == [(0.0, b"bye"), (late, END)]


def test_it_is_told_when_the_fault_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("slow-close:60")
        bench.say(END)
        await asyncio.sleep(2)
        bench.plan.remove("slow_close")
        assert bench.came["client"] == [(2.0, END)]

    on_bench(main)
