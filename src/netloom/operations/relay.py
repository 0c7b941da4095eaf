"""Relay: carry what comes to one endpoint on to another, break it on purpose, and keep a recording of it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.records import ServingRecord
from netloom.relaying import DEADLINE, Relay, Relayed
from netloom.requests import Recorded, pairs
from netloom.shapes import Operation

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox

BACKLOG = 4096
"""Records that may wait for a slow reader; the oldest give way beyond."""


class Request(Recorded, frozen=True, kw_only=True):
    """From where to where. What is said beside endpoints holds for both of a pair, but faults for where it listens."""

    targets: Annotated[
        list[Endpoint],
        Meta(
            min_length=2,
            description="where to listen and where it goes on to, pair by pair",
            extra={"metavar": "LISTEN TARGET"},
        ),
    ]
    sni: Annotated[
        list[str],
        Meta(
            description="TLS that passes through: another target for a server name that is asked for",
            extra={"metavar": "NAME=ENDPOINT"},
        ),
    ] = msgspec.field(default_factory=list)
    deadline: Annotated[
        float, Meta(gt=0, le=31_622_400, description="seconds to reach the target", extra={"metavar": "SECONDS"})
    ] = DEADLINE


async def run(request: Request, toolbox: Toolbox) -> None:
    """Relay until stopped. Each pair is announced when it listens, each connection when it is over."""
    seen: asyncio.Queue[Relayed] = asyncio.Queue(BACKLOG)

    def report(record: Relayed) -> None:
        if seen.full():
            seen.get_nowait()
        seen.put_nowait(record)

    recording = toolbox.recording(request.record) if request.record else None
    names = _names(request)
    relays = [
        Relay(
            request.aim(listen),
            _unbroken(request, target),
            names=names,
            network=toolbox.network,
            recording=recording,
            report=report,
            deadline=request.deadline,
        )
        for listen, target in _paired(request.targets)
    ]
    async with contextlib.AsyncExitStack() as stack:
        for relay in relays:
            await stack.enter_async_context(relay)
            for record in relay.serving.records:
                await toolbox.emit(record)
        while True:
            await toolbox.emit(await seen.get())


def _paired(targets: list[Endpoint]) -> list[tuple[Endpoint, Endpoint]]:
    """Raises UsageError where one is left over."""
    if len(targets) % 2:
        raise UsageError(
            f"{targets[-1]} has nowhere to go on to: endpoints come in pairs", hint="netloom relay LISTEN TARGET …"
        )
    return list(zip(targets[::2], targets[1::2], strict=True))


def _names(request: Request) -> dict[str, Endpoint]:
    made = {}
    for text in request.sni:
        name, equals, place = text.partition("=")
        if not name or not equals:
            raise UsageError(
                f"--sni takes NAME=ENDPOINT, not {text!r}", hint="--sni www.example.org=tcp://10.0.0.7:443"
            )
        made[name] = _unbroken(request, Endpoint.parse(place))
    return made


def _unbroken(request: Request, target: Endpoint) -> Endpoint:
    """A target with the options that were given beside it. What breaks traffic does so once, where it comes in."""
    given = [(name, value) for name, value in pairs(request.options) if name != "fault"]
    return target.with_options(given) if given else target


OPERATION = Operation(
    name="relay",
    group="serve",
    summary="carry connections from one endpoint on to another, with faults and recordings",
    example="netloom relay tcp://:8080 http://127.0.0.1:80 --fault latency:200ms --record talk.pcapng",
    request=Request,
    record=ServingRecord | Relayed,
    run=run,
)
