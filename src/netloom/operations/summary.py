"""Summary: who talks to whom in captures, in what, how much and how well, and what looks wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.packet.captures.record import DamagedFile
from netloom.packet.summing.record import Summary
from netloom.requests import Captures
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(Captures, frozen=True, kw_only=True):
    """What to read, and how much of it to tell."""

    top: Annotated[int, Meta(ge=1, le=1000, description="entries of each list", extra={"metavar": "N"})] = 10


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit one summary, then what is damaged."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.steps import steps
    from netloom.packet.flows.declared import recogniser
    from netloom.packet.reading import Reading
    from netloom.packet.summing.summing import Summing

    reading = Reading(request.files, request.filter)
    summing = Summing(reading, toolbox.tell, recognise=recogniser(), top=request.top)
    try:
        async for position in steps(summing):
            toolbox.progress("bytes", position, summing.size or None)
            for summary in summing.take():
                await toolbox.emit(summary)
    finally:
        reading.close()
    await tell(reading.notes, toolbox.emit, strict=request.strict)


OPERATION = Operation(
    name="summary",
    group="packets",
    summary="what captures hold as a whole, and what looks wrong",
    example="netloom summary monday.pcapng",
    request=Request,
    record=Summary | DamagedFile,
    run=run,
    offline=True,
)
