"""What was found, as Markdown: one section a table, and README.md made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.measure import Spread

HEAD = """# Benchmarks

Written by `make bench`; nothing here is typed by hand. Ratios count: absolute figures depend on the machine, and hold
only beside the others of the same table. Both sides of every pair run in turns (A B A B …) in one run, pinned to the
same cores, against the same counterpart, after a check that they do the same work and get the same answer. A figure is
a median, with the smallest and the largest in parentheses.
"""


@dataclass(frozen=True)
class Aim:
    """What a ratio should reach at least (or at most), and what it reached."""

    what: str
    wanted: float
    got: Spread
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.got.median <= self.wanted if self.at_most else self.got.median >= self.wanted


@dataclass(frozen=True)
class Grid:
    """Rows of cells below a head; `caption` says which case it is."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """One table with all that is needed to judge it."""

    name: str
    title: str
    what: str
    grids: Sequence[Grid]
    aims: Sequence[Aim]
    checked: str
    commands: Sequence[str]
    limits: str
    versions: Sequence[str]


def figure(value: float) -> str:
    """Three digits that count, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def spread(found: Spread, unit: str = "") -> str:
    """`median (low to high)`."""
    return f"{figure(found.median)}{unit} ({figure(found.low)} to {figure(found.high)})"


def markdown(section: Section) -> str:
    """The section's text."""
    lines = [f"## {section.name}: {section.title}", "", section.what, ""]
    for grid in section.grids:
        if grid.caption:
            lines += [f"**{grid.caption}**", ""]
        lines += [*_table(grid), ""]
    if section.aims:
        lines += [_aim(aim) for aim in section.aims] + [""]
    lines += [f"Checked first: {section.checked}", "", f"What limits it: {section.limits}", ""]
    lines += ["```", *section.commands, "```", ""]
    lines += [f"Versions: {', '.join(section.versions)}."]
    return "\n".join(lines).rstrip() + "\n"


def _table(grid: Grid) -> list[str]:
    for row in grid.rows:
        if len(row) != len(grid.head):
            raise ValueError(f"{len(row)} cells below {len(grid.head)} heads: {row}")
    marks = ["---", *["---:"] * (len(grid.head) - 1)]
    return [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (grid.head, marks, *grid.rows)
    ]


def _aim(aim: Aim) -> str:
    bound = "at most" if aim.at_most else "at least"
    return f"- {aim.what}: {spread(aim.got)}; aim {bound} {figure(aim.wanted)}: {'met' if aim.met else '**missed**'}"


def merge(before: str, made: dict[str, str], order: Sequence[str]) -> str:
    """The whole file: sections made now replace those of the same name, the others stay; unknown ones go."""
    sections_before = re.finditer(r"^## ([\w-]+): .*?(?=^## |\Z)", before, re.MULTILINE | re.DOTALL)
    kept = {found[1]: found[0] for found in sections_before}
    sections = {**kept, **made}
    return "\n".join([HEAD, *(sections[name].rstrip() + "\n" for name in order if name in sections)])


def write(place: Path, made: dict[str, str], order: Sequence[str]) -> None:
    """Replace the file as a whole."""
    before = place.read_text(encoding="utf-8") if place.exists() else ""
    draft = place.with_suffix(".part")
    draft.write_text(merge(before, made, order), encoding="utf-8")
    draft.replace(place)
