"""A small world for DNS: a network in memory on a virtual clock, servers of ours in it, and others that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.contents.zone import Zone
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.protocols.dns.client import Client
from netloom.protocols.dns.options import Options
from netloom.registry import settle
from netloom.serving import Serving
from netloom.wire.dns import codes
from netloom.wire.dns.message import Message, Record, emit, parse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.records import AccessRecord

ZONE = """\
$ORIGIN example.test.
$TTL 300
@       IN SOA   ns1 hostmaster 7 3600 900 604800 60
        IN NS    ns1
        IN MX    10 mail
        IN TXT   "hello"
ns1     IN A     192.0.2.53
www     IN A     192.0.2.80
        IN AAAA  2001:db8::80
mail    IN A     192.0.2.25
alias   IN CNAME www
away    IN CNAME www.example.net.
""" + "".join(f"many    IN A     198.51.100.{number}\n" for number in range(200))
ADDRESS = Record(b"", codes.A, codes.IN, 300, bytes([192, 0, 2, 80]))


def answered(data: bytes, *addresses: bytes, **changes: Any) -> bytes:
    """An honest answer to a query, or one with some fields made otherwise."""
    asked = parse(data)
    name = asked.questions[0].name
    found = tuple(Record(name, codes.A, codes.IN, 300, address) for address in addresses or (b"\xc0\0\2\x50",))
    made = Message(asked.id, codes.QR | codes.RD, asked.questions, found, edns=asked.edns)
    return emit(made.replace(**changes))


class Liar(asyncio.DatagramProtocol):
    """A server that answers each datagram with whatever `say(data, number)` gives; `heard` is what came, and when."""

    def __init__(self, say: Callable[[bytes, int], list[bytes]]) -> None:
        self.heard: list[tuple[float, bytes]] = []
        self._say = say
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append((asyncio.get_running_loop().time(), data))
        for answer in self._say(data, len(self.heard)):
            self._transport.sendto(answer, addr)


async def liar(network: MemoryNetwork, say: Callable[[bytes, int], list[bytes]], port: int = 53) -> Liar:
    """Put a liar at 127.0.0.1."""
    made = Liar(say)
    await network.datagrams(None, (socket.AF_INET, ("127.0.0.1", port)), lambda: made, LinkOptions())
    return made


@contextlib.asynccontextmanager
async def served(
    network: Any = None, *, url: str = "dns://127.0.0.1:53", zone: Zone | None = None, accounts: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Endpoint, list[AccessRecord]]]:
    """Our server, where it is, and what it reports."""
    seen: list[AccessRecord] = []
    content = zone or Zone(ZONE)
    serving = Serving(
        [Endpoint.parse(url)], [content], Accounts.from_texts(accounts), network=network, report=seen.append
    )
    async with serving:
        yield serving.endpoint, seen


@contextlib.asynccontextmanager
async def client(network: Any, endpoint: Endpoint | str) -> AsyncIterator[Client]:
    """Our client by itself, without an operation around it."""
    declared, _, place = settle(endpoint if isinstance(endpoint, Endpoint) else Endpoint.parse(str(endpoint)))
    assert declared.name == "dns"
    dial = Dialler(network, place, LinkOptions(), Trace(network.clock))
    made = Client(dial, place, Options())
    try:
        yield made
        await made.close()
    finally:
        await dial.close()


def memory() -> MemoryNetwork:
    """An empty network."""
    return MemoryNetwork()
