"""List: what there is at an endpoint, entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.endpoint import Endpoint
from netloom.records import EntryRecord
from netloom.requests import Talk
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(Talk, frozen=True, kw_only=True):
    """What to list."""

    targets: Annotated[list[Endpoint], Meta(min_length=1, description="what to list", extra={"metavar": "ENDPOINT"})]


async def run(request: Request, toolbox: Toolbox) -> None:
    """List each target; after its entries comes a record without one, which tells how it ended."""
    targets = [request.aim(target) for target in request.targets]
    for target in targets:
        toolbox.check(target, "list")
    for target in targets:
        attempt = toolbox.attempt(target, request.deadline, request.record)
        async with attempt:
            async for entry in attempt.client.list(target.path):
                attempt.answered()
                await toolbox.emit(EntryRecord(**attempt.progress(), entry=entry))
        await toolbox.emit(EntryRecord(**attempt.outcome()))


OPERATION = Operation(
    name="list",
    group="talk",
    summary="list what there is at an endpoint",
    example="netloom list http://127.0.0.1:8080/",
    request=Request,
    record=EntryRecord,
    run=run,
    verb="list",
)
