"""Connect: talk to an endpoint by hand, or join two endpoints."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase
from netloom.links.join import Duplex, join
from netloom.links.stdio import StandardStreams
from netloom.records import ReplyRecord, ServingRecord
from netloom.registry import settle
from netloom.requests import Talk
from netloom.serving import Serving
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.attempts import Attempt
    from netloom.errors import NetloomError
    from netloom.links.datagrams import Datagrams
    from netloom.links.stream import Stream
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """What to join with what."""

    target: Annotated[
        Endpoint, Meta(description="one side (#listen: wait for a peer there)", extra={"metavar": "ENDPOINT"})
    ]
    other: Annotated[
        Endpoint | None,
        Meta(description="the other side; without it: standard input and output", extra={"metavar": "ENDPOINT"}),
    ] = None


class _Side:
    """One of both: an attempt, or a peer that is waited for; its link, and what broke it."""

    def __init__(self, target: Endpoint, toolbox: Toolbox, request: Request) -> None:
        self.target = target
        self.error: NetloomError | None = None
        self.attempt = None if target.listens else toolbox.attempt(target, request.deadline, request.record)
        self.came: asyncio.Future[Stream | Datagrams] = asyncio.get_running_loop().create_future()
        self.shown = str(target)
        self._now, self._clock = toolbox.now, toolbox.network.clock
        self._began = self._now(), self._clock()

    async def open(self, stack: AsyncExitStack) -> Duplex:
        """The link. A peer's is there once one has come."""
        if self.attempt is None:
            return await self.came
        await stack.enter_async_context(self._trying(self.attempt))
        link: Duplex = await self.attempt.client.open()
        self.attempt.stands()
        return link

    @asynccontextmanager
    async def _trying(self, attempt: Attempt) -> AsyncIterator[None]:
        """The attempt, which ends with its own side's error and not with the other's."""
        async with attempt:
            yield
            if self.error is not None:
                raise self.error

    async def listen(self, toolbox: Toolbox, stack: AsyncExitStack, file: str) -> None:
        """Let the first peer come; its link lives until the join has ended."""
        over = asyncio.Event()

        async def hold(link: Stream | Datagrams) -> None:
            if not self.came.done():
                link.set_idle(None)  # two that are joined may be silent for as long as they like
                self.came.set_result(link)
                await over.wait()

        recording = toolbox.recording(file) if file else None
        serving = Serving([self.target], [Handler(hold)], network=toolbox.network, recording=recording)
        await stack.enter_async_context(serving)
        stack.callback(over.set)
        for record in serving.records:
            self.shown = record.endpoint
            await toolbox.emit(msgspec.structs.replace(record, content="waits for a peer"))

    def record(self, meta: dict[str, int]) -> ReplyRecord | None:
        """How it ended. Of a peer that came there is nothing to tell, unless it failed."""
        if self.attempt is not None:
            return ReplyRecord(**self.attempt.outcome(), meta=meta)
        if self.error is None:
            return None
        return ReplyRecord(
            endpoint=self.shown,
            protocol=settle(self.target)[0].name,
            status=self.error.status,
            phase=Phase.TRANSFER,
            message=self.error.message,
            hint=self.error.hint,
            started_at=self._began[0],
            duration=self._clock() - self._began[1],
            phases={},
            address=self.came.result().peer,
            meta=meta,
        )


async def run(request: Request, toolbox: Toolbox) -> None:
    """Join both sides until both have ended."""
    targets = [request.aim(side) for side in (request.target, request.other) if side is not None]
    for target in targets:
        toolbox.check(target, "" if target.listens else "open")
    sides = [_Side(target, toolbox, request) for target in targets]
    begun: list[_Side] = []
    meta = {"to_the_right": 0, "to_the_left": 0}
    async with AsyncExitStack() as stack:
        for side in sides:
            if side.target.listens:  # before anything is tried: that this can't be isn't another side's failure
                await side.listen(toolbox, stack, request.record)
        links: list[Duplex] = []
        for side in sides:
            begun.append(side)
            links.append(await side.open(stack))
        if len(links) == 1:
            links.append(_by_hand(links[0], sides[0].attempt, stack))
        joined = await join(links[0], links[1])
        meta = {"to_the_right": joined.to_the_right, "to_the_left": joined.to_the_left}
        for side, error in zip(sides, (joined.left, joined.right), strict=False):
            side.error = error
    for side in begun:
        record = side.record(meta)
        if record is not None:
            await toolbox.emit(record)


def _by_hand(link: Duplex, attempt: Attempt | None, stack: AsyncExitStack) -> StandardStreams:
    """Standard input and output; at a terminal, keys go to a shell as they are typed."""
    made = StandardStreams()
    if hasattr(link, "resize") and attempt is not None and getattr(attempt.options, "pty", None) is not False:
        stack.enter_context(made.raw(link.resize))
    return made


OPERATION = Operation(
    name="connect",
    group="talk",
    summary="talk to an endpoint by hand, or join two endpoints",
    example="netloom connect tcp://127.0.0.1:8080#listen unix:///run/app.sock",
    request=Request,
    record=ReplyRecord | ServingRecord,
    run=run,
    verb="open",
)
