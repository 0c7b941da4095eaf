"""Get: what stands at an endpoint, as a body or as a value."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.records import ReplyRecord
from netloom.requests import As, From, Talk, conversion
from netloom.shapes import Operation
from netloom.sinks import MemorySink, sink_for
from netloom.sweep import sweep

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """What to get, and where to put it."""

    targets: Annotated[list[Endpoint], Meta(min_length=1, description="what to get", extra={"metavar": "ENDPOINT"})]
    save: Annotated[
        str,
        Meta(
            description="write the body to a file or into a folder (-: standard output)",
            extra={"short": "-s", "metavar": "FILE"},
        ),
    ] = ""
    resume: Annotated[bool, Meta(description="go on where an earlier, broken download of the same file stopped")] = (
        False
    )
    as_: As = ""
    from_: From = ""
    concurrency: Annotated[int, Meta(ge=1, le=1000, description="targets at once")] = 10


async def run(request: Request, toolbox: Toolbox) -> None:
    """Get each target."""
    targets = [request.aim(target) for target in request.targets]
    wanted = conversion(request.as_, request.from_)
    if wanted is not None and request.resume:
        raise UsageError("--resume goes on with a body as it comes, which --as converts: one of them")
    for target in targets:
        toolbox.check(target, "get")

    async def one(target: Endpoint) -> None:
        attempt = toolbox.attempt(target, request.deadline, request.record)
        sink = sink_for(request.save, target, resume=request.resume, suffix=wanted.suffix if wanted else "")
        sink.prepare(attempt.client)
        taken = sink if wanted is None else MemorySink(hint="without --as it can be saved to a file")
        try:
            async with attempt:
                await attempt.reply(await attempt.client.get(target.path), taken)
        except asyncio.CancelledError:
            if sink.kept:
                toolbox.tell(sink.kept)
            raise
        record = attempt.reply_record(taken)
        if wanted is not None:
            record = await wanted.record(record, sink, target.path)
        await toolbox.emit(msgspec.structs.replace(record, hint=sink.kept) if sink.kept else record)

    await sweep(targets, one, toolbox, concurrency=request.concurrency)


OPERATION = Operation(
    name="get",
    group="talk",
    summary="get what stands at an endpoint",
    example="netloom get https://example.com",
    request=Request,
    record=ReplyRecord,
    run=run,
    verb="get",
)
