"""Split: a capture's packets into many files, by number, time and size, or by who talks to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile, Written
from netloom.requests import CaptureFiles
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(CaptureFiles, frozen=True, kw_only=True):
    """What to split, and where."""

    to: Annotated[
        str,
        Meta(
            description="files to write: a number or a key is put before .pcap or .pcapng, also with .gz or .zst",
            extra={"metavar": "FILE"},
        ),
    ] = ""
    packets: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="at most so many packets a file", extra={"metavar": "N"})
    ] = None
    seconds: Annotated[
        Annotated[float, Meta(ge=0.000_001)] | None,
        Meta(description="a file for each so many seconds, from the first packet on", extra={"metavar": "SECONDS"}),
    ] = None
    size: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="at most so many bytes a file before compression, or one packet", extra={"metavar": "BYTES"}),
    ] = None
    by: Annotated[
        Literal["flow", "pair", "host"] | None,
        Meta(description="a file for each: flow (addresses and ports), pair of hosts, host (a packet is in two)"),
    ] = None
    max_files: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="at most so many files; with --by, one more for the rest"),
    ] = 10_000
    overwrite: Annotated[bool, Meta(description="also over files that exist")] = False


async def run(request: Request, toolbox: Toolbox) -> None:
    """Split; tell of each file when it is whole, then of those that are damaged."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.sorting import Rule
    from netloom.packet.captures.splitting import Splitting
    from netloom.packet.captures.steps import steps

    if not request.to:
        raise UsageError("into which files?", hint="--to FILE gives their names")
    counted = request.packets or request.seconds or request.size
    if bool(counted) == bool(request.by):
        raise UsageError("by what? Either --packets, --seconds, --size, or --by", hint="--packets 1000, or --by flow")
    rule = Rule(
        packets=request.packets or 0,
        nanoseconds=round((request.seconds or 0) * 1_000_000_000),
        size=request.size or 0,
        by=request.by or "",
        files=request.max_files,
    )
    splitting = Splitting(request.files, request.to, rule, overwrite=request.overwrite)
    try:
        async for position in steps(splitting):
            toolbox.progress("bytes", position, splitting.size or None)
            for record in splitting.taken():
                await toolbox.emit(record)
        for record in splitting.finish():
            await toolbox.emit(record)
    finally:
        splitting.close()
    await tell(splitting.notes, toolbox.emit, strict=request.strict)


OPERATION = Operation(
    name="split",
    group="packets",
    summary="a capture into many files: by number, time, size, flow or host",
    example="netloom split day.pcap --to hours.pcap.zst --seconds 3600",
    request=Request,
    record=Written | DamagedFile,
    run=run,
    offline=True,
)
