"""Flows: who talks to whom in captures, how much, how well, and in which protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.packet.captures.record import DamagedFile
from netloom.packet.flows.record import Flow
from netloom.requests import Captures
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.packet.flowing import Flowing
    from netloom.toolbox import Toolbox

_NANO = 1_000_000_000


class Request(Captures, frozen=True, kw_only=True):
    """What to read, and when a flow is over."""

    idle: Annotated[
        float, Meta(gt=0, le=1e6, description="seconds of silence that end a flow", extra={"metavar": "SECONDS"})
    ] = 120.0
    active: Annotated[
        float, Meta(gt=0, le=1e9, description="seconds that a flow lasts at most", extra={"metavar": "SECONDS"})
    ] = 1800.0
    seed: Annotated[int, Meta(ge=0, le=65535, description="Community ID's", extra={"metavar": "NUMBER"})] = 0


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit every flow when it is over."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.steps import steps
    from netloom.packet.flowing import Flowing
    from netloom.packet.flows.recognise import Recogniser, patterns
    from netloom.packet.flows.record import record_of
    from netloom.packet.reading import Reading
    from netloom.registry import protocols, resolve

    reading = Reading(request.files, request.filter)
    flowing = Flowing(
        reading,
        toolbox.tell,
        idle=round(request.idle * _NANO),
        active=round(request.active * _NANO),
        recognise=Recogniser(patterns(protocols(), resolve)),
    )
    try:
        async for position in steps(flowing):
            toolbox.progress("bytes", position, flowing.size or None)
            for ended in flowing.take():
                await toolbox.emit(record_of(ended, request.seed))
    finally:
        reading.close()
    _tell_of_bounds(flowing, toolbox)
    await tell(reading.notes, toolbox.emit, strict=request.strict)


def _tell_of_bounds(flowing: Flowing, toolbox: Toolbox) -> None:
    tracker = flowing.tracker
    if tracker is not None and tracker.evicted:
        toolbox.tell(f"{tracker.evicted} flows were ended early: more went on at a time than are held")
    if tracker is not None and tracker.heads.unread:
        toolbox.tell(f"the names of {tracker.heads.unread} flows weren't read to the end: too many began at a time")


OPERATION = Operation(
    name="flows",
    group="packets",
    summary="who talks to whom in captures, and how well",
    example="netloom flows monday.pcapng",
    request=Request,
    record=Flow | DamagedFile,
    run=run,
)
