"""Servers beside each other: the quickest first, each with both ratios to one of them."""

from __future__ import annotations

from benchmarks.compared import grid
from benchmarks.measure import Sample

FOUND = {
    "ours": [Sample(100, 1.0, 0.5), Sample(300, 1.0, 0.5)],
    "theirs": [Sample(200, 1.0, 0.25), Sample(100, 1.0, 0.25)],
    "quick": [Sample(1000, 1.0, 1.0), Sample(1000, 1.0, 1.0)],
}


def test_the_quickest_stands_first_and_ratios_are_of_one_round() -> None:
    made = grid("server", FOUND, "theirs", ("gets", "get"), "a case")
    assert made.caption == "a case"
    assert made.head == ("server", "gets/s, of theirs", "gets per CPU second, of theirs", "gets/s", "CPU, µs a get")
    assert [row[0] for row in made.rows] == ["quick", "ours", "theirs"]
    assert made.rows[1] == (
        "ours", "1.75 (0.50 to 3.00)", "0.88 (0.25 to 1.50)", "200 (100 to 300)", "3,333 (1,667 to 5,000)",
    )  # fmt: skip


def test_the_measure_itself_is_one() -> None:
    made = grid("server", FOUND, "theirs", ("gets", "get"))
    assert made.rows[2][:3] == ("theirs", "1", "1")
