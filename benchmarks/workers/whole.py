"""Runs whole processes, one at a time, and tells what each took: small itself, as its memory would count as theirs.

What a process had resident before it became another program is part of `ru_maxrss` (getrusage(2)): nothing smaller than
this one can be told.
"""

from __future__ import annotations

import os
import time
from typing import Any

from benchmarks.workers import attend


def work(command: list[str], output: str, cores: list[int]) -> dict[str, Any]:
    """Run it on these cores, with its output in that file; `cpu` is of all that it started and waited for, in seconds.

    `memory` are octets that were resident at most, in the largest of its processes.
    """
    began = time.perf_counter()
    pid = os.fork()
    if not pid:
        _become(command, output, cores)
    _, status, used = os.wait4(pid, 0)
    return {
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * 1024,
        "status": os.waitstatus_to_exitcode(status),
    }


def _become(command: list[str], output: str, cores: list[int]) -> None:
    try:
        os.sched_setaffinity(0, cores)
        null = os.open(os.devnull, os.O_RDWR)
        told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for place, stream in enumerate((null, told, null)):
            os.dup2(stream, place)
        os.execv(command[0], command)  # noqa: S606  # what is measured
    finally:
        os._exit(127)


attend(work)
