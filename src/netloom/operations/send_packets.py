"""Send packets: crafted and captured ones, at a rate, in their own time or as fast as it goes, and their answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.errors import UsageError
from netloom.links.options import Seconds
from netloom.packet.live.records import AnswerRecord, SentRecord
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.live.exchange import Answer, Exchange
    from netloom.packet.live.replay import Replay
    from netloom.packet.live.sender import Sends
    from netloom.packet.live.supply import Stamped, Supply
    from netloom.toolbox import Toolbox

_LOOK = 0.25
"""Seconds between two looks at how far it is."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, from where, and how fast."""

    packets: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="a packet such as 'IPv4(dst=\"192.0.2.1\")/ICMP()', or a capture file (- is standard input)",
            extra={"metavar": "PACKET|FILE", "positional": True},
        ),
    ]
    interface: Annotated[
        str,
        Meta(
            description="where they leave; IP packets find their own way without it",
            extra={"short": "-i", "metavar": "NAME"},
        ),
    ] = ""
    rate: Annotated[
        float, Meta(ge=0, le=10_000_000, description="packets a second (0: in the time of their capture, or at once)")
    ] = 0.0
    speed: Annotated[float, Meta(gt=0, le=1_000_000, description="captures so many times as fast as they were")] = 1.0
    top_speed: Annotated[bool, Meta(description="captures as fast as it goes")] = False
    count: Annotated[
        int, Meta(ge=0, description="send all of it so many times (0: until stopped)", extra={"short": "-c"})
    ] = 1
    answers: Annotated[bool, Meta(description="tell what came back, and how long that took")] = False
    wait: Annotated[
        Seconds, Meta(description="seconds to wait for answers that are still missing", extra={"metavar": "SECONDS"})
    ] = 2.0
    as_is: Annotated[bool, Meta(description="fill in no sender's address where none is given")] = False
    bypass: Annotated[
        bool, Meta(description="past the kernel's queue: faster, and unseen by captures on this host")
    ] = False


async def run(request: Request, toolbox: Toolbox) -> None:
    """Send, in a thread of its own; a record for each answer, and one that tells what was sent."""
    from netloom.packet.live.interfaces import ETHERNET, interface
    from netloom.packet.live.supply import Supply

    place = interface(request.interface) if request.interface else None
    supply = Supply(request.packets, mac=place.mac if place is not None else "", as_is=request.as_is)
    if supply.frames and place is None:
        raise UsageError("frames leave by an interface: say which with --interface NAME")
    if supply.frames and place is not None and place.link_type != ETHERNET:
        raise UsageError(f"{place.name} has no Ethernet frames", hint="IP packets without Ethernet can be sent there")
    if request.count != 1 and not supply.can_repeat:
        raise UsageError("what comes from standard input is there once")
    with contextlib.ExitStack() as stack:
        sender = _sender(request, supply)
        stack.callback(sender.close)
        exchange = _exchange(request, sender, stack) if request.answers else None
        await _Sending(request, supply, sender, exchange, toolbox).run()


def _sender(request: Request, supply: Supply) -> Sends:
    from netloom.packet.live.sender import FrameSender, PacketSender

    if supply.frames:
        return FrameSender(request.interface, bypass=request.bypass)
    if request.bypass:
        raise UsageError("past the queue go frames only: give the packets an Ethernet header")
    return PacketSender(request.interface)


def _exchange(request: Request, sender: Sends, stack: contextlib.ExitStack) -> Exchange:
    from netloom.packet.live.exchange import Exchange
    from netloom.packet.live.interfaces import ANY
    from netloom.packet.live.ring import Asked, Ring

    ring = stack.enter_context(Ring(request.interface or ANY, Asked(promiscuous=False)))
    return Exchange(sender, ring)


class _Sending:
    """One run of it."""

    def __init__(
        self, request: Request, supply: Supply, sender: Sends, exchange: Exchange | None, toolbox: Toolbox
    ) -> None:
        from netloom.packet.live.replay import Replay

        self._request = request
        self._supply = supply
        self._exchange = exchange
        self._toolbox = toolbox
        self._replay: Replay = Replay(sender)
        self._given = self._told = 0
        self._heard: asyncio.Queue[Answer] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        work = asyncio.ensure_future(asyncio.to_thread(self._work))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=_LOOK if self._exchange is None else _LOOK / 5)
                await self._tell_answers()
                self._toolbox.progress("packets", self._replay.tally.packets, None)
        finally:
            early = not work.done()
            self._replay.stop()
            await asyncio.wait({work})
            if early:
                self._toolbox.tell(f"stopped after {self._replay.tally.packets} packets")
            if self._dropped():
                self._toolbox.tell(f"{self._dropped()} packets had no room: answers may be among them")
        await work
        await self._tell_answers()
        tally = self._replay.tally
        if tally.refused and not tally.packets:
            raise UsageError(tally.problem)
        await self._toolbox.emit(self._record())

    def _dropped(self) -> int:
        return self._exchange.ring.counts().dropped if self._exchange is not None else 0

    def _record(self) -> SentRecord:
        tally = self._replay.tally
        return SentRecord(
            interface=self._request.interface,
            packets=tally.packets,
            octets=tally.octets,
            seconds=tally.seconds,
            rate=tally.packets / tally.seconds if tally.seconds else 0.0,
            refused=tally.refused,
            answered=len(self._exchange.answered) if self._exchange is not None else 0,
            problem=tally.problem,
        )

    async def _tell_answers(self) -> None:
        while not self._heard.empty():
            self._told += 1
            await self._toolbox.emit(_answered(self._told, self._heard.get_nowait()))

    # In the thread

    def _work(self) -> None:
        """All that blocks: sending, and hearing the answers."""
        request, replay, supply = self._request, self._replay, self._supply
        each = self._send if self._exchange is not None else None
        if request.rate:
            self._at_rate(replay, each)
        elif supply.has_captures and not request.top_speed:
            from netloom.packet.live.replay import in_time

            replay.timed(in_time(self._captures(), request.speed), each=each)
        elif each is not None:
            replay.timed(((data, 0) for data in self._all()), each=each)
        elif supply.crafted:
            replay.repeated(supply.crafted, request.count)
        else:
            replay.at_top_speed(self._all())
        if self._exchange is not None:
            self._wait(self._exchange)

    def _at_rate(self, replay: Replay, each: Callable[[bytes], object] | None) -> None:
        from netloom.packet.live.replay import TOGETHER_NS, at_rate

        replay.timed(at_rate(self._all(), self._request.rate), TOGETHER_NS if each is None else 0, each)

    def _captures(self) -> Iterator[Iterator[Stamped]]:
        """Each source, as often as is asked for; nothing again and again is nothing."""
        for _ in range(self._request.count) if self._request.count else itertools.count():
            before = self._given
            for capture in self._supply.captures():
                yield self._counted(capture)
            if self._given == before or self._replay.is_stopped:
                return

    def _counted(self, capture: Iterator[Stamped]) -> Iterator[Stamped]:
        for one in capture:
            self._given += 1
            yield one

    def _all(self) -> Iterator[bytes]:
        return (data for capture in self._captures() for data, _ in capture)

    def _send(self, data: bytes) -> None:
        if self._exchange is not None:
            self._exchange.send(data)
            for answer in self._exchange.answers():
                self._hear(answer)

    def _wait(self, exchange: Exchange) -> None:
        """Until all are answered, or the time for it is over."""
        for answer in exchange.wait(self._request.wait, self._is_over):
            self._hear(answer)

    def _is_over(self) -> bool:
        exchange, replay = self._exchange, self._replay
        return replay.is_stopped or exchange is None or len(exchange.answered) >= replay.tally.packets

    def _hear(self, answer: Answer) -> None:
        self._loop.call_soon_threadsafe(self._heard.put_nowait, answer)


def _answered(number: int, answer: Answer) -> AnswerRecord:
    from netloom.packet.dissect import dissect
    from netloom.packet.words import record_of

    packet = record_of(number, answer.frame, dissect(answer.frame))
    return AnswerRecord(
        **msgspec.structs.asdict(packet),
        answers=answer.match.number + 1,
        seconds=answer.seconds,
        is_error=answer.match.is_error,
    )


OPERATION = Operation(
    name="send-packets",
    group="packets",
    summary="crafted or captured packets onto the wire, and what answers them",
    example="netloom send-packets 'IPv4(dst=\"192.0.2.1\")/ICMP()' --answers",
    request=Request,
    record=AnswerRecord | SentRecord,
    run=run,
)
