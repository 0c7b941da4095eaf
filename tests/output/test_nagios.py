"""Nagios: the status line, performance data and the exit code."""

from __future__ import annotations

import re

import pytest

from netloom.errors import Status
from netloom.output import named
from tests.output.examples import probed, refused, view, written


@pytest.mark.parametrize(
    ("status", "word", "code"),
    [
        (Status.SUCCESS, "OK", 0),
        (Status.EXPECTATION_FAILED, "WARNING", 1),
        (Status.REFUSED, "CRITICAL", 2),
        (Status.TIMEOUT, "CRITICAL", 2),
        (Status.RESOLVE_ERROR, "CRITICAL", 2),
        (Status.UNSUPPORTED, "UNKNOWN", 3),
    ],
)
def test_state_and_exit_code(status: Status, word: str, code: int) -> None:
    writer = named("nagios").writer(view())
    text = written(writer, probed(status=status, message="" if status is Status.SUCCESS else "no"))
    assert text.startswith(f"PROBE {word} - https://example.com: ")
    assert writer.exit_code == code


def test_one_line_with_performance_data() -> None:
    text = written(named("nagios").writer(view()), probed(summary="a | b"))
    assert text.count("\n") == 1
    said, _, data = text.rstrip("\n").partition(" | ")
    assert "a ¦ b" in said
    assert re.fullmatch(r"(\w+=[\d.]+s?;;;0? ?)+", data)
    assert "time=0.084000s;;;0" in data.split()
    assert "tls=0.040000s;;;0" in data.split()
    assert "certificate_days=10.0;;;" in data.split()


def test_several_targets_and_the_gravest_counts() -> None:
    writer = named("nagios").writer(view())
    first, *more = written(writer, probed(), refused(), probed(status=Status.UNSUPPORTED)).splitlines()
    assert first.startswith("PROBE CRITICAL - 1 of 3 OK | 1_time=")
    assert [line.partition(" - ")[0] for line in more] == ["OK", "CRITICAL", "UNKNOWN"]
    assert writer.exit_code == 2


def test_nothing_came() -> None:
    writer = named("nagios").writer(view())
    assert written(writer, interrupted=True) == "PROBE UNKNOWN - interrupted\n"
    assert writer.exit_code == 3
