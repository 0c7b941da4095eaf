"""Merge: the packets of many capture files in one, by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile, Written
from netloom.requests import CaptureFiles
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(CaptureFiles, frozen=True, kw_only=True):
    """What to merge, and into what."""

    to: Annotated[
        str,
        Meta(
            description="the file to write: .pcap or .pcapng, also with .gz or .zst; - is standard output",
            extra={"metavar": "FILE"},
        ),
    ] = ""
    overwrite: Annotated[bool, Meta(description="also if the file to write exists")] = False


async def run(request: Request, toolbox: Toolbox) -> None:
    """Merge, then tell of damaged files and of the one that was written."""
    from netloom.packet.captures.merging import Merging
    from netloom.packet.captures.steps import steps

    if not request.to:
        raise UsageError("into which file?", hint="--to FILE")
    merging = Merging(request.files, request.to, overwrite=request.overwrite)
    try:
        async for position in steps(merging):
            toolbox.progress("bytes", position, merging.size or None)
        written = merging.finish()
    finally:
        merging.close()
    for note in merging.notes:
        if request.to == "-":
            toolbox.tell(str(note))  # standard output is taken
        else:
            await toolbox.emit(note.record())
    for record in written if request.to != "-" else ():
        await toolbox.emit(record)
    if request.strict and merging.notes:
        raise merging.notes[0].error()


OPERATION = Operation(
    name="merge",
    group="packets",
    summary="many capture files into one, by time",
    example="netloom merge monday.pcap tuesday.pcapng.gz --to week.pcapng",
    request=Request,
    record=Written | DamagedFile,
    run=run,
    offline=True,
)
