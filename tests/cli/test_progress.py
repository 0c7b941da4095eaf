"""The moving line: when it is there, what it says, and that it goes away."""

from __future__ import annotations

import asyncio

from netloom.cli import progress
from netloom.cli.progress import Progress
from netloom.links import virtual


def line_of(unit: str = "", done: int = 0, total: int | None = None, *, heard: bool = False) -> str:
    made = Progress("probe", visible=True, unicode=True)
    if unit:
        made(unit, done, total)
    if heard:
        made.heard()
    return made.line().rpartition(" · ")[0]


def test_what_it_says() -> None:
    assert line_of() == "probe: waiting"
    assert line_of(heard=True) == ""
    assert line_of("targets", 3, 12, heard=True) == "probe: 3 of 12 targets"
    assert line_of("targets", 12, 12, heard=True) == ""
    assert line_of("bytes", 1_200_000, 50_000_000).startswith("probe: 1.2 MB of 50 MB · ")
    assert line_of("bytes", 1000, None).startswith("probe: 1.0 kB · ")


def drawn(seconds: float, *, visible: bool = True) -> list[str]:
    """What is written in so many seconds of the virtual clock."""
    said: list[str] = []

    async def wait() -> None:
        made = Progress("probe", visible=visible, unicode=False, write=said.append)
        made.begin()
        await asyncio.sleep(seconds)
        made.end()

    virtual.run(wait())
    return said


def test_nothing_within_the_first_second() -> None:
    assert drawn(progress.AFTER * 0.9) == []


def test_then_a_line_that_is_taken_away() -> None:
    said = drawn(progress.AFTER * 1.5)
    assert len(said) > 3
    assert all("probe: waiting" in text for text in said[:-1])
    assert said[-1] == "\r\x1b[K"


def test_never_where_nobody_watches() -> None:
    assert drawn(10.0, visible=False) == []
