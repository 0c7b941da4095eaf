"""Servers of ours in memory, and clients of any protocol that reach them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.trace import Trace
from netloom.options import split
from netloom.registry import load, settle
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from netloom.records import AccessRecord
    from netloom.shapes import Reply

HANG = 20.0
"""Seconds after which a test hangs, however slow the machine is."""
QUIET = "config=none,agent=none,hostkey=no"
"""Options with which an SSH client looks at nothing of its user's own."""


class Places:
    """Servers, one for each URL, and what they reported."""

    def __init__(self, serving: Serving, network: MemoryNetwork, reports: list[AccessRecord]) -> None:
        self.serving = serving
        self.network = network
        self.reports = reports
        self._clients: list[tuple[Any, Dialler]] = []

    def url(self, scheme: str, path: str = "", *, user: str = "", options: str = "") -> Endpoint:
        """The endpoint of the server that speaks a scheme."""
        real = next(one for one in self.serving.endpoints if one.scheme == scheme)
        told = ",".join(part for part in (QUIET if real.scheme in ("ssh", "sftp", "netconf") else "", options) if part)
        return Endpoint.parse(
            f"{scheme}://{f'{user}@' if user else ''}{real.authority}{path}{f'#{told}' if told else ''}"
        )

    def client(self, scheme: str, path: str = "", *, user: str = "", options: str = "") -> Any:
        """A client of it."""
        declared, _, place = settle(self.url(scheme, path, user=user, options=options))
        kind = load(declared, "client")
        link, own = split(place, kind.Options)
        dialler = Dialler(self.network, place, link, Trace(self.network.clock))
        made = kind(dialler, place, own)
        self._clients.append((made, dialler))
        return made

    def said(self, verb: str) -> list[tuple[str, str, str]]:
        """User, target and status of what was reported under a verb."""
        return [(report.user, report.target, report.status) for report in self.reports if report.verb == verb]

    async def close(self) -> None:
        for client, dialler in self._clients:
            await client.close()
            await dialler.close()


@contextlib.asynccontextmanager
async def places(
    *urls: str, contents: Sequence[Any] = (), accounts: Sequence[str] | Accounts = ()
) -> AsyncIterator[Places]:
    """Servers at URLs such as `telnet://127.0.0.1:0`; SSH's have a host key of their own."""
    network = MemoryNetwork()
    reports: list[AccessRecord] = []
    known = accounts if isinstance(accounts, Accounts) else Accounts.from_texts(accounts)
    wanted = [Endpoint.parse(url) for url in urls]
    serving = Serving(wanted, contents, known, network=network, report=reports.append)
    async with asyncio.timeout(HANG), serving:
        made = Places(serving, network, reports)
        try:
            yield made
        finally:
            await made.close()


async def body(reply: Reply) -> bytes:
    """A reply's body, whole."""
    return b"".join([chunk async for chunk in reply.chunks()])


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    """A body in so many pieces."""
    for chunk in chunks:
        yield chunk
