"""Relays for tests: in memory or on loopback, and what they have told."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from netloom.contents.echo import Echo
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.system import SystemNetwork
from netloom.relaying.relay import Relay, Relayed
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.network import Network

TARGET, PLACE = 7, 8
"""Ports in memory: of the target, and of the relay."""


def parsed(text: str) -> Endpoint:
    return Endpoint.parse(text)


async def dialled(network: MemoryNetwork, port: int = PLACE) -> Stream:
    """A plain connection in memory."""
    stream = Stream(asyncio.get_running_loop())
    await network.connect((socket.AF_INET, ("127.0.0.1", port)), lambda: stream, LinkOptions())
    return stream


@contextlib.asynccontextmanager
async def relay(
    listen: str, target: str | Endpoint, network: Network | None = None, **fields: Any
) -> AsyncIterator[tuple[Endpoint, list[Relayed]]]:
    """Where it listens, and the records of what is over."""
    told: list[Relayed] = []
    goes = target if isinstance(target, Endpoint) else parsed(target)
    made = Relay(parsed(listen), goes, network=network or SystemNetwork(), report=told.append, **fields)
    async with made:
        yield made.endpoint, told


@contextlib.asynccontextmanager
async def in_memory(handle: Any = None, **fields: Any) -> AsyncIterator[tuple[MemoryNetwork, list[Relayed]]]:
    """A relay to an echo, or to `handle`, of one connection each."""
    network = MemoryNetwork()
    content = Handler(handle) if handle is not None else Echo()
    async with (
        Serving([parsed(f"tcp://127.0.0.1:{TARGET}")], [content], network=network),
        relay(f"tcp://127.0.0.1:{PLACE}", f"tcp://127.0.0.1:{TARGET}", network, **fields) as (_, told),
    ):
        yield network, told


async def until(told: list[Any], count: int = 1) -> None:
    """Until so many connections are over."""
    async with asyncio.timeout(20):
        while len(told) < count:  # noqa: ASYNC110  # a list has nobody to tell
            await asyncio.sleep(0.005)
