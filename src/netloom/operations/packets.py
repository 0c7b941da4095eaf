"""Packets: those of captures, a line each; or their columns in a file, or what a query in SQL finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile
from netloom.packet.record import AnswerRow, PacketRecord
from netloom.packet.saving import Saved
from netloom.requests import Tables
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.packet.querying import Source
    from netloom.packet.reading import Reading
    from netloom.toolbox import Toolbox


class Request(Tables, frozen=True, kw_only=True):
    """What to read, and what to tell of it."""

    count: Annotated[int, Meta(ge=0, description="end after so many (0: all)", extra={"metavar": "N"})] = 0


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit each packet, each row of an answer, or what was written; then what is damaged."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.steps import steps
    from netloom.packet.querying import asked
    from netloom.packet.reading import Reading

    if request.count and (request.sql or request.to):
        raise UsageError("--count is for packets", hint="a query says LIMIT itself")
    reading = Reading(request.files, request.filter)
    try:
        work = asked(request, reading, _source, toolbox.tell)
        if work is None:
            await _packets(request, reading, toolbox)
        else:
            async for position in steps(work):
                toolbox.progress("bytes", position, work.size or None)
                for record in work.take():
                    await toolbox.emit(record)
    finally:
        reading.close()
    await tell(reading.notes, toolbox.emit, strict=request.strict)


def _source(query: str) -> Source:
    from netloom.packet.kernels.packettable import Packets

    return Packets(query)


async def _packets(request: Request, reading: Reading, toolbox: Toolbox) -> None:
    from netloom.packet.captures.steps import steps
    from netloom.packet.picking import Picking
    from netloom.packet.words import record_of

    picking = Picking(reading, toolbox.tell)
    count = 0
    async for position in steps(picking):
        toolbox.progress("bytes", position, picking.size or None)
        for seen in picking.take():
            await toolbox.emit(record_of(seen.number, seen.frame, seen.dissected))
            count += 1
            if count == request.count:
                return


OPERATION = Operation(
    name="packets",
    group="packets",
    summary="the packets of captures, or a query on them",
    example="netloom packets monday.pcapng --filter 'tcp port 443'",
    request=Request,
    record=PacketRecord | AnswerRow | Saved | DamagedFile,
    run=run,
    offline=True,
)
