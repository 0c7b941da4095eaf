"""A small world for SNMP: a network in memory on a virtual clock, agents of ours in it, and others that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from netloom.accounts import Account, Accounts
from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint, Secret
from netloom.links.dial import Dialler
from netloom.links.options import LinkOptions
from netloom.links.trace import Trace
from netloom.protocols.snmp.agent import Agent, Source
from netloom.protocols.snmp.client import Client
from netloom.protocols.snmp.dispatcher import Dispatcher
from netloom.protocols.snmp.engine import Engine
from netloom.protocols.snmp.options import Options
from netloom.registry import settle
from netloom.serving import Serving
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import V1, V2C, Message
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.values import Varbind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.links.memory import MemoryNetwork
    from netloom.records import AccessRecord
    from netloom.wire.oid import Oid

WHERE = "127.0.0.1:161"
NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
LOCATION: Oid = (1, 3, 6, 1, 2, 1, 1, 6, 0)
DESCRIPTION: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
LIMIT: Oid = (1, 3, 6, 1, 4, 1, 8072, 9999, 1, 4, 0)
ACCOUNTS = (
    Account(name="ann", password=Secret("wonderland"), tokens=(Secret("a-long-token"),)),
    Account.parse("rob:readsonly:read"),
)


class Context:
    """What a dispatcher is given, without any listener."""

    def __init__(self, url: str = "snmp://127.0.0.1:161", **options: Any) -> None:
        self.endpoint = Endpoint.parse(url)
        self.options = Options(**options)
        self.accounts = Accounts(ACCOUNTS)
        self.reports = True
        self.faulty = False
        self.seen: list[tuple[str, str, str, str]] = []

    def access(self, verb: str, target: str = "", *, status: str = "", user: str = "", **_: Any) -> None:
        self.seen.append((verb, target, status, user))


HERE = Source("127.0.0.1", ("127.0.0.1", 5000))


class Desk:
    """A dispatcher before an agent, to hand messages to. It needs a running loop."""

    def __init__(self, registers: Registers | None = None, url: str = "snmp://127.0.0.1:161", **options: Any) -> None:
        self.context = Context(url, **options)
        self.registers = registers if registers is not None else Registers()
        self.engine = Engine(options.get("engine_id", ""))
        self.agent = Agent(self.registers, self.engine, self.context.accounts)
        self.dispatcher = Dispatcher(self.agent, self.context)  # type: ignore[arg-type]  # as much of a context as it uses

    def take(self, data: bytes, source: Source = HERE) -> bytes | None:
        return self.dispatcher.take(data, source)

    def ask(self, pdu: Pdu, community: bytes = b"public", version: int = V2C) -> Pdu | None:
        """What is answered to a message of v1 or v2c."""
        answer = self.take(message.emit(Message(version, community, pdu)))
        if answer is None:
            return None
        found = message.parse(answer)
        assert (found.version, found.community) == (version, community)
        assert isinstance(found.pdu, Pdu)
        assert (found.pdu.kind, found.pdu.request_id) == (pdus.RESPONSE, pdu.request_id)
        return found.pdu


def asking(kind: int, *oids: Oid, status: int = 0, index: int = 0) -> Pdu:
    """A request for some objects."""
    return Pdu(kind, 4711, status, index, tuple(Varbind(oid) for oid in oids))


def on_a_loop(test: Callable[[], None]) -> Callable[[], Any]:
    """A test without any waiting, that needs a running loop nevertheless."""

    async def wrapped() -> None:
        test()

    return wrapped


@contextlib.asynccontextmanager
async def served(
    network: MemoryNetwork, *contents: Any, url: str = f"snmp://{WHERE}", seen: list[AccessRecord] | None = None
) -> AsyncIterator[Serving]:
    """An agent of ours, or whatever serves these contents."""
    report = seen.append if seen is not None else None
    async with Serving([Endpoint.parse(url)], contents, Accounts(ACCOUNTS), network=network, report=report) as serving:
        yield serving


@contextlib.asynccontextmanager
async def manager(network: MemoryNetwork, rest: str = "", user: str = "", **options: Any) -> AsyncIterator[Client]:
    """A client of ours."""
    _, _, endpoint = settle(Endpoint.parse(f"snmp://{user}{WHERE}{rest}"))
    dial = Dialler(network, endpoint, LinkOptions(), Trace(network.clock))
    client = Client(dial, endpoint, Options(**options))
    try:
        yield client
    finally:
        await client.close()
        await dial.close()


class Liar(asyncio.DatagramProtocol):
    """An agent that answers each datagram with whatever `say(data, number)` gives; `heard` is what came, and when."""

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


async def liar(network: MemoryNetwork, say: Callable[[bytes, int], list[bytes]]) -> Liar:
    """Put a liar where the agent is expected."""
    made = Liar(say)
    await network.datagrams(None, (socket.AF_INET, ("127.0.0.1", 161)), lambda: made, LinkOptions())
    return made


def answered(data: bytes, *binds: Varbind, status: int = 0, index: int = 0, **changes: Any) -> bytes:
    """An honest response to a request of v1 or v2c, or one with some fields made otherwise."""
    asked = message.parse(data)
    assert isinstance(asked.pdu, Pdu)
    kind = changes.get("kind", pdus.RESPONSE)
    request_id = changes.get("request_id", asked.pdu.request_id)
    pdu = Pdu(kind, request_id, status, index, binds)
    version = changes.get("version", asked.version)
    return message.emit(Message(version, changes.get("community", asked.community), pdu))


__all__ = ["V1", "V2C"]
