"""Put: store a body at an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.attempts import counted
from netloom.endpoint import Endpoint
from netloom.records import ReplyRecord
from netloom.requests import As, From, Talk, conversion
from netloom.shapes import Operation
from netloom.sinks import MemorySink
from netloom.sources import chunks_of, converted, size_of

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """Where to put what."""

    target: Annotated[Endpoint, Meta(description="where to put it", extra={"metavar": "ENDPOINT"})]
    source: Annotated[str, Meta(description="the file to put (-: standard input)", extra={"metavar": "FILE"})] = "-"
    as_: As = ""
    from_: From = ""


async def run(request: Request, toolbox: Toolbox) -> None:
    """Put one body."""
    target = request.aim(request.target)
    toolbox.check(target, "put")
    wanted = conversion(request.as_, request.from_)
    chunks, size = chunks_of(request.source), size_of(request.source)
    if wanted is not None:
        chunks, size = await converted(request.source, wanted)
    body = counted(chunks, toolbox.progress, total=size)
    attempt = toolbox.attempt(target, request.deadline, request.record)
    if wanted is not None:
        wanted.tell(attempt.client)
    sink = MemorySink()
    async with attempt:
        await attempt.reply(await attempt.client.put(target.path, body), sink)
    await toolbox.emit(attempt.reply_record(sink))


OPERATION = Operation(
    name="put",
    group="talk",
    summary="store a file at an endpoint",
    example="netloom put http://127.0.0.1:8080/report.pdf report.pdf",
    request=Request,
    record=ReplyRecord,
    run=run,
    verb="put",
)
