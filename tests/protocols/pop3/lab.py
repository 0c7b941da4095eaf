"""A POP3 server of ours in memory, a client that says what it is told to, and a server that answers from a script."""

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
from netloom.protocols.pop3.client import Client
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.records import AccessRecord

AUTHORITY = Authority.create()
PASSWORD = "can4ry-pa55"
ANN = Account(name="ann", password=Secret(PASSWORD), tokens=(Secret("can4ry-t0ken"),))
OPEN = "pop3://127.0.0.1:0#tls=never,allow-plain-auth"
"""A server that takes passwords without TLS."""
LETTER = b"From: Bob <bob@example.org>\r\nSubject: November\r\nDate: Fri, 20 Nov 2026 22:00:00 +0000\r\n\r\nHello\r\n"


class Raw:
    """One connection to a server, bare."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    async def send(self, data: bytes) -> None:
        await self.stream.write(data)

    async def hear(self) -> bytes:
        """A line without its end."""
        return (await self.stream.read_until(b"\r\n"))[:-2]

    async def say(self, command: str) -> bytes:
        """A command, and the line that answers it."""
        await self.send(command.encode() + b"\r\n")
        return await self.hear()

    async def lines(self, command: str) -> list[bytes]:
        """A command that is answered positively, and the lines that follow."""
        assert (await self.say(command)).startswith(b"+OK")
        found = []
        while (line := await self.hear()) != b".":
            found.append(line.removeprefix(b"."))
        return found

    async def kinds(self, *asked: str) -> list[bool]:
        """Commands one after the other, and whether they are answered positively."""
        return [(await self.say(command)).startswith(b"+OK") for command in asked]

    async def rest(self) -> bytes:
        """All that the server says until it ends the connection."""
        return b"".join([chunk async for chunk in self.stream.chunks()])


class Lab:
    """`async with Lab(…) as lab`: a server in memory with one endpoint, and ann's account."""

    def __init__(
        self, url: str = OPEN, *accounts: Account, mail: Mail | None = None, network: MemoryNetwork | None = None
    ) -> None:
        self.network = network or MemoryNetwork()
        self.mail = mail if mail is not None else Mail()
        self.access: list[AccessRecord] = []
        self.serving = Serving(
            [Endpoint.parse(url)],
            [self.mail],
            Accounts(accounts or (ANN,)),
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

    async def raw(self) -> Raw:
        """A connection, after the greeting."""
        raw = Raw(await connect(self.network, self.port))
        assert (await raw.hear()).startswith(b"+OK ")
        return raw

    async def ann(self, *commands: str) -> Raw:
        """A connection of ann's, after these commands."""
        raw = await self.raw()
        for command in ("USER ann", f"PASS {PASSWORD}", *commands):
            assert (await raw.say(command)).startswith(b"+OK"), command
        return raw

    async def letters(self, *letters: bytes) -> None:
        """Messages in ann's INBOX."""
        for data in letters:
            await self.mail.mailbox("ann").append(data)

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
    """`async with Scripted(network, script) as port`: a server that does what a function says, for one connection."""

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


def answers(*said: bytes) -> Callable[[Stream], Awaitable[None]]:
    """A script: the first is a greeting, each further one answers a line. Then it listens."""

    async def script(stream: Stream) -> None:
        for number, text in enumerate(said):
            if number:
                await stream.read_line()
            await stream.write(text)
        await stream.read()

    return script
