"""Listen: hear what an endpoint says, or what is said to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import Unsupported
from netloom.records import Message, MessageRecord, ServingRecord
from netloom.registry import load, settle
from netloom.requests import Talk
from netloom.serving import Serving
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """Where to listen."""

    target: Annotated[Endpoint, Meta(description="whom to listen to, or where", extra={"metavar": "ENDPOINT"})]
    count: Annotated[int, Meta(ge=0, description="stop after so many messages (0: when the other side ends)")] = 0


async def run(request: Request, toolbox: Toolbox) -> None:
    """Listen as a client where the protocol has that, otherwise by binding a server whose messages are heard."""
    target = request.aim(request.target)
    declared, _, _ = settle(target)
    if hasattr(load(declared, "client"), "listen"):
        await _as_client(request, target, toolbox)
    elif "bus" in declared.contents:
        if request.record:
            raise Unsupported("what is said to us isn't recorded", hint="--record works where netloom connects")
        await _by_binding(request, target, toolbox)
    else:
        raise Unsupported(
            f"{declared.name} has nothing to listen to", hint=f"netloom matrix {declared.name} tells what it can"
        )


async def _as_client(request: Request, target: Endpoint, toolbox: Toolbox) -> None:
    toolbox.check(target)
    attempt = toolbox.attempt(target, request.deadline, request.record)
    async with attempt:
        attempt.stands()
        await _tell(attempt.client.listen(target.path), request.count, attempt.progress, toolbox)
    await toolbox.emit(MessageRecord(**attempt.outcome()))


async def _by_binding(request: Request, target: Endpoint, toolbox: Toolbox) -> None:
    bus = Bus()
    attempt = toolbox.attempt(target, None)
    async with bus.subscribe("#") as messages, Serving([target], [bus], network=toolbox.network) as serving:
        for record in serving.records:
            await toolbox.emit(record)
        await _tell(messages, request.count, attempt.progress, toolbox)


async def _tell(
    messages: AsyncIterator[Message], count: int, fields: Callable[[], dict[str, Any]], toolbox: Toolbox
) -> None:
    heard = 0
    try:
        async for message in messages:
            await toolbox.emit(MessageRecord(**fields(), heard=message))
            heard += 1
            if heard == count:
                return
    finally:
        if isinstance(messages, AsyncGenerator):
            await messages.aclose()


OPERATION = Operation(
    name="listen",
    group="talk",
    summary="hear what an endpoint says, or what is said to it",
    example="netloom listen udp://127.0.0.1:5140",
    request=Request,
    record=MessageRecord | ServingRecord,
    run=run,
    verb="listen",
)
