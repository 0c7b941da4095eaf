"""Diff: what became of the packets of one capture in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile
from netloom.packet.comparing.record import Comparison, FlowDifference, PacketDifference
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.packet.comparing.work import Comparing
    from netloom.toolbox import Toolbox

_NANO = 1_000_000_000


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Which captures to compare, and how."""

    files: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="two captures, compressed or not: before and after; - is standard input",
            extra={"metavar": "FILE", "positional": True},
        ),
    ]
    ignore: Annotated[
        list[str],
        Meta(
            description="what may differ: ttl, mac, checksum, vlan, link, address, port, id, seq, dscp, payload, time",
            extra={"metavar": "NAME,NAME"},
        ),
    ] = []
    window: Annotated[
        float, Meta(gt=0, le=86400, description="how long a packet may be under way", extra={"metavar": "SECONDS"})
    ] = 5.0
    summary: Annotated[bool, Meta(description="only flows that one of them has, and the sum")] = False
    filter: Annotated[
        str, Meta(description="only packets that this keeps, in tcpdump's words", extra={"metavar": "FILTER"})
    ] = ""
    strict: Annotated[
        bool, Meta(description="fail if a file is cut or damaged; what is whole is compared all the same")
    ] = False


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit packets that differ, then flows that only one capture has, then the sum."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.captures.steps import steps
    from netloom.packet.comparing.keys import ignoring
    from netloom.packet.comparing.work import Comparing

    ignored = ignoring(request.ignore)
    if len(request.files) != 2:
        raise UsageError(f"two captures are compared, not {len(request.files)}", hint="netloom diff BEFORE AFTER")
    first, second = request.files
    if first == second == "-":
        raise UsageError("standard input can be read once only", hint="one of both is a file")
    work = Comparing(first, second, ignored, wanted=request.filter, window=round(request.window * _NANO))
    try:
        async for position in steps(work):
            toolbox.progress("bytes", position, work.size or None)
            for packet in work.take():
                if not request.summary:
                    await toolbox.emit(packet)
    finally:
        work.close()
    for flow in work.flows():
        await toolbox.emit(flow)
    await toolbox.emit(work.comparison())
    _tell_of_bounds(work, toolbox)
    await tell(work.notes, toolbox.emit, strict=request.strict)


def _tell_of_bounds(work: Comparing, toolbox: Toolbox) -> None:
    if work.early:
        toolbox.tell(f"{work.early} packets weren't waited for as long: more waited at a time than are held")
    if work.unseen_flows:
        toolbox.tell(f"the flows of {work.unseen_flows} packets weren't counted: there are more than are held")


OPERATION = Operation(
    name="diff",
    group="packets",
    summary="a capture's packets in another one: lost, changed, late",
    example="netloom diff before.pcap after.pcap --ignore ttl,mac,checksum",
    request=Request,
    record=PacketDifference | FlowDifference | Comparison | DamagedFile,
    run=run,
    offline=True,
)
