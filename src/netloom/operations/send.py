"""Send: give a message to an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.endpoint import Endpoint
from netloom.records import Message, ReplyRecord
from netloom.requests import As, From, Talk, conversion
from netloom.shapes import Operation
from netloom.sinks import MemorySink
from netloom.sources import payload_of

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """Whom to send what."""

    target: Annotated[Endpoint, Meta(description="whom to send it", extra={"metavar": "ENDPOINT"})]
    message: Annotated[
        str, Meta(description="the text (@FILE: a file's bytes, -: standard input)", extra={"metavar": "MESSAGE"})
    ] = "-"
    topic: Annotated[str, Meta(description="topic, channel or recipient, where the endpoint doesn't name it")] = ""
    retain: Annotated[bool, Meta(description="ask the other side to keep the message for those who come later")] = False
    as_: As = ""
    from_: From = ""


async def run(request: Request, toolbox: Toolbox) -> None:
    """Send one message."""
    target = request.aim(request.target)
    toolbox.check(target, "send")
    wanted = conversion(request.as_, request.from_)
    payload = await payload_of(request.message, wanted)
    message = Message(topic=request.topic, payload=payload, retain=request.retain)
    attempt = toolbox.attempt(target, request.deadline, request.record)
    if wanted is not None:
        wanted.tell(attempt.client)
    sink = MemorySink()
    async with attempt:
        await attempt.reply(await attempt.client.send(message), sink)
    await toolbox.emit(attempt.reply_record(sink))


OPERATION = Operation(
    name="send",
    group="talk",
    summary="give a message to an endpoint",
    example="netloom send tcp://127.0.0.1:7 hello -O reply=some",
    request=Request,
    record=ReplyRecord,
    run=run,
    verb="send",
)
