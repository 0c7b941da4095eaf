"""Matrix: which protocol meets which operation, and why not where they don't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

import msgspec
from msgspec import Meta

from netloom.endpoint import Endpoint
from netloom.records import Cell
from netloom.registry import load, operations, protocol, protocols
from netloom.shapes import VERBS, Operation, Protocol

if TYPE_CHECKING:
    from netloom.toolbox import Toolbox


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to show of it."""

    protocols: Annotated[
        list[str], Meta(description="show only these, with reasons", extra={"metavar": "PROTOCOL", "positional": True})
    ] = []


async def run(request: Request, toolbox: Toolbox) -> None:
    """Emit a cell for every protocol and every operation that aims at endpoints."""
    chosen = [protocol(name) for name in request.protocols] or protocols()
    for declared in chosen:
        for operation in aiming():
            reason = obstacle(declared, operation)
            await toolbox.emit(
                Cell(
                    protocol=declared.name,
                    operation=operation.name,
                    status="unsupported" if reason else "works",
                    reason=reason,
                )
            )


def aiming() -> list[Operation]:
    """The operations that are asked about endpoints: the six verbs first, in their own order."""
    return sorted((operation for operation in operations() if aims(operation)), key=_place)


def _place(operation: Operation) -> tuple[int, str]:
    return list(VERBS).index(operation.verb) if operation.verb in VERBS else len(VERBS), operation.name


def aims(operation: Operation) -> bool:
    """Whether an operation is asked about endpoints."""
    return any(_holds_endpoints(field.type) for field in msgspec.structs.fields(operation.request))


def _holds_endpoints(kind: Any) -> bool:
    return kind is Endpoint or any(_holds_endpoints(part) for part in get_args(kind))


def obstacle(declared: Protocol, operation: Operation) -> str:
    """Why a protocol and an operation don't meet; empty where they do."""
    if operation.obstacle is not None and (reason := operation.obstacle(declared)):
        return reason
    verb = operation.verb
    client = load(declared, "client")
    if not verb or hasattr(client, verb):
        return ""
    if verb == "listen" and "bus" in declared.contents:
        return ""  # it listens by binding: a server of ours hears what is said to it
    verbs = [name for name in VERBS if hasattr(client, name)]
    missing = verb if verb in VERBS else "channel that could be joined"
    return f"{declared.name} has no {missing}; it has {', '.join(verbs) or 'none of the verbs'}"


OPERATION = Operation(
    name="matrix",
    group="look",
    summary="which protocol can do what",
    example="netloom matrix",
    request=Request,
    record=Cell,
    run=run,
    offline=True,
)
