"""Listen: hear what an endpoint says, or what is said to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import RemoteProtocolError, Unsupported
from netloom.records import Message, MessageRecord, ServingRecord
from netloom.registry import load, settle
from netloom.requests import As, From, Talk, conversion
from netloom.serving import Serving
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.conversion import Conversion
    from netloom.toolbox import Toolbox

    Fields = Callable[[], dict[str, Any]]


class Request(Talk, frozen=True, kw_only=True):
    """Where to listen."""

    target: Annotated[Endpoint, Meta(description="whom to listen to, or where", extra={"metavar": "ENDPOINT"})]
    count: Annotated[int, Meta(ge=0, description="stop after so many messages (0: when the other side ends)")] = 0
    as_: As = ""
    from_: From = ""


async def run(request: Request, toolbox: Toolbox) -> None:
    """Listen as a client where the protocol has that, otherwise by binding a server whose messages are heard."""
    target = request.aim(request.target)
    wanted = conversion(request.as_, request.from_)
    declared, _, _ = settle(target)
    if hasattr(load(declared, "client"), "listen"):
        await _as_client(request, target, toolbox, wanted)
    elif "bus" in declared.contents:
        await _by_binding(request, target, toolbox, wanted)
    else:
        raise Unsupported(
            f"{declared.name} has nothing to listen to", hint=f"netloom matrix {declared.name} tells what it can"
        )


async def _as_client(request: Request, target: Endpoint, toolbox: Toolbox, wanted: Conversion | None) -> None:
    toolbox.check(target)
    attempt = toolbox.attempt(target, request.deadline, request.record)
    async with attempt:
        attempt.stands()
        made = _records(attempt.client.listen(target.path), attempt.progress, wanted)
        await _tell(made, request.count, toolbox)
    await toolbox.emit(MessageRecord(**attempt.outcome()))


async def _by_binding(request: Request, target: Endpoint, toolbox: Toolbox, wanted: Conversion | None) -> None:
    bus = Bus()
    attempt = toolbox.attempt(target, None)
    recording = toolbox.recording(request.record) if request.record else None
    serving = Serving([target], [bus], network=toolbox.network, recording=recording)
    async with bus.subscribe("#") as messages, serving:
        for record in serving.records:
            await toolbox.emit(record)
        await _tell(_records(messages, attempt.progress, wanted), request.count, toolbox)


async def _tell(made: AsyncGenerator[MessageRecord, None], count: int, toolbox: Toolbox) -> None:
    heard = 0
    async with aclosing(made):
        async for record in made:
            await toolbox.emit(record)
            heard += 1
            if heard == count:
                return


async def _records(
    messages: AsyncIterator[Message], fields: Fields, wanted: Conversion | None
) -> AsyncGenerator[MessageRecord, None]:
    try:
        async for message in messages:
            if wanted is None or not message.payload:
                yield MessageRecord(**fields(), heard=message)
            else:
                yield await _converted(message, fields, wanted)
    finally:
        if isinstance(messages, AsyncGenerator):
            await messages.aclose()


async def _converted(message: Message, fields: Fields, wanted: Conversion) -> MessageRecord:
    """What was heard in another format; as it came, with the reason, where it can't be: others will follow it."""
    said = message.properties.get(_CONTENT_TYPE, "")
    try:
        payload = await wanted.body(message.payload, said, message.topic)
    except (RemoteProtocolError, Unsupported) as error:
        failed = {"status": error.status, "message": error.message, "hint": error.hint}
        return MessageRecord(**(fields() | failed), heard=message)
    properties = message.properties | ({_CONTENT_TYPE: wanted.media_type} if said else {})
    return MessageRecord(**fields(), heard=msgspec.structs.replace(message, payload=payload, properties=properties))


_CONTENT_TYPE = "content-type"


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
