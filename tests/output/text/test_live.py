"""The live table: drawn over itself, never wider or higher than the terminal."""

from __future__ import annotations

import re

from netloom.output.text.live import HISTORY, Watching, spark
from netloom.output.text.style import Style
from netloom.output.text.words import width
from tests.output.examples import probed, refused, view

PLAIN = Style(colour=False, unicode=True)


def lines_of(text: str) -> list[str]:
    return [re.sub(r"\x1b\[[0-9]*[A-Z]|\r", "", line) for line in text.split("\n")[:-1]]


def test_each_record_draws_the_table_over_the_one_before() -> None:
    writer = Watching(view(terminal=True))
    first = writer.record(probed())
    assert not first.startswith("\x1b[")
    second = writer.record(refused())
    assert second.startswith("\x1b[1A\r")
    assert len(lines_of(second)) == 2
    third = writer.record(refused())
    assert third.startswith("\x1b[2A\r")
    good, bad = lines_of(third)
    assert good.endswith("100 %  ▁")
    assert bad.endswith("0 %  ✘✘")


def test_it_keeps_within_the_terminal() -> None:
    for columns in (20, 40, 69, 70, 100, 140):
        writer = Watching(view(terminal=True, size=lambda columns=columns: (columns, 5)))
        text = ""
        for number in range(30):
            text = writer.record(probed(endpoint=f"https://host-{number}.example.com/日本"))
        lines = lines_of(text)
        assert len(lines) <= 4
        assert "and 27 more" in lines[-1]
        assert all(width(line) < columns for line in lines)


def test_durations_as_steps() -> None:
    assert spark([0.001, 0.01, 0.1], PLAIN) == "▁▅█"
    assert spark([0.1, None, 0.1], PLAIN) == "▁✘▁"
    assert spark([0.100, 0.105], PLAIN) == "▁▁"
    assert spark([], PLAIN) == ""


def test_only_the_last_rounds_are_kept() -> None:
    writer = Watching(view(terminal=True, size=lambda: (200, 40)))
    text = [writer.record(refused()) for _ in range(HISTORY * 2)][-1]
    assert lines_of(text)[0].count("✘") == HISTORY + 1
