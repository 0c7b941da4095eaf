"""A mail server of ours in memory, a client that says what it is told to, and a server that answers from a script."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Self

from netloom.accounts import Account, Accounts
from netloom.contents.mail import Mail
from netloom.endpoint import Endpoint, Secret
from netloom.links.authority import Authority
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.trace import Trace
from netloom.options import split
from netloom.protocols.smtp.client import Client
from netloom.serving import Serving
from netloom.wire.smtp import replies

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.records import AccessRecord
    from netloom.wire.smtp.replies import Reply

AUTHORITY = Authority.create()
ANN = Account(name="ann", password=Secret("can4ry-pa55"), tokens=(Secret("can4ry-t0ken"),))


class Raw:
    """One connection to a server, bare."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    async def send(self, data: bytes) -> None:
        await self.stream.write(data)

    async def reply(self) -> Reply:
        return await self.stream.parse(replies.parse)

    async def say(self, line: str) -> Reply:
        """A command, and the reply to it."""
        await self.send(line.encode() + b"\r\n")
        return await self.reply()

    async def codes(self, *lines: str) -> list[int]:
        """Commands one after the other, and their replies' codes."""
        return [(await self.say(line)).code for line in lines]

    async def rest(self) -> bytes:
        """All that the server says until it ends the connection."""
        return b"".join([chunk async for chunk in self.stream.chunks()])


PLAIN = "smtp://127.0.0.1:0#tls=never"
"""A server that offers no STARTTLS."""


class Lab:
    """`async with Lab(…) as lab`: a server in memory with one endpoint."""

    def __init__(self, url: str = PLAIN, *accounts: Account, mail: Mail | None = None) -> None:
        self.network = MemoryNetwork()
        self.mail = mail if mail is not None else Mail()
        self.access: list[AccessRecord] = []
        self.serving = Serving(
            [Endpoint.parse(url)],
            [self.mail],
            Accounts(accounts),
            network=self.network,
            report=self.access.append,
            authority=AUTHORITY,
        )

    async def __aenter__(self) -> Self:
        await self.serving.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.serving.stop(0.0)

    @property
    def port(self) -> int:
        port = self.serving.endpoint.port
        assert port is not None
        return port

    async def raw(self, *, greeted: bool = True) -> Raw:
        """A connection, after the greeting."""
        raw = Raw(await connect(self.network, self.port))
        if greeted:
            assert (await raw.reply()).code == 220
        return raw

    def client(self, url: str) -> tuple[Client, Dialler]:
        """A client of ours for `url`, whose port is filled in."""
        return client(self.network, url.replace("PORT", str(self.port)))


async def connect(network: MemoryNetwork, port: int) -> Stream:
    stream = Stream(asyncio.get_running_loop())
    await network.connect((socket.AF_INET, ("127.0.0.1", port)), lambda: stream, LinkOptions())
    return stream


def client(network: MemoryNetwork, url: str) -> tuple[Client, Dialler]:
    endpoint = Endpoint.parse(url)
    link_options, own = split(endpoint, Client.Options)
    dial = Dialler(network, endpoint, link_options, Trace(network.clock))
    return Client(dial, endpoint, own), dial


class Accepted(Stream):
    """A server's stream, given to whoever waits for it."""

    def __init__(self, waiting: asyncio.Future[Stream]) -> None:
        super().__init__(asyncio.get_running_loop())
        self._told = waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._told.set_result(self)


class Scripted:
    """`async with Scripted(script) as port`: a server in memory that does what a function says, for one connection."""

    def __init__(self, network: MemoryNetwork, script: Callable[[Stream], Awaitable[None]]) -> None:
        self.network = network
        self.script = script

    async def __aenter__(self) -> int:
        waiting: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        listening = await self.network.listen(
            (socket.AF_INET, ("127.0.0.1", 0)), lambda: Accepted(waiting), LinkOptions()
        )

        async def work() -> None:
            await self.script(await waiting)

        self._task = asyncio.ensure_future(work())
        return int(listening.address[1][1])

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})


async def converse(stream: Stream, *said: str) -> None:
    """The first is a greeting, each further one answers a line."""
    for number, text in enumerate(said):
        if number:
            await stream.read_line()
        await stream.write(text.replace("\n", "\r\n").encode() + b"\r\n")


def answers(*said: str) -> Callable[[Stream], Awaitable[None]]:
    """A script that converses, and then listens."""

    async def script(stream: Stream) -> None:
        await converse(stream, *said)
        await stream.read()

    return script
