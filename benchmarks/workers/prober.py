"""Probes in one process: the operation on uvloop, each over a connection of its own and with its full record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks.workers import Watch, attend
from netloom.operations import probe
from netloom.records import ProbeRecord
from netloom.requests import make
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from netloom.records import Record


async def sweep(target: str, count: int, concurrency: int) -> dict[str, Any]:
    """So many probes of one target."""
    good = 0
    last: Record | None = None

    async def emit(record: Record) -> None:
        nonlocal good, last
        good += isinstance(record, ProbeRecord) and record.status == "success"
        last = record

    request = make(probe.Request, {"targets": [target] * count, "concurrency": concurrency})
    toolbox = Toolbox(emit)
    watch = Watch()
    await probe.run(request, toolbox)
    return {**watch.read(count), "good": good, "last": str(last)}


def work(target: str, count: int, concurrency: int) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(sweep(target, count, concurrency))


attend(work)
