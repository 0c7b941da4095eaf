"""Watch: rings read in an event loop, without ever holding it up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from netloom.packet.frame import Frame
    from netloom.packet.live.ring import Ring

TURN = 64
"""Packets after which others have their turn."""


async def frames(rings: Sequence[Ring], seconds: float = 0.0) -> AsyncGenerator[tuple[Ring, Frame], None]:
    """Each frame as it comes, and whose it is, until so many seconds are over (0: for ever).

    Whoever reads slowly leaves frames in the ring; what has no room there is counted as dropped. Raises NetworkError
    where an interface is gone.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds if seconds else None
    given = 0
    while True:
        for ring in rings:
            for block, packets in ring.blocks():
                for frame in ring.frames(block, packets):
                    if until is not None and loop.time() >= until:
                        return
                    yield ring, frame
                    given += 1
                    if given % TURN == 0:
                        await asyncio.sleep(0)
        left = None if until is None else until - loop.time()
        if left is not None and left <= 0:
            return
        await _until_one_is_ready(rings, left)


async def _until_one_is_ready(rings: Sequence[Ring], seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    for ring in rings:
        loop.add_reader(ring.fileno(), ready.set)
    try:
        async with asyncio.timeout(seconds):
            await ready.wait()
    except TimeoutError:
        return
    finally:
        for ring in rings:
            loop.remove_reader(ring.fileno())
    for ring in rings:
        ring.check()
