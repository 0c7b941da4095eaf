"""Packets: those of captures, a line each; or what a query in SQL finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile
from netloom.packet.record import AnswerRow, PacketRecord
from netloom.requests import Captures
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.packet.reading import Reading
    from netloom.toolbox import Toolbox


class Request(Captures, frozen=True, kw_only=True):
    """What to read, and what to tell of it."""

    count: Annotated[int, Meta(ge=0, description="end after so many (0: all)", extra={"metavar": "N"})] = 0
    sql: Annotated[
        str,
        Meta(description="a query instead, on the table packets; needs the packets extra", extra={"metavar": "QUERY"}),
    ] = ""


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit each packet, or each row of the answer; then what is damaged."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.reading import Reading

    if request.sql and request.count:
        raise UsageError("--count is for packets", hint="a query says LIMIT itself")
    reading = Reading(request.files, request.filter)
    try:
        if request.sql:
            await _answer(request, reading, toolbox)
        else:
            await _packets(request, reading, toolbox)
    finally:
        reading.close()
    await tell(reading.notes, toolbox.emit, strict=request.strict)


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


async def _answer(request: Request, reading: Reading, toolbox: Toolbox) -> None:
    from netloom.packet.captures.steps import steps
    from netloom.packet.querying import Querying

    querying = Querying(reading, request.sql, toolbox.tell)
    async for position in steps(querying):
        toolbox.progress("bytes", position, querying.size or None)
        for row in querying.take():
            await toolbox.emit(AnswerRow(row=row))


OPERATION = Operation(
    name="packets",
    group="packets",
    summary="the packets of captures, or a query on them",
    example="netloom packets monday.pcapng --filter 'tcp port 443'",
    request=Request,
    record=PacketRecord | AnswerRow | DamagedFile,
    run=run,
)
