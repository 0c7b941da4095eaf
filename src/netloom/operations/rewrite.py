"""Rewrite: a capture into another, with other addresses, ports, tags, times and lengths, or without its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.endpoint import Secret
from netloom.errors import UsageError
from netloom.packet.captures.record import DamagedFile, Written
from netloom.requests import Captures
from netloom.shapes import Operation
from netloom.sources import payload_of

if TYPE_CHECKING:
    from netloom.packet.rewriting.anonymity import Anonymity
    from netloom.packet.rewriting.rewriter import Changes
    from netloom.packet.rewriting.times import Times
    from netloom.toolbox import Toolbox


class Request(Captures, frozen=True, kw_only=True):
    """What to rewrite, and how."""

    to: Annotated[
        str,
        Meta(
            description="the file to write: .pcap or .pcapng, also with .gz or .zst; - is standard output",
            extra={"metavar": "FILE"},
        ),
    ] = ""
    address: Annotated[
        list[str],
        Meta(
            description="an address or prefix onto another, also in tunnels, errors and ARP",
            extra={"metavar": "OLD=NEW"},
        ),
    ] = []  # noqa: RUF012 - a request copies it
    port: Annotated[
        list[str], Meta(description="a port of TCP, UDP or SCTP onto another", extra={"metavar": "OLD=NEW"})
    ] = []  # noqa: RUF012 - a request copies it
    mac: Annotated[list[str], Meta(description="a hardware address onto another", extra={"metavar": "OLD=NEW"})] = []  # noqa: RUF012
    vlan: Annotated[
        list[str],
        Meta(
            description="a tag: 10=20, 10=none (off), any=none (all off), none=20 (on untagged frames), push=20",
            extra={"metavar": "OLD=NEW"},
        ),
    ] = []  # noqa: RUF012 - a request copies it
    ttl: Annotated[
        Annotated[int, Meta(ge=0, le=255)] | None, Meta(description="hops left of each packet", extra={"metavar": "N"})
    ] = None
    anonymise: Annotated[
        Secret | None,
        Meta(
            description="all addresses by a key that keeps common prefixes: @FILE, words, 64 hex digits, or fresh",
            extra={"metavar": "KEY"},
        ),
    ] = None
    shift: Annotated[float, Meta(description="seconds by which packets are later", extra={"metavar": "SECONDS"})] = 0.0
    at: Annotated[
        str, Meta(description="the first packet's time; the others keep their distance", extra={"metavar": "TIME"})
    ] = ""
    speed: Annotated[
        float, Meta(gt=0, le=1e9, description="so many times faster: 2 halves what is between packets")
    ] = 1.0
    snap: Annotated[int, Meta(ge=0, description="keep at most so many octets of a packet (0: all)")] = 0
    strip_secrets: Annotated[
        bool, Meta(description="leave out TLS's secrets and all comments: what was encrypted stays so")
    ] = False
    truncate_payload: Annotated[bool, Meta(description="keep only headers; lengths stay as they were")] = False
    overwrite: Annotated[bool, Meta(description="also if the file to write exists")] = False


async def run(request: Request, toolbox: Toolbox) -> None:
    """Rewrite, then tell of damaged files and of the one that was written."""
    from netloom.packet.captures.steps import steps
    from netloom.packet.rewriting.work import Rewriting

    if not request.to:
        raise UsageError("into which file?", hint="--to FILE")
    changes = await _changes(request)
    work = Rewriting(request.files, request.to, changes, wanted=request.filter, overwrite=request.overwrite)
    try:
        async for position in steps(work):
            toolbox.progress("bytes", position, work.size or None)
        written = work.finish()
    finally:
        work.close()
    for note in work.notes:
        if request.to == "-":
            toolbox.tell(str(note))  # standard output is taken
        else:
            await toolbox.emit(note.record())
    for record in written if request.to != "-" else ():
        await toolbox.emit(record)
    if request.strict and work.notes:
        raise work.notes[0].error()


async def _changes(request: Request) -> Changes:
    from netloom.packet.rewriting import changes
    from netloom.packet.rewriting.rewriter import Changes

    if request.anonymise is not None and (request.address or request.mac):
        raise UsageError(
            "--anonymise changes all addresses: with --address or --mac two of them could become one",
            hint="rewrite twice",
        )
    return Changes(
        addresses=changes.prefixes(request.address),
        hardware=changes.hardware(request.mac),
        ports=changes.ports(request.port),
        tags=changes.tags(request.vlan),
        ttl=request.ttl,
        anonymity=await _anonymity(request.anonymise),
        times=_times(request),
        snap=request.snap,
        headers=request.truncate_payload,
        stripped=request.strip_secrets,
    )


async def _anonymity(secret: Secret | None) -> Anonymity | None:
    from netloom.packet.rewriting.anonymity import Anonymity, key_of

    if secret is None:
        return None
    if secret.reveal().startswith("@"):
        secret = Secret((await payload_of(secret.reveal())).decode("utf-8", "surrogateescape"))
    return Anonymity(key_of(secret))


def _times(request: Request) -> Times | None:
    from netloom.packet.rewriting.times import Times, moment, nanoseconds

    if request.at and request.shift:
        raise UsageError("--at says when the first packet is: --shift has nothing to add", hint="one of both")
    if not request.at and not request.shift and request.speed == 1:
        return None
    at = moment(request.at) if request.at else None
    return Times(shift=nanoseconds(request.shift), at=at, speed=request.speed)


OPERATION = Operation(
    name="rewrite",
    group="packets",
    summary="a capture with other addresses, ports, tags, times or lengths",
    example="netloom rewrite day.pcap --to other.pcap --address 10.0.0.0/16=198.18.0.0/16 --truncate-payload",
    request=Request,
    record=Written | DamagedFile,
    run=run,
)
