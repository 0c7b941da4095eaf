"""A house to be attacked: servers of ours in memory that tell what they were asked, peers that do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, Self

from netloom.accounts import Accounts
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import LocalProtocolError, Status, UsageError
from netloom.links.authority import Authority
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.serving import Serving
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.links.network import SockAddr, StreamFactory
    from netloom.records import AccessRecord

AUTHORITY = Authority.create("security tests")
STRANGER = "203.0.113.66"
"""An address of documentation (RFC 5737): somebody who isn't this machine."""
HANG = 30.0
"""Seconds after which a test on real sockets gives up hope; nothing is timed by it."""


class Wire(MemoryNetwork):
    """A network in memory that remembers every byte that clients write, before TLS is laid over it and after.

    With `stranger`, clients come from there and not from loopback.
    """

    def __init__(self, stranger: str = "") -> None:
        super().__init__()
        self.sent = bytearray()
        self.stranger = stranger

    async def connect(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> asyncio.Transport:
        accept = self.listeners.get(_place(address))
        if accept is None:
            return await super().connect(address, factory, options)
        return pair(factory(), _Listening(accept(), self.sent), self._own(address[0]), address)[0]

    def _own(self, family: Any) -> SockAddr:
        found = super()._own(family)
        if self.stranger and family == socket.AF_INET:
            return family, (self.stranger, found[1][1])
        return found


class _Listening(asyncio.Protocol):
    """Writes down what comes, and passes it on, whichever protocol is there by then."""

    def __init__(self, upper: asyncio.Protocol, heard: bytearray) -> None:
        self._upper = upper
        self._heard = heard

    def connection_made(self, transport: Any) -> None:
        transport.set_protocol = self._exchange
        self._upper.connection_made(transport)

    def _exchange(self, upper: asyncio.Protocol) -> None:
        self._upper = upper

    def data_received(self, data: bytes) -> None:
        self._heard += data
        self._upper.data_received(data)

    def eof_received(self) -> bool | None:
        return self._upper.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._upper.connection_lost(exc)

    def pause_writing(self) -> None:
        self._upper.pause_writing()

    def resume_writing(self) -> None:
        self._upper.resume_writing()


def _place(address: SockAddr) -> tuple[str, int]:
    family, place = address
    return (place, 0) if family == socket.AF_UNIX else (place[0], place[1])


class House:
    """`async with House("smtp://127.0.0.1:0", accounts=["ann:secret"]) as house`: one of our servers, in memory."""

    def __init__(
        self,
        url: str,
        *contents: Any,
        accounts: list[str] | Accounts = (),  # type: ignore[assignment]  # nobody
        network: MemoryNetwork | None = None,
    ) -> None:
        self.network = network if network is not None else Wire()
        self.access: list[AccessRecord] = []
        known = accounts if isinstance(accounts, Accounts) else Accounts.from_texts(accounts)
        self.serving = Serving(
            [Endpoint.parse(url)],
            contents,
            known,
            network=self.network,
            report=self.access.append,
            authority=AUTHORITY,
        )

    async def __aenter__(self) -> Self:
        await self.serving.start()
        self._streams: list[Stream] = []
        return self

    async def __aexit__(self, *_: object) -> None:
        for stream in self._streams:
            stream.abort()
        await self.serving.stop(0.0)
        await asyncio.sleep(0)

    @property
    def port(self) -> int:
        port = self.serving.endpoint.port
        assert port is not None
        return port

    @property
    def sent(self) -> bytes:
        """What clients of ours have written."""
        assert isinstance(self.network, Wire)
        return bytes(self.network.sent)

    async def raw(self) -> Stream:
        """A stream to it, for what no client of ours says."""
        stream = await connected(self.network, self.port)
        self._streams.append(stream)
        return stream

    def asked(self) -> list[str]:
        """Verbs and targets of what it was asked."""
        return [f"{one.verb} {one.target}".strip() for one in self.access]


async def connected(network: MemoryNetwork, port: int) -> Stream:
    """A bare stream to a port in memory."""
    stream = Stream(asyncio.get_running_loop())
    await network.connect((socket.AF_INET, ("127.0.0.1", port)), lambda: stream, LinkOptions())
    return stream


async def everything(stream: Stream) -> bytes:
    """All that a server says until it ends the connection, however it ends it."""
    heard = bytearray()
    with contextlib.suppress(Exception):
        async for chunk in stream.chunks():
            heard += chunk
    return bytes(heard)


@contextlib.asynccontextmanager
async def peer(
    handle: Callable[[Any], Awaitable[None]],
    scheme: str = "tcp",
    cert: str = "",
    network: MemoryNetwork | None = None,
) -> AsyncIterator[House]:
    """A server that does what a function does with each connection."""
    extra = f"#cert={cert}" if cert else ""

    async def attend(link: Any) -> None:
        await handle(link)

    async with House(f"{scheme}://127.0.0.1:0{extra}", Handler(attend), network=network) as house:
        yield house


async def refused(network: MemoryNetwork | None, operation: str, *args: Any, **fields: Any) -> str:
    """That an operation refuses its own arguments, and how it says so."""
    try:
        found = await record(network, operation, *args, **fields)
    except (UsageError, LocalProtocolError) as error:
        return error.message
    assert found.status is Status.INVALID_INPUT, f"{found.status}: {found.message}"
    return str(found.message)


def elapsed() -> float:
    """Seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()


__all__ = [
    "AUTHORITY", "HANG", "STRANGER", "House", "Wire", "connected", "elapsed", "everything", "peer", "record", "records",
    "refused",
]  # fmt: skip
