"""An FTP server of ours in memory, a client that says what it is told to, and a server that answers from a script."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Self

from netloom.accounts import Account, Accounts, Right
from netloom.contents.files import Files
from netloom.endpoint import Endpoint, Secret
from netloom.links.authority import Authority
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.tls import ClientTLS, secure
from netloom.links.trace import Trace
from netloom.options import split
from netloom.protocols.ftp.client import Client
from netloom.serving import Serving
from netloom.wire.ftp import addresses, replies
from tests.security.house import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from netloom.records import AccessRecord
    from netloom.wire.ftp.replies import Reply

AUTHORITY = Authority.create()
PASSWORD = "can4ry-pa55"
ANN = Account(name="ann", password=Secret(PASSWORD))
BOB = Account(name="bob", password=Secret("b0b"), rights=frozenset({Right.READ}))
HELLO = b"Hello from the loom.\n"
BIG = bytes(range(256)) * 4096
TREE = {"hello.txt": HELLO, "big.bin": BIG, "sub/a.txt": b"a\nb\n", "sub/deep/b.txt": b"", "grüße.txt": b"hallo"}
PLAIN = "ftp://127.0.0.1:0#tls=never"
"""A server that offers no TLS."""


class Raw:
    """One dialogue with a server, bare."""

    def __init__(self, network: MemoryNetwork, stream: Stream) -> None:
        self.network = network
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

    async def login(self, user: str = "ann", password: str = PASSWORD) -> None:
        assert (await self.say(f"USER {user}")).code == 331
        assert (await self.say(f"PASS {password}")).code == 230
        assert (await self.say("TYPE I")).code == 200

    async def passive(self) -> Stream:
        """A data connection, by EPSV."""
        reply = await self.say("EPSV")
        assert reply.code == 229, reply
        return await connect(self.network, addresses.parse_extended_passive(reply.text))

    async def get(self, command: str) -> tuple[list[int], bytes]:
        """A transfer to here: the replies' codes and what came."""
        data = await self.passive()
        codes = [(await self.say(command)).code]
        said = b""
        if codes[0] < 200:
            said = b"".join([chunk async for chunk in data])
            codes.append((await self.reply()).code)
        data.abort()
        return codes, said

    async def put(self, command: str, data: bytes) -> list[int]:
        """A transfer to there."""
        link = await self.passive()
        codes = [(await self.say(command)).code]
        if codes[0] < 200:
            await link.write(data)
            await link.close()
            codes.append((await self.reply()).code)
        link.abort()
        return codes

    async def secure(self) -> None:
        """AUTH TLS, without looking at the certificate."""
        assert (await self.say("AUTH TLS")).code == 234
        await secure(self.stream, "localhost", ClientTLS(verify=False))

    async def rest(self) -> bytes:
        """All that the server says until it ends the connection."""
        return b"".join([chunk async for chunk in self.stream.chunks()])


class Lab:
    """`async with Lab(…) as lab`: a server in memory with one endpoint; with `stranger`, clients come from there."""

    def __init__(
        self,
        url: str = PLAIN,
        *accounts: Account,
        files: Mapping[str, bytes] = TREE,
        content: Files | None = None,
        stranger: str = "",
    ) -> None:
        self.network: MemoryNetwork = Wire(stranger) if stranger else MemoryNetwork()
        self.files = content if content is not None else Files(files=dict(files))
        self.access: list[AccessRecord] = []
        self.serving = Serving(
            [Endpoint.parse(url)],
            [self.files],
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
        """A dialogue, after the greeting."""
        raw = Raw(self.network, await connect(self.network, self.port))
        if greeted:
            assert (await raw.reply()).code == 220
        return raw

    async def anybody(self) -> Raw:
        """A dialogue of somebody who has no account."""
        raw = await self.raw()
        await raw.login("anonymous", "me@")
        return raw

    async def ann(self) -> Raw:
        """A dialogue of somebody who may write."""
        raw = await self.raw()
        await raw.login()
        return raw

    async def read(self, path: str) -> bytes:
        """What stands there now."""
        return b"".join([chunk async for chunk in self.files.read(path)])

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


@contextlib.asynccontextmanager
async def speaking(lab: Lab, url: str) -> AsyncIterator[Client]:
    """A client of ours, which says goodbye."""
    made, dial = lab.client(url)
    try:
        yield made
        await made.close()
    finally:
        await dial.close()


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


class Scripted:
    """`async with Scripted(script) as port`: a server in memory that does what a function says, for one connection.

    The script gets the stream, and `data()`, which listens for a data connection and gives its port and its stream.
    """

    def __init__(self, network: MemoryNetwork, script: Callable[[Stream], Awaitable[None]]) -> None:
        self.network = network
        self.script = script

    async def __aenter__(self) -> int:
        port, coming = await listening(self.network)

        async def work() -> None:
            await self.script(await coming)

        self._task = asyncio.ensure_future(work())
        return port

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()


class _Accepted(Stream):
    """A server's stream, given to whoever waits for it."""

    def __init__(self, waiting: asyncio.Future[Stream]) -> None:
        super().__init__(asyncio.get_running_loop())
        self._told = waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._told.done():
            self._told.set_result(self)


async def listening(network: MemoryNetwork) -> tuple[int, asyncio.Future[Stream]]:
    """A port, and the first who comes there."""
    waiting: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
    found = await network.listen((socket.AF_INET, ("127.0.0.1", 0)), lambda: _Accepted(waiting), LinkOptions())
    return int(found.address[1][1]), waiting


async def converse(stream: Stream, *said: str) -> None:
    """The first is a greeting, each further one answers a line; an empty one takes a line and says nothing."""
    for number, text in enumerate(said):
        if number:
            await stream.read_line()
        if text:
            await stream.write(text.replace("\n", "\r\n").encode() + b"\r\n")
