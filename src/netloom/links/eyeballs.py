"""Happy Eyeballs v2 (RFC 8305 §5): addresses are tried one after another without waiting for each to fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from netloom.errors import ConnectError, NetloomError, Status
from netloom.records import Address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from netloom.links.trace import Trace

A = TypeVar("A")
C = TypeVar("C")

DELAY = 0.25  # RFC 8305 §5: the recommended Connection Attempt Delay, in seconds


def race(
    addresses: Sequence[A],
    connect: Callable[[A], Awaitable[C]],
    discard: Callable[[C], None],
    trace: Trace,
    describe: Callable[[A], tuple[str, str, int]],
) -> Coroutine[Any, Any, C]:
    """The first connection that stands; every address that was tried goes into the trace with its fate.

    `describe` gives family, address and port. Raises the most telling of the errors where none stands.
    """
    if len(addresses) == 1:
        return _one(addresses[0], connect, trace, describe)
    return _race(addresses, connect, discard, trace, describe)


async def _race(
    addresses: Sequence[A],
    connect: Callable[[A], Awaitable[C]],
    discard: Callable[[C], None],
    trace: Trace,
    describe: Callable[[A], tuple[str, str, int]],
) -> C:
    winner: list[C] = []
    errors: list[NetloomError] = []
    over = False
    before = len(trace.addresses)

    async def attempt(address: A) -> None:
        try:
            connection = await _one(address, connect, trace, describe)
        except NetloomError as exc:
            errors.append(exc)
            return
        if winner or over:
            discard(connection)
        else:
            winner.append(connection)

    try:
        # Not a TaskGroup: as one ends by an error it may leave its task counted as cancelled (Python 3.11), and a
        # deadline that passes later would then be taken for somebody else's cancellation.
        waiting, running = list(addresses), set[asyncio.Task[None]]()
        try:
            while (waiting or running) and not winner:
                if waiting:
                    running.add(asyncio.create_task(attempt(waiting.pop(0))))
                # The next begins when one has failed or `DELAY` is over.
                done, running = await asyncio.wait(
                    running, timeout=DELAY if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        finally:
            over = True
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running)
    except BaseException:
        for connection in winner:
            discard(connection)
        raise
    finally:  # in the order in which they were begun, not in which they ended
        order = {describe(address)[1:]: number for number, address in enumerate(addresses)}
        trace.addresses[before:] = sorted(trace.addresses[before:], key=lambda one: order[one.address, one.port])
    if winner:
        return winner[0]
    raise next(
        (e for e in errors if e.status is Status.REFUSED),
        errors[0] if errors else ConnectError("there is no address to try"),
    )


async def _one(
    address: A, connect: Callable[[A], Awaitable[C]], trace: Trace, describe: Callable[[A], tuple[str, str, int]]
) -> C:
    family, shown, port = describe(address)
    started = trace.clock()
    fate, message = Status.TIMEOUT, "not finished when the attempt ended"
    try:
        connection = await connect(address)
        fate, message = Status.SUCCESS, ""
        return connection
    except NetloomError as exc:
        fate, message = exc.status, exc.message
        raise
    finally:
        trace.addresses.append(
            Address(
                address=shown, port=port, family=family, fate=fate, duration=trace.clock() - started, message=message
            )
        )
