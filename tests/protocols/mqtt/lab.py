"""A broker in memory, and clients that say packets by hand."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, TypeVar

from netloom.accounts import Accounts
from netloom.contents.bus import Bus, Limits
from netloom.endpoint import Endpoint
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.protocols.mqtt.broker import Broker, broker_of
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import (
    V5,
    ConnAck,
    Connect,
    Packet,
    PubAck,
    PubComp,
    Publish,
    PubRec,
    PubRel,
    SubAck,
    Subscribe,
    Wanted,
)
from netloom.wire.mqtt.properties import NONE, Properties
from netloom.wire.mqtt.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.attempts import Attempt
    from netloom.records import AccessRecord, Record

P = TypeVar("P")


class Peer:
    """A client that says what it is told to say. `version` is a protocol level."""

    def __init__(self, stream: Stream, version: int = V5) -> None:
        self.stream = stream
        self.version = version
        self._reader = Reader("server", version=version)
        self._heard: list[Packet] = []

    async def say(self, *said: Packet | bytes) -> None:
        """Packets, or bytes as they are, in one piece."""
        pieces = [one if isinstance(one, bytes) else emit(one, self.version) for one in said]
        await self.stream.write(b"".join(pieces))

    async def hear(self) -> Packet | None:
        """The next packet; None where the server has ended the connection."""
        while not self._heard:
            try:
                data = await self.stream.read()
            except Exception:
                return None
            if not data:
                return None
            self._heard += list(self._reader.feed(data))
        return self._heard.pop(0)

    async def expect(self, kind: type[P]) -> P:
        """The next packet, which is one of these."""
        packet = await self.hear()
        assert isinstance(packet, kind), packet
        return packet

    async def quiet(self) -> bool:
        """Whether the server has nothing more to say: it answers a ping first."""
        await self.say(b"\xc0\0")
        packet = await self.hear()
        assert packet is not None
        return type(packet).__name__ == "PingResp"

    async def connect(self, client_id: str = "", **fields: Any) -> ConnAck:
        """CONNECT, and its answer."""
        await self.say(Connect(version=self.version, client_id=client_id, **fields))
        return await self.expect(ConnAck)

    async def subscribe(self, *filters: str | Wanted, qos: int = 0, said: Properties = NONE) -> tuple[int, ...]:
        """SUBSCRIBE, and the reason codes."""
        wanted = tuple(one if isinstance(one, Wanted) else Wanted(filter=one, qos=qos) for one in filters)
        await self.say(Subscribe(packet_id=99, wanted=wanted, properties=said))
        return (await self.expect(SubAck)).reasons

    async def publish(
        self, topic: str, payload: bytes = b"x", *, qos: int = 0, number: int = 7, **fields: Any
    ) -> int | None:
        """PUBLISH, and the reason code that the server answers with."""
        await self.say(Publish(topic=topic, payload=payload, qos=qos, packet_id=number if qos else 0, **fields))
        if not qos:
            return None
        if qos == 1:
            return (await self.expect(PubAck)).reason
        reason = (await self.expect(PubRec)).reason
        if reason < 0x80:
            await self.say(PubRel(packet_id=number))
            await self.expect(PubComp)
        return reason

    async def gone(self) -> None:
        """Break the connection off, and let the server see it."""
        self.stream.abort()
        await turns()


async def turns(count: int = 10) -> None:
    """Let others have their turns."""
    for _ in range(count):
        await asyncio.sleep(0)


class Lab:
    """`records` are what clients did; `bus` and `broker` are the server's."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.network = MemoryNetwork()
        self.records: list[AccessRecord] = []
        self.serving: Serving
        self.url = ""
        self._toolbox = Toolbox(self._emit, network=self.network)

    async def _emit(self, record: Record) -> None:
        raise AssertionError(f"nobody asked for {record}")

    @property
    def broker(self) -> Broker:
        return broker_of(self.bus)

    def attempt(self, path: str = "", **options: str) -> Attempt:
        """A try with our own client."""
        chosen = ",".join(f"{name}={value}" for name, value in options.items())
        return self._toolbox.attempt(Endpoint.parse(f"{self.url}{path}#{chosen}"), 30.0)

    async def peer(self, version: int = V5) -> Peer:
        """A client that hasn't said anything."""
        stream = Stream(asyncio.get_running_loop())
        port = self.serving.endpoint.port or 0
        await self.network.connect((socket.AF_INET, ("127.0.0.1", port)), lambda: stream, LinkOptions())
        return Peer(stream, version)

    async def client(self, client_id: str = "", version: int = V5, **fields: Any) -> Peer:
        """A client that is connected."""
        peer = await self.peer(version)
        answer = await peer.connect(client_id, **fields)
        assert not answer.reason, answer
        return peer


@contextlib.asynccontextmanager
async def lab(
    at: str = "mqtt://127.0.0.1:0",
    *,
    accounts: tuple[str, ...] | Accounts = (),
    limits: Limits | None = None,
    **options: str,
) -> AsyncIterator[Lab]:
    """One broker."""
    made = Lab(Bus(limits=limits) if limits is not None else Bus())
    chosen = ",".join(f"{name}={value}" for name, value in options.items())
    made.serving = Serving(
        [Endpoint.parse(f"{at}#{chosen}")],
        [made.bus],
        accounts if isinstance(accounts, Accounts) else Accounts.from_texts(accounts),
        network=made.network,
        report=made.records.append,
    )
    async with made.serving:
        made.url = str(made.serving.endpoint.replace(path=""))
        yield made
    await turns()
