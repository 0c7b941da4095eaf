"""An IMAP server of ours in memory, a client that says what it is told to, and a server that answers from a script."""

from __future__ import annotations

import asyncio
import re
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
from netloom.protocols.imap.client import Client
from netloom.serving import Serving
from netloom.wire.imap import framing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.records import AccessRecord

AUTHORITY = Authority.create()
PASSWORD = "can4ry-pa55"
ANN = Account(name="ann", password=Secret(PASSWORD), tokens=(Secret("can4ry-t0ken"),))
OPEN = "imap://127.0.0.1:0#tls=never,allow-plain-auth"
"""A server that takes passwords without TLS."""
LETTER = b"From: Bob <bob@example.org>\r\nSubject: November\r\nDate: Fri, 20 Nov 2026 22:00:00 +0000\r\n\r\nHello\r\n"
LIMIT = 1 << 24


class Raw:
    """One connection to a server, bare."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._count = 0

    async def send(self, data: bytes) -> None:
        await self.stream.write(data)

    async def hear(self) -> bytes:
        """A whole response with its literals."""
        parts = await self.stream.parse(lambda buffer: framing.parse_parts(buffer, LIMIT, spoken=True), LIMIT)
        return framing.join(parts)[:-2]

    async def until(self, tag: str) -> list[bytes]:
        """Responses up to a command's end."""
        lines = []
        while True:
            line = await self.hear()
            lines.append(line)
            if line.startswith(tag.encode() + b" "):
                return lines

    async def say(self, command: str | bytes) -> list[bytes]:
        """A command, and the responses to it; the last is `OK …`, without its tag."""
        self._count += 1
        tag = f"a{self._count}"
        await self.send(tag.encode() + b" " + (command.encode() if isinstance(command, str) else command) + b"\r\n")
        lines = await self.until(tag)
        lines[-1] = lines[-1].partition(b" ")[2]
        return lines

    async def end(self, command: str | bytes) -> bytes:
        """How a command ends."""
        return (await self.say(command))[-1]

    async def kinds(self, *asked: str) -> list[str]:
        """Commands one after the other, and how they end: OK, NO or BAD."""
        return [(await self.end(command)).partition(b" ")[0].decode() for command in asked]

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
        assert (await raw.hear()).startswith(b"* OK ")
        return raw

    async def ann(self, *commands: str) -> Raw:
        """A connection of ann's, after these commands."""
        raw = await self.raw()
        for command in (f"LOGIN ann {PASSWORD}", *commands):
            assert (await raw.end(command)).startswith(b"OK"), command
        return raw

    async def letters(self, *letters: bytes, folder: str = "INBOX") -> None:
        """Messages in a mailbox of ann's, received a day apart from 1 January 2026 on."""
        mailbox = await self.mail.folders("ann").open(folder)
        for number, data in enumerate(letters):
            await mailbox.append(data, received=1767225600 + number * 86400)

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
    """A script: the first is a greeting, each further one answers a line; TAG is the line's tag. Then it listens."""

    async def script(stream: Stream) -> None:
        for number, text in enumerate(said):
            tag = b"*"
            if number:
                tag = (await stream.read_line()).partition(b" ")[0]
            await stream.write(re.sub(rb"(?m)^TAG", tag, text))
        await stream.read()

    return script
