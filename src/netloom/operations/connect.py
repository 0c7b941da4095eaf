"""Connect: talk to an endpoint by hand, or join two endpoints."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.links.join import Duplex, join
from netloom.links.stdio import StandardStreams
from netloom.records import ReplyRecord, ServingRecord
from netloom.requests import Talk
from netloom.serving import Serving
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.links.datagrams import Datagrams
    from netloom.links.stream import Stream
    from netloom.toolbox import Attempt, Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """What to join with what."""

    target: Annotated[
        Endpoint, Meta(description="one side (#listen: wait for a peer there)", extra={"metavar": "ENDPOINT"})
    ]
    other: Annotated[
        Endpoint | None,
        Meta(description="the other side; without it: standard input and output", extra={"metavar": "ENDPOINT"}),
    ] = None


async def run(request: Request, toolbox: Toolbox) -> None:
    """Join both sides until both have ended."""
    attempts: list[Attempt] = []
    sizes = (0, 0)
    sides = [request.aim(side) for side in (request.target, request.other) if side is not None]
    for side in sides:
        toolbox.check(side, "" if side.listens else "open")
    async with AsyncExitStack() as stack:
        left = await _side(sides[0], request, toolbox, stack, attempts)
        right: Duplex
        if len(sides) > 1:
            right = await _side(sides[1], request, toolbox, stack, attempts)
        else:
            right = by_hand = StandardStreams()
            if hasattr(left, "resize") and getattr(attempts[0].options, "pty", None) is not False:
                stack.enter_context(by_hand.raw(left.resize))
        sizes = await join(left, right)
    for attempt in attempts:
        await toolbox.emit(ReplyRecord(**attempt.outcome(), meta={"to_the_right": sizes[0], "to_the_left": sizes[1]}))


async def _side(
    target: Endpoint, request: Request, toolbox: Toolbox, stack: AsyncExitStack, attempts: list[Attempt]
) -> Duplex:
    if target.listens:
        return await _await_peer(target, toolbox, stack)
    attempt = await stack.enter_async_context(toolbox.attempt(target, request.deadline, request.record))
    attempts.append(attempt)
    link: Duplex = await attempt.client.open()
    attempt.stands()
    return link


async def _await_peer(target: Endpoint, toolbox: Toolbox, stack: AsyncExitStack) -> Duplex:
    """Listen, and give the first peer's link; it lives until the join has ended."""
    came: asyncio.Future[Duplex] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def hold(link: Stream | Datagrams) -> None:
        if not came.done():
            link.set_idle(None)  # two that are joined may be silent for as long as they like
            came.set_result(link)
            await over.wait()

    serving = await stack.enter_async_context(Serving([target], [Handler(hold)], network=toolbox.network))
    stack.callback(over.set)
    for record in serving.records:
        await toolbox.emit(msgspec.structs.replace(record, content="waits for a peer"))
    return await came


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
