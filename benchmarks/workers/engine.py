"""The packet engine's inner work in one process: how far it goes is asked for, each step with those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.workers import Watch, attend
from netloom.packet.captures.capture import open_capture
from netloom.packet.flows.declared import recogniser
from netloom.packet.kernels import table as T  # noqa: N812  # as in kernels
from netloom.packet.kernels.batches import batches
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.reading import Reading

if TYPE_CHECKING:
    from netloom.packet.flows.recognise import Recogniser


def walk(path: str) -> dict[str, Any]:
    """Find the packets."""
    capture = open_capture(path)
    watch = Watch()
    found = watch.read(sum(batch.size for batch in batches(capture)))
    capture.close()
    return found


def dissect(path: str) -> dict[str, Any]:
    """And read their headers."""
    with Reading(path) as reading:
        watch = Watch()
        return watch.read(sum(batch.size for batch in reading.batches()))


def track(path: str) -> dict[str, Any]:
    """And put them into flows."""
    return _tracked(path, None)


def name(path: str) -> dict[str, Any]:
    """And recognise what flows speak, and whom they name."""
    return _tracked(path, recogniser())


def _tracked(path: str, recognise: Recogniser | None) -> dict[str, Any]:
    flows = packets = octets = 0
    table = FlowTable(recognise=recognise)
    with Reading(path) as reading:
        watch = Watch()
        size = 0
        gone = []
        for batch in reading.batches():
            size += batch.size
            gone += table.add(batch)
        gone += table.finish()
        found = watch.read(size)
    for block in gone:
        flows += len(block.words)
        packets += int(block.words[:, T.PACKETS : T.PACKETS + 2].sum())
        octets += int(block.words[:, T.BYTES : T.BYTES + 2].sum())
    return {**found, "flows": flows, "packets": packets, "octets": octets}


STEPS = {step.__name__: step for step in (walk, dissect, track, name)}


def work(step: str, path: str) -> dict[str, Any]:
    """One capture."""
    return STEPS[step](path)


attend(work)
