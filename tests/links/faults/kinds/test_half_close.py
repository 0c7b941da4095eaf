"""Half-close: one way ends, the other goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.links.faults.bench import END, Bench, after, on_bench

if TYPE_CHECKING:
    from netloom.links.faults.fault import Side


@pytest.mark.parametrize(
    ("fault", "to", "heard"),
    [
        ("half-close:3", "client", [b"12", b"3", END]),
        ("half-close", "client", [END]),
        ("half-close", "server", [b"12", b"345", END]),
        ("half-close:99", "client", [b"12", b"345", END]),
    ],
)
def test_one_way_ends_early(fault: str, to: Side, heard: list[bytes | None]) -> None:
    found = after(fault, said=[b"12", b"345", END], to=to)
    assert (found.pieces(to), found.end) == (heard, "")


def test_it_ends_before_its_first_word() -> None:
    async def main() -> None:
        bench = Bench("half-close")
        assert bench.pieces() == [END]
        bench.say(b"x", to="server")
        assert bench.pieces("server") == [b"x"]

    on_bench(main)


def test_lifted_in_time_it_never_ends() -> None:
    async def main() -> None:
        bench = Bench("half-close:3")
        bench.say(b"12")
        bench.plan.remove("half_close")
        bench.say(b"345")
        assert bench.pieces() == [b"12", b"345"]

    on_bench(main)
