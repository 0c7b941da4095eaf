"""Capture: packets as they pass an interface, a line each, as flows, or into capture files."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import UsageError
from netloom.links.options import Seconds
from netloom.packet.flows.record import Flow
from netloom.packet.live.records import CaptureRecord
from netloom.packet.record import PacketRecord
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.packet.live.flowing import Flowing
    from netloom.packet.live.hearing import Hearing
    from netloom.packet.live.ring import Ring
    from netloom.toolbox import Toolbox

_MIB = 1 << 20
_LOOK = 0.25
"""Seconds between two looks at how far it is."""
_UNHURRIED = 0.05
"""Seconds that packets may wait where nobody looks at them as they pass. A block that is handed over sooner isn't full,
and the fewer packets are in each the sooner there is no block left while somebody is late in taking them."""
_NANO = 1_000_000_000
_IDLE, _ACTIVE = 120.0, 1800.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to capture, how much of it, and into what."""

    interfaces: Annotated[
        list[str],
        Meta(
            description="where to listen: names of interfaces, or any (the default)",
            extra={"metavar": "INTERFACE", "positional": True},
        ),
    ] = msgspec.field(default_factory=list)
    filter: Annotated[
        str,
        Meta(description="keep only what fits, in tcpdump's words: 'tcp port 80'", extra={"metavar": "EXPRESSION"}),
    ] = ""
    snap: Annotated[
        int, Meta(ge=1, le=262_144, description="octets that are kept of a packet", extra={"short": "-s"})
    ] = 262_144
    count: Annotated[int, Meta(ge=0, description="stop after so many packets (0: never)", extra={"short": "-c"})] = 0
    seconds: Annotated[
        Seconds, Meta(description="stop after so many seconds (0: never)", extra={"metavar": "SECONDS"})
    ] = 0.0
    to: Annotated[
        str,
        Meta(
            description="write to a file: .pcapng or .pcap, also with .gz or .zst; - is standard output",
            extra={"metavar": "FILE"},
        ),
    ] = ""
    rotate_size: Annotated[
        int, Meta(ge=0, le=1 << 20, description="begin a new file after so many MiB", extra={"metavar": "MIB"})
    ] = 0
    rotate_seconds: Annotated[
        Seconds, Meta(description="begin a new file after so many seconds", extra={"metavar": "SECONDS"})
    ] = 0.0
    files: Annotated[int, Meta(ge=0, description="keep only the newest so many files (0: all)")] = 0
    flows: Annotated[bool, Meta(description="tell of flows, each when it is over, in place of packets")] = False
    idle: Annotated[
        float, Meta(gt=0, le=1e6, description="seconds of silence that end a flow", extra={"metavar": "SECONDS"})
    ] = _IDLE
    active: Annotated[
        float, Meta(gt=0, le=1e9, description="seconds that a flow lasts at most", extra={"metavar": "SECONDS"})
    ] = _ACTIVE
    promiscuous: Annotated[bool, Meta(description="hear also what is meant for other hosts")] = True
    buffer: Annotated[
        int,
        Meta(ge=1, le=1024, description="MiB of memory in which packets wait to be taken", extra={"metavar": "MIB"}),
    ] = 32
    descriptor: Annotated[
        int, Meta(ge=-1, description="use a packet socket that a privileged program has opened", extra={"metavar": "N"})
    ] = -1


async def run(request: Request, toolbox: Toolbox) -> None:
    """Capture until told to stop: a record for each packet or flow, or files; and a record of all."""
    if not request.to and (request.rotate_size or request.rotate_seconds or request.files):
        raise UsageError("there are no files to rotate: say which with --to FILE")
    if request.to == "-" and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("a capture is no text for a terminal", hint="--to FILE, or | netloom follow -")
    if request.flows and request.to:
        raise UsageError("flows are told, and packets go into a file", hint="netloom flows FILE reads such a file")
    if not request.flows and (request.idle, request.active) != (_IDLE, _ACTIVE):
        raise UsageError("when a flow is over says nothing without --flows")
    if request.to or request.flows:
        from netloom.packet.live.draining import warm

        warm()
    with contextlib.ExitStack() as stack:
        rings = [stack.enter_context(ring) for ring in _rings(request)]
        if request.to:
            await _record(request, rings, toolbox)
        elif request.flows:
            await _follow(request, rings, toolbox)
        else:
            await _show(request, rings, toolbox)


def _rings(request: Request) -> list[Ring]:
    """A ring for each interface. Raises UsageError, CapabilityError."""
    from netloom.packet.live.interfaces import ANY, interface
    from netloom.packet.live.ring import LATENCY, Asked, Ring

    names = list(dict.fromkeys(request.interfaces or [ANY]))
    if ANY in names and len(names) > 1:
        raise UsageError("`any` has all interfaces in it already")
    if request.descriptor >= 0 and len(names) > 1:
        raise UsageError("a descriptor is for one interface")
    # Of several interfaces packets are to stand in a file nearly as they came; and behind a pipe somebody may look
    late = (request.flows or request.to not in ("", "-")) and len(names) == 1
    made: list[Ring] = []
    try:
        for name in names:
            asked = Asked(
                program=_program(request.filter, interface(name).link_type),
                snap=request.snap,
                promiscuous=request.promiscuous,
                buffer=request.buffer * _MIB // len(names),
                latency=_UNHURRIED if late else LATENCY,
                descriptor=request.descriptor,
            )
            made.append(Ring(name, asked))
    except BaseException:
        for ring in made:
            ring.close()
        raise
    return made


def _program(text: str, link_type: int) -> list[tuple[int, int, int, int]] | None:
    """A filter as BPF. Raises UsageError, which points at the column."""
    if not text:
        return None
    from netloom.packet.filters.bpf import compiled
    from netloom.packet.filters.language import parse

    return list(compiled(parse(text), link_type))


async def _show(request: Request, rings: list[Ring], toolbox: Toolbox) -> None:
    """A record for each packet, and at the end how many there were."""
    from netloom.packet.dissect import dissect
    from netloom.packet.live.watch import frames
    from netloom.packet.words import record_of

    packets = octets = 0
    first = last = None
    try:
        async with contextlib.aclosing(frames(rings, request.seconds)) as heard:
            async for ring, frame in heard:
                packets += 1
                octets += len(frame.data)
                last = (frame.timestamp_ns or 0) / _NANO
                first = last if first is None else first
                await toolbox.emit(record_of(packets, frame, dissect(frame), ring.interface.name))
                if packets == request.count:
                    break
    finally:
        await toolbox.emit(
            CaptureRecord(
                interfaces=[ring.interface.name for ring in rings],
                packets=packets,
                octets=octets,
                dropped=sum(ring.counts().dropped for ring in rings),
                first=first,
                last=last,
            )
        )


async def _record(request: Request, rings: list[Ring], toolbox: Toolbox) -> None:
    """Write files in a thread of its own; what had come when it was stopped is in them."""
    from netloom.packet.live.recorder import Recorder, Rotation

    rotation = Rotation(octets=request.rotate_size * _MIB, seconds=request.rotate_seconds, files=request.files)
    with contextlib.closing(Recorder(rings, request.to, rotation)) as recorder:
        work = asyncio.ensure_future(asyncio.to_thread(recorder.run, request.count, request.seconds))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=_LOOK)
                toolbox.progress("packets", recorder.packets, request.count or None)
        finally:
            recorder.stop()
            await asyncio.wait({work})
            _tell_of_kernels(recorder, toolbox)
            if request.to == "-":  # where no record can stand
                toolbox.tell(_in_words(recorder))
            else:
                await toolbox.emit(_heard(recorder, recorder.files))
        await work


async def _follow(request: Request, rings: list[Ring], toolbox: Toolbox) -> None:
    """A record for each flow that is over, and at the end for those that go on; a thread of its own puts them there."""
    from netloom.packet.flowing import Ending, tell_of_bounds
    from netloom.packet.live.flowing import Flowing

    with contextlib.closing(Flowing(rings, Ending.of(request.idle, request.active))) as flowing:
        work = asyncio.ensure_future(asyncio.to_thread(flowing.run, request.count, request.seconds))
        try:
            await _tell_flows(flowing, work, request, toolbox)
        except asyncio.CancelledError:
            flowing.stop()
            await _tell_flows(flowing, work, request, toolbox)
            raise
        finally:
            flowing.abandon()
            await asyncio.wait({work})
            tell_of_bounds(flowing.tracker, toolbox.tell)
            _tell_of_kernels(flowing, toolbox)
            await toolbox.emit(_heard(flowing))
        await work


async def _tell_flows(flowing: Flowing, work: asyncio.Future[None], request: Request, toolbox: Toolbox) -> None:
    """Until it is done, and none is left."""
    from netloom.packet.flows.record import record_of

    done = False
    while not done:
        await asyncio.wait({work}, timeout=_LOOK)
        done = work.done()
        toolbox.progress("packets", flowing.packets, request.count or None)
        for one in flowing.ended():
            await toolbox.emit(record_of(one))


def _tell_of_kernels(hearing: Hearing, toolbox: Toolbox) -> None:
    """Nobody waits for a compiler while packets pass: who lost some may do so before the next time."""
    if hearing.counts.dropped and hearing.is_plain:
        from netloom.packet.kernels import compiled

        how = "python -m netloom.packet.kernels" if compiled.available() else "pip install 'netloom[packets]'"
        toolbox.tell(f"this was done in plain Python; compiled kernels are ten times faster: {how}")


def _heard(hearing: Hearing, files: list[str] | None = None) -> CaptureRecord:
    return CaptureRecord(
        interfaces=[ring.interface.name for ring in hearing.rings],
        packets=hearing.packets,
        octets=hearing.octets,
        dropped=hearing.counts.dropped,
        first=hearing.first_ns / _NANO if hearing.packets else None,
        last=hearing.last_ns / _NANO if hearing.packets else None,
        files=files or [],
    )


def _in_words(hearing: Hearing) -> str:
    packets, dropped = hearing.packets, hearing.counts.dropped
    return f"{packets} packet{'s' if packets != 1 else ''} captured, {dropped} dropped by the kernel"


OPERATION = Operation(
    name="capture",
    group="packets",
    summary="packets as they pass an interface, to look at or into files",
    example="netloom capture eth0 --filter 'tcp port 80' --to web.pcapng --seconds 60",
    request=Request,
    record=PacketRecord | Flow | CaptureRecord,
    run=run,
)
