"""A collector of ours in memory, and what it heard."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.links.authority import Authority
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.contents.bus import Subscription
    from netloom.records import AccessRecord, Message

AUTHORITY = Authority.create()


class Lab:
    """`collector` is its port; `heard` waits for the next message."""

    def __init__(self, network: MemoryNetwork, port: int, messages: Subscription, access: list[AccessRecord]) -> None:
        self.network = network
        self.port = port
        self.access = access
        self.messages = messages

    async def heard(self) -> Message:
        async with asyncio.timeout(1000):
            return await anext(self.messages)

    async def raw(self) -> Stream:
        stream = Stream(asyncio.get_running_loop())
        await self.network.connect((socket.AF_INET, ("127.0.0.1", self.port)), lambda: stream, LinkOptions())
        return stream

    async def datagrams(self) -> Datagrams:
        link = Datagrams(asyncio.get_running_loop())
        link.peer = "the collector"
        place = (socket.AF_INET, ("127.0.0.1", self.port))
        await self.network.datagrams(place, None, lambda: link, LinkOptions())
        return link

    async def do(self, operation: str, *args: str, scheme: str = "syslog", path: str = "", **options: str) -> Any:
        chosen = ",".join(f"{name}={value}" for name, value in options.items())
        url = f"{scheme}://127.0.0.1:{self.port}{path}#{chosen}"
        return await record(self.network, operation, url, *args)


@contextlib.asynccontextmanager
async def collecting(
    scheme: str = "syslog", *, bus: Bus | None = None, accounts: tuple[str, ...] = (), **options: str
) -> AsyncIterator[Lab]:
    network = MemoryNetwork()
    bus = bus if bus is not None else Bus()
    access: list[AccessRecord] = []
    chosen = "".join(f",{name}={value}" for name, value in options.items())
    place = Endpoint.parse(f"{scheme}://127.0.0.1:0#family=4{chosen}")
    known = Accounts.from_texts(accounts)
    serving = Serving([place], [bus], known, network=network, report=access.append, authority=AUTHORITY)
    async with bus.subscribe("#") as messages, serving:
        yield Lab(network, serving.endpoint.port or 0, messages, access)
        await serving.stop(0.0)
        await asyncio.sleep(0)
