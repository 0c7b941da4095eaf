"""Tables as Markdown, aims as they are, and a README whose other sections stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import Spread
from benchmarks.report import HEAD, Aim, Grid, Section, figure, markdown, merge, spread, write

if TYPE_CHECKING:
    from pathlib import Path


def section(name: str = "echo", rows: tuple[tuple[str, ...], ...] = (("ours", "2.00"),)) -> Section:
    return Section(
        name=name,
        title="round trips",
        what="What it is.",
        grids=[Grid(("side", "ratio"), rows, "64 B, 1 connection")],
        aims=[Aim("of raw", 0.85, Spread(0.9, 0.8, 1.0)), Aim("start", 2, Spread(2.5, 2, 3), at_most=True)],
        checked="all of it.",
        commands=["taskset -c 0 run"],
        limits="the kernel.",
        versions=["uvloop 1", "trio 2"],
    )


def test_a_section_has_its_table_aims_check_limits_commands_and_versions() -> None:
    text = markdown(section())
    assert text.startswith("## echo: round trips\n\nWhat it is.\n\n**64 B, 1 connection**\n\n| side | ratio |\n")
    assert "| --- | ---: |\n| ours | 2.00 |\n" in text
    assert "- of raw: 0.90 (0.80 to 1.00); aim at least 0.85: met\n" in text
    assert "- start: 2.50 (2.00 to 3.00); aim at most 2.00: **missed**\n" in text
    assert "Checked first: all of it.\n\nWhat limits it: the kernel.\n" in text
    assert text.endswith("```\ntaskset -c 0 run\n```\n\nVersions: uvloop 1, trio 2.\n")


def test_a_bar_in_a_cell_is_no_column() -> None:
    assert "| a \\| b | 1 |" in markdown(section(rows=(("a | b", "1"),)))


def test_a_row_that_doesnt_fit_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="1 cells below 2 heads"):
        markdown(section(rows=(("ours",),)))


@pytest.mark.parametrize(
    ("value", "text"), [(123456.7, "123,457"), (12.34, "12.3"), (1.234, "1.23"), (0.85, "0.85"), (0.0123, "0.012")]
)
def test_figures_have_the_digits_that_count(value: float, text: str) -> None:
    assert figure(value) == text


def test_a_spread_is_shown_with_both_ends() -> None:
    assert spread(Spread(1.5, 1, 200), " ms") == "1.50 ms (1.00 to 200)"


def test_a_new_section_replaces_its_own_and_leaves_the_others() -> None:
    order = ("startup", "echo", "dns")
    before = merge("", {"dns": "## dns: old\n\nD\n", "startup": "## startup: old\n\nS\n"}, order)
    assert before == f"{HEAD}\n## startup: old\n\nS\n\n## dns: old\n\nD\n"
    after = merge(before, {"dns": "## dns: new\n\nN\n", "echo": markdown(section())}, order)
    assert after.index("## startup: old") < after.index("## echo: round trips") < after.index("## dns: new")
    assert "old\n\nD" not in after
    assert merge(after, {}, order) == after


def test_a_section_that_is_no_table_any_more_goes() -> None:
    assert "gone" not in merge("## gone: x\n\ny\n", {}, ("dns",))


def test_the_file_is_written_whole(tmp_path: Path) -> None:
    place = tmp_path / "README.md"
    write(place, {"echo": markdown(section())}, ("echo",))
    assert place.read_text(encoding="utf-8").startswith(HEAD)
    assert list(tmp_path.iterdir()) == [place]
