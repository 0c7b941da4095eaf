"""Processes that do one side's work when they are asked: a JSON object a line, in and out."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.programs import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def attend(work: Callable[..., dict[str, Any]]) -> None:
    """Answer until standard input ends."""
    for line in sys.stdin:
        say(work(**json.loads(line)))


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


class Watch:
    """Wall and CPU seconds since it was made; `their_cpu` is that of the processes `pids`, to 10 ms each."""

    def __init__(self, pids: Sequence[int] = ()) -> None:
        self._pids = pids
        self._theirs = _theirs(pids)
        self._cpu = _cpu()
        self._wall = time.perf_counter()

    def read(self, work: float) -> dict[str, Any]:
        wall = time.perf_counter() - self._wall
        theirs = _theirs(self._pids) - self._theirs
        return {"work": work, "wall": wall, "cpu": _cpu() - self._cpu, "their_cpu": theirs}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _theirs(pids: Sequence[int]) -> float:
    return sum(cpu_seconds(pid) for pid in pids)
