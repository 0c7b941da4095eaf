"""Limit: so many octets, then the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.links.faults.bench import Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side


@pytest.mark.parametrize(
    ("to", "heard", "end"), [("client", b"12345", "hung up"), ("server", b"123456789", "")], ids=["there", "back"]
)
def test_so_many_octets_arrive(to: Side, heard: bytes, end: str) -> None:
    found = after("limit:5", said=[b"123", b"456", b"789"], to=to)
    assert (found.heard(to), found.end) == (heard, end)


def test_exactly_so_many_end_it_too() -> None:
    assert after("limit:3", said=[b"123"]).end == "hung up"
    assert after("limit:4", said=[b"123"]).end == ""


def test_it_ends_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("limit:5")
        bench.say(b"1234")
        bench.plan.remove("limit")
        bench.say(b"56789")
        assert (bench.heard(), bench.end) == (b"123456789", "")

    on_bench(main)


def test_it_counts_from_when_it_is_placed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.say(b"1234")
        bench.plan.add("limit:5")
        bench.say(b"56789", b"0")
        assert (bench.heard(), bench.end) == (b"123456789", "hung up")

    on_bench(main)


def test_what_is_late_arrives_before_the_end() -> None:
    found = after("limit:3", "latency:9", said=[b"12345"])
    assert (found.came["client"], found.end) == ([(0.0, b"123")], "hung up")
