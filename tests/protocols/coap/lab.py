"""A small world for CoAP: a network in memory on a virtual clock, servers of ours, and others that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.contents.registers import Register, Registers
from netloom.endpoint import Endpoint
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.coap import codes, uri
from netloom.wire.coap.message import Message, emit, parse, sorted_options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord

WHERE = "127.0.0.1:5683"


def place(path: str = "") -> str:
    return f"coap://{WHERE}{path}"


def large(size: int = 5000) -> Registers:
    """A device with a long text and a number."""
    return Registers(
        [
            (
                Register(name="text", kind="text", writable=True, path="text"),
                "".join(chr(97 + n % 26) for n in range(size)),
            ),
            (Register(name="pages", kind="text", path="text/of/many/pages"), "x" * size),
            (Register(name="number", kind="int", writable=True, path="n", minimum=0), 1),
        ]
    )


@contextlib.asynccontextmanager
async def served(
    content: Any = None,
    *,
    options: str = "",
    accounts: tuple[str, ...] = (),
    network: MemoryNetwork | None = None,
    seen: list[AccessRecord] | None = None,
) -> AsyncIterator[MemoryNetwork]:
    """A server of ours, and the network that it is in."""
    network = network if network is not None else MemoryNetwork()
    async with Serving(
        [Endpoint.parse(place() + (f"#{options}" if options else ""))],
        [content if content is not None else Registers()],
        Accounts.from_texts(accounts),
        network=network,
        report=seen.append if seen is not None else None,
    ):
        yield network


class Peer:
    """A bare socket to the server; what is said is a message, or octets as they are."""

    def __init__(self, link: Datagrams) -> None:
        self.link = link
        self.last = 0x1000

    def say(self, said: Message | bytes) -> None:
        self.link.transport.sendto(said if isinstance(said, bytes) else emit(said))

    async def heard(self, seconds: float = 0.01) -> list[Message]:
        """All that has come, after so many seconds."""
        return [parse(data) for data in await self.octets(seconds)]

    async def octets(self, seconds: float = 0.01) -> list[bytes]:
        await asyncio.sleep(seconds)
        found = [data for data, _ in self.link._queue]
        self.link._queue.clear()
        return found

    async def ask(self, message: Message | bytes) -> Message:
        """The one answer."""
        self.say(message)
        (found,) = await self.heard()
        return found

    def request(
        self,
        path: str = "",
        code: int = codes.GET,
        *options: tuple[int, bytes],
        payload: bytes = b"",
        token: bytes = b"tokn",
        kind: int = codes.CON,
    ) -> Message:
        """A request with an id of its own."""
        self.last += 1
        named = [*uri.path_options(path), *options]
        return Message(kind, code, self.last, token, sorted_options(named), payload)


@contextlib.asynccontextmanager
async def peer(network: MemoryNetwork) -> AsyncIterator[Peer]:
    link = Datagrams(asyncio.get_running_loop())
    await network.datagrams((socket.AF_INET, ("127.0.0.1", 5683)), None, lambda: link, LinkOptions())
    try:
        yield Peer(link)
    finally:
        await link.close()


class Liar(asyncio.DatagramProtocol):
    """A server that answers each datagram with whatever `say(message, number)` gives; `heard` is what came."""

    def __init__(self, say: Callable[[Message, int], list[Message | bytes]]) -> None:
        self.heard: list[Message] = []
        self.times: list[float] = []
        self._say = say
        self._transport: Any = None
        self._peer: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._peer = addr
        self.heard.append(parse(data))
        self.times.append(asyncio.get_running_loop().time())
        self.tell(*self._say(self.heard[-1], len(self.heard)))

    def tell(self, *said: Message | bytes) -> None:
        """Say something, asked or not."""
        for each in said:
            self._transport.sendto(each if isinstance(each, bytes) else emit(each), self._peer)


@contextlib.asynccontextmanager
async def liar(say: Callable[[Message, int], list[Message | bytes]]) -> AsyncIterator[tuple[MemoryNetwork, Liar]]:
    """Put a liar where the server is expected."""
    network, made = MemoryNetwork(), Liar(say)
    await network.datagrams(None, (socket.AF_INET, ("127.0.0.1", 5683)), lambda: made, LinkOptions())
    try:
        yield network, made
    finally:
        made._transport.close()


def answer(asked: Message, payload: bytes = b"", code: int = codes.CONTENT, *options: tuple[int, bytes]) -> Message:
    """An honest response."""
    kind, number = (codes.ACK, asked.id) if asked.type == codes.CON else (codes.NON, asked.id ^ 0x5555)
    return Message(kind, code, number, asked.token, sorted_options(options), payload)


def attempt(network: MemoryNetwork, where: str) -> Attempt:
    async def emit_record(record: object) -> None:
        raise AssertionError(f"nobody asked for {record}")

    return Toolbox(emit_record, network=network).attempt(Endpoint.parse(where), 100.0)


async def put(network: MemoryNetwork, where: str, body: bytes) -> Attempt:
    """What came of storing something."""

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    async with attempt(network, where) as trying:
        await trying.client.put(trying.endpoint.path, chunks())
    return trying
