"""Whole processes take turns; what each took and had in memory is told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.bench import Bench
from benchmarks.measure import Sample
from benchmarks.processes import ALL, ONE, Contender, Held, Race

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")

FOUND = {
    "ours": [Sample(1000, 1.0, 0.5), Sample(1000, 0.5, 0.5)],
    "theirs": [Sample(100, 1.0, 1.0), Sample(100, 1.0, 1.0)],
    "quick": [Sample(9000, 1.0, 0.5), Sample(9000, 1.0, 0.5)],
}
HELD = Held(FOUND, {"ours": 20_000_000, "theirs": 1_499_999, "quick": 3_000_000_000})


def python(name: str, code: str, output: str = os.devnull) -> Contender:
    return Contender(name, [sys.executable, "-c", code], 10, output)


def test_time_memory_and_output_are_those_of_the_process(tmp_path: Path) -> None:
    burn = "import time\nx = b'x' * 200_000_000\nwhile time.process_time() < 0.4: pass\nprint('done')"
    with Bench("x", tmp_path, quick=True) as bench:
        race = Race(bench)
        held = race.held(
            [python("large", burn, str(tmp_path / "out")), python("little", "print(1)")], ALL, bench.rounds
        )
    assert (tmp_path / "out").read_text() == "done\n"
    for sample in held.found["large"]:
        assert sample.work == 10
        assert sample.cpu >= 0.4
        assert sample.wall > 0.3
    assert held.memory["large"] > 200_000_000
    assert 1_000_000 < held.memory["little"] < 100_000_000


def test_it_has_the_cores_that_it_may_use(tmp_path: Path) -> None:
    with Bench("x", tmp_path, quick=True) as bench:
        for cores in (ONE, ALL):
            ask = python("it", "import os; print(sorted(os.sched_getaffinity(0)))", str(tmp_path / "out"))
            Race(bench).run(ask, cores)
            assert (tmp_path / "out").read_text() == f"{cores}\n"


def test_one_that_fails_is_told(tmp_path: Path) -> None:
    with Bench("x", tmp_path, quick=True) as bench:
        race = Race(bench)
        with pytest.raises(AssertionError, match=r"python\S* -c raise SystemExit\(3\) ended with 3"):
            race.run(python("it", "raise SystemExit(3)"), ONE)
        with pytest.raises(AssertionError, match="no-such-program ended with 127"):
            race.run(Contender("it", ["/no-such-program"], 1), ONE)


def test_the_quickest_stands_first_and_ratios_are_of_one_round() -> None:
    made = HELD.grid("ours", "a case")
    assert made.caption == "a case"
    assert [row[0] for row in made.rows] == ["quick", "ours", "theirs"]
    assert [row[1] for row in made.rows] == ["0.17 (0.11 to 0.22)", "1", "15.0 (10.0 to 20.0)"]
    assert [row[5] for row in made.rows] == ["3,000", "20", "1"]
    assert made.rows[2][2:5] == ("100 (100 to 100)", "1.00 (1.00 to 1.00)", "10,000 (10,000 to 10,000)")
    assert HELD.over("ours", "theirs").median == 15
