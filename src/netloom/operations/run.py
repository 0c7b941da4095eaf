"""Run: have a command carried out at an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.records import ReplyRecord
from netloom.requests import Talk
from netloom.shapes import Operation
from netloom.sinks import MemorySink
from netloom.sweep import sweep

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """Where to run what."""

    target: Annotated[Endpoint, Meta(description="where to run it", extra={"metavar": "ENDPOINT"})]
    command: Annotated[str, Meta(min_length=1, description="the command", extra={"metavar": "COMMAND"})]
    on: Annotated[list[Endpoint], Meta(description="run it there as well", extra={"metavar": "ENDPOINT"})] = (
        msgspec.field(default_factory=list)
    )
    concurrency: Annotated[int, Meta(ge=1, le=1000, description="endpoints at once")] = 10


async def run(request: Request, toolbox: Toolbox) -> None:
    """Run the command at each endpoint; an exit status other than 0 is a failure."""
    targets = [request.aim(target) for target in [request.target, *request.on]]
    for target in targets:
        toolbox.check(target, "run")

    async def one(target: Endpoint) -> None:
        attempt = toolbox.attempt(target, request.deadline, request.record)
        sink = MemorySink()
        async with attempt:
            await attempt.reply(await attempt.client.run(request.command), sink)
        record = attempt.reply_record(sink)
        if record.status is Status.SUCCESS and record.exit_status:
            record = msgspec.structs.replace(
                record,
                status=Status.REFUSED_BY_PEER,
                message=f"the command ended with exit status {record.exit_status}",
            )
        await toolbox.emit(record)

    await sweep(targets, one, toolbox, concurrency=request.concurrency)


OPERATION = Operation(
    name="run",
    group="automate",
    summary="run a command at an endpoint",
    example="netloom run ssh://ann@127.0.0.1:2222 'uname -a'",
    request=Request,
    record=ReplyRecord,
    run=run,
    verb="run",
)
