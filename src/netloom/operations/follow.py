"""Follow: what was said on the streams of a capture, in words, and what was carried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from netloom import registry
from netloom.packet.captures.record import DamagedFile
from netloom.packet.streams.record import Archived, Met, Spoken, Taken
from netloom.requests import Captures
from netloom.shapes import Operation
from netloom.wire.subject import subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.reading import Reading
    from netloom.packet.streams.events import Stream
    from netloom.packet.streams.following import Following, Keep, Known
    from netloom.toolbox import Toolbox


class Request(Captures, frozen=True, kw_only=True):
    """Which captures, and what of them."""

    stream: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="only this stream, by the number in its heading", extra={"metavar": "NUMBER"}),
    ] = None
    octets: Annotated[bool, Meta(description="all octets in hexadecimal, instead of words")] = False
    extract: Annotated[
        str,
        Meta(
            description="save bodies, mails and files that were carried, under safe names", extra={"metavar": "FOLDER"}
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=0, description="bytes that --extract writes at most", extra={"metavar": "BYTES"})] = (
        1 << 30
    )
    har: Annotated[
        str, Meta(description="write exchanges of HTTP to an archive, their secrets as dots", extra={"metavar": "FILE"})
    ] = ""
    secrets: Annotated[bool, Meta(description="--har: with passwords, tokens and cookies as they were")] = False
    key_log: Annotated[
        str,
        Meta(
            description="TLS secrets (SSLKEYLOGFILE), beside those in the capture; needs tshark",
            extra={"metavar": "FILE"},
        ),
    ] = ""


async def run(request: Request, toolbox: Toolbox) -> None:
    """Tell of each stream, then of damaged files, and beside the records of what couldn't be put together."""
    from netloom.packet.captures.damage import tell
    from netloom.packet.reading import Reading
    from netloom.packet.streams.archive import Archive
    from netloom.packet.streams.extraction import Extraction
    from netloom.packet.streams.extraction.body import Shelf
    from netloom.packet.streams.extraction.folder import Folder
    from netloom.packet.streams.following import Following
    from netloom.packet.streams.key_log import read_key_log
    from netloom.packet.streams.secured import Secured

    log = read_key_log(request.key_log)
    keep = _keep(request.filter)
    reading = Reading(request.files)
    folder = Folder(request.extract, request.limit) if request.extract else None
    archive = Archive(request.har, secrets=request.secrets) if request.har else None
    try:
        with Secured(lambda: log + reading.capture.secrets, needed=bool(request.key_log)) as secured:
            following = Following(
                _known(),
                only=request.stream,
                keep=keep,
                octets=request.octets,
                extraction=Extraction(Shelf(subject_of, folder)) if folder is not None else None,
                secured=secured,
                archive=archive,
            )
            await _follow(reading, following, toolbox)
            _tell(following, secured.failed, toolbox)
        if archive is not None:
            await toolbox.emit(archive.finish())
    finally:
        reading.close()
        if archive is not None:
            archive.close()
        if folder is not None:
            folder.close()
    await tell(reading.notes, toolbox.emit, strict=request.strict)


async def _follow(reading: Reading, following: Following, toolbox: Toolbox) -> None:
    from netloom.packet.captures.steps import steps
    from netloom.packet.streams.following import Steps

    work = Steps(reading, following)
    async for position in steps(work):
        toolbox.progress("bytes", position, work.size or None)
        for record in work.take():
            await toolbox.emit(record)
    async for record in following.finish():
        await toolbox.emit(record)


def _tell(following: Following, failed: list[str], toolbox: Toolbox) -> None:
    for what in failed:
        toolbox.tell(what)
    counts = following.fragments.counts
    for number, what in (
        (counts.incomplete, "incomplete: fragments are missing"),
        (counts.overlapping, "left out: their fragments overlap"),
    ):
        if number:
            toolbox.tell(f"{number} packet{'s are' if number > 1 else ' is'} {what}")


def _keep(text: str) -> Keep | None:
    """A filter, for packets that are whole: a port is known of the first fragment only."""
    if not text.strip():
        return None
    from netloom.packet.filters.language import parse
    from netloom.packet.filters.matches import matcher
    from netloom.packet.filters.octets import FrameView

    wanted = matcher(parse(text))
    return lambda frame, dissected: bool(wanted.keep(dissected.row, FrameView(frame, dissected)))


def _known() -> Known:
    """The protocols' patterns, ports and decoders."""
    from netloom.packet.flows.declared import recogniser
    from netloom.packet.streams.following import Known

    ports = dict(_ports())

    def choose(transport: str, sender: str, head: bytes) -> str:
        found = recogniser().find(transport, sender, head)
        return found.name if found is not None else ""

    def usual(stream: Stream) -> str:
        return ports.get((stream.inside or stream.transport, stream.server.port), "")

    return Known(choose=choose, usual=usual, decoders=_decoder)


def _decoder(name: str) -> Any:
    if name not in registry.names("protocols"):
        return None
    return registry.load(registry.protocol(name), "decode")()


def _ports() -> Iterator[tuple[tuple[str, int], str]]:
    """Which protocol is usual at a port: of TCP, of UDP, and inside TLS. Later ones count."""
    found = [
        (bool(scheme.path) + bool(scheme.channel), declared.name, scheme)
        for declared in registry.protocols()
        for scheme in declared.schemes.values()
    ]
    for _, name, scheme in sorted(found, key=lambda one: (-one[0], one[1])):
        if scheme.port is None:
            continue
        if scheme.over in ("tls", "https"):
            yield ("tcp", scheme.port), "tls"
            yield ("tls", scheme.port), name
        elif scheme.over == "ssh":
            yield ("tcp", scheme.port), "ssh"
        else:
            for transport in scheme.over.replace("http", "tcp").split("+"):
                yield (transport, scheme.port), name


OPERATION = Operation(
    name="follow",
    group="packets",
    summary="what was said on a capture's streams, and what was carried",
    example="netloom follow capture.pcapng --extract files/",
    request=Request,
    record=Spoken | Met | Taken | Archived | DamagedFile,
    run=run,
)
