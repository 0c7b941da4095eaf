"""Flows: who talks to whom in captures, how much, how well, in which protocol; one by one, or as columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.packet.captures.record import DamagedFile
from netloom.packet.flows.record import Flow
from netloom.packet.record import AnswerRow
from netloom.packet.saving import Saved
from netloom.requests import Tables
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.packet.flowing import Ending
    from netloom.packet.querying import Source
    from netloom.packet.reading import Reading
    from netloom.toolbox import Toolbox


class Request(Tables, frozen=True, kw_only=True):
    """What to read, and when a flow is over."""

    idle: Annotated[
        float, Meta(gt=0, le=1e6, description="seconds of silence that end a flow", extra={"metavar": "SECONDS"})
    ] = 120.0
    active: Annotated[
        float, Meta(gt=0, le=1e9, description="seconds that a flow lasts at most", extra={"metavar": "SECONDS"})
    ] = 1800.0
    seed: Annotated[int, Meta(ge=0, le=65535, description="Community ID's", extra={"metavar": "NUMBER"})] = 0


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit every flow when it is over, each row of an answer, or what was written; then what is damaged."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.steps import steps
    from netloom.packet.flowing import Ending
    from netloom.packet.querying import asked
    from netloom.packet.reading import Reading

    reading = Reading(request.files, request.filter)
    ending = Ending.of(request.idle, request.active)
    try:
        work = asked(request, reading, partial(_source, ending, request.seed), toolbox.tell)
        if work is None:
            await _flows(reading, ending, request.seed, toolbox)
        else:
            async for position in steps(work):
                toolbox.progress("bytes", position, work.size or None)
                for record in work.take():
                    await toolbox.emit(record)
    finally:
        reading.close()
    await tell(reading.notes, toolbox.emit, strict=request.strict)


def _source(ending: Ending, seed: int, _: str) -> Source:
    """Whatever a query asks for, all columns are gathered: there are far fewer flows than packets."""
    from netloom.packet.kernels.flowtable import Flows

    return Flows(ending.table(), seed)


async def _flows(reading: Reading, ending: Ending, seed: int, toolbox: Toolbox) -> None:
    from netloom.packet.captures.steps import steps
    from netloom.packet.flowing import Flowing
    from netloom.packet.flows.record import record_of

    flowing = Flowing(reading, toolbox.tell, ending)
    async for position in steps(flowing):
        toolbox.progress("bytes", position, flowing.size or None)
        for ended in flowing.take():
            await toolbox.emit(record_of(ended, seed))


OPERATION = Operation(
    name="flows",
    group="packets",
    summary="who talks to whom in captures, and how well",
    example="netloom flows monday.pcapng",
    request=Request,
    record=Flow | AnswerRow | Saved | DamagedFile,
    run=run,
    offline=True,
)
