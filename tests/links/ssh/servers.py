"""Servers of ours in memory, and diallers that reach them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from netloom.accounts import Account, Accounts
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.ssh.client import Connection, connect
from netloom.links.ssh.options import SSHOptions
from netloom.links.trace import Trace
from netloom.options import split
from netloom.registry import settle
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.links.stream import Stream
    from netloom.records import AccessRecord

HANG = 20.0
"""Seconds after which a test hangs, however slow the machine is."""


class Place:
    """A server in memory: where it is, what it reported, and ways to reach it."""

    def __init__(self, network: MemoryNetwork, endpoint: Endpoint, reports: list[AccessRecord]) -> None:
        self.network = network
        self.endpoint = endpoint
        self.reports = reports
        self._dials: list[Dialler] = []

    def url(self, user: str = "", options: str = "hostkey=no,config=none,agent=none") -> Endpoint:
        """Its endpoint with `user:password@` and options."""
        who = f"{user}@" if user else ""
        return Endpoint.parse(f"{self.endpoint.scheme}://{who}{self.endpoint.authority}#{options}")

    def dial(self, endpoint: Endpoint, kind: type[Any] = SSHOptions) -> tuple[Dialler, Endpoint, Any]:
        """A dialler for an endpoint, the endpoint with its port, and its own options."""
        place = settle(endpoint)[2]
        link, own = split(place, kind)
        dial = Dialler(self.network, place, link, Trace(self.network.clock))
        self._dials.append(dial)
        return dial, place, own

    async def connect(self, user: str = "", options: str = "hostkey=no,config=none,agent=none") -> Connection:
        """Logged in."""
        return await connect(*self.dial(self.url(user, options)))

    async def close(self) -> None:
        for dial in self._dials:
            await dial.close()

    def said(self, verb: str) -> list[tuple[str, str, str]]:
        """User, target and status of what was reported under a verb."""
        return [(report.user, report.target, report.status) for report in self.reports if report.verb == verb]


@contextlib.asynccontextmanager
async def served(
    *accounts: Account, options: str = "host_key=none", anonymous: bool = True, network: MemoryNetwork | None = None
) -> AsyncIterator[Place]:
    """A server with a simulated shell."""
    network = network or MemoryNetwork()
    reports: list[AccessRecord] = []
    who = Accounts(accounts) if anonymous else Accounts(accounts, anonymous=frozenset())
    wanted = [Endpoint.parse(f"ssh://127.0.0.1:0#{options}")]
    async with asyncio.timeout(HANG), Serving(wanted, accounts=who, network=network, report=reports.append) as serving:
        place = Place(network, serving.endpoint, reports)
        try:
            yield place
        finally:
            await place.close()


@contextlib.asynccontextmanager
async def spoken(
    handler: Callable[[Stream], Awaitable[None]], network: MemoryNetwork | None = None
) -> AsyncIterator[Place]:
    """A server that says whatever it likes."""
    network = network or MemoryNetwork()

    async def handle(link: Stream) -> None:
        await handler(link)

    wanted = [Endpoint.parse("tcp://127.0.0.1:0")]
    async with asyncio.timeout(HANG), Serving(wanted, [Handler(handle)], network=network) as serving:
        place = Place(network, serving.endpoint.replace(scheme="ssh"), [])
        try:
            yield place
        finally:
            await place.close()
