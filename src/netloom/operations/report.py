"""Report: a summary of captures to read and to hand on, as one HTML page or as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile
from netloom.packet.summing.record import Reported
from netloom.requests import Captures
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox

TOP = 200
"""Entries of lists: enough for the page's matrix of who talks to whom."""


class Request(Captures, frozen=True, kw_only=True):
    """What to read, and where to report it."""

    to: Annotated[
        str, Meta(description="the file to write: .html or .md; print the page for PDF", extra={"metavar": "FILE"})
    ] = ""
    title: Annotated[str, Meta(description="the heading; by default the files' names", extra={"metavar": "TEXT"})] = ""
    overwrite: Annotated[bool, Meta(description="also if the file to write exists")] = False


async def run(request: Request, toolbox: Toolbox) -> None:
    """Sum up, write the report, and tell of it; then what is damaged."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.steps import steps
    from netloom.packet.flows.declared import recogniser
    from netloom.packet.reading import Reading
    from netloom.packet.reporting.writing import Report
    from netloom.packet.summing.summing import Summing

    if not request.to:
        raise UsageError("into which file?", hint="--to report.html, or report.md")
    report = Report(request.to, request.title, overwrite=request.overwrite)
    reading = Reading(request.files, request.filter)
    summing = Summing(reading, toolbox.tell, recognise=recogniser(), top=TOP)
    try:
        async for position in steps(summing):
            toolbox.progress("bytes", position, summing.size or None)
            for summary in summing.take():
                await toolbox.emit(report.write(summary))
    finally:
        reading.close()
    await tell(reading.notes, toolbox.emit, strict=request.strict)


OPERATION = Operation(
    name="report",
    group="packets",
    summary="a report of captures: one HTML page with charts, or Markdown",
    example="netloom report monday.pcapng --to report.html",
    request=Request,
    record=Reported | DamagedFile,
    run=run,
    offline=True,
)
