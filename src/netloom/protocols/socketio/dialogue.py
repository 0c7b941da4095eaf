"""A client's session: its handshake, the upgrade, heartbeats, and the packets of its namespaces (Socket.IO 5)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from typing import TYPE_CHECKING, Any

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    NetloomError,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Unauthenticated,
)
from netloom.protocols.socketio.values import told
from netloom.protocols.socketio.ways import Polling, Server, Socket, Way
from netloom.wire.socketio import engine, packets
from netloom.wire.socketio.engine import Kind
from netloom.wire.socketio.packets import Packet

if TYPE_CHECKING:
    from netloom.wire.socketio.engine import Handshake

_EARLY = 1000
_DOUBT = re.compile(r"auth", re.IGNORECASE)
_PONG = engine.emit(engine.Packet(Kind.PONG))
_PROBE = engine.emit(engine.Packet(Kind.PING, engine.PROBE))
_UPGRADE = engine.emit(engine.Packet(Kind.UPGRADE))
_CLOSE = engine.emit(engine.Packet(Kind.CLOSE))


class Dialogue:
    """`way` is what carries it; `probed` are the seconds that a round trip took in the upgrade, where there was one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.way: Way
        self.handshake: Handshake
        self.probed: float | None = None
        self.namespaces: list[str] = []
        self.failure: NetloomError | None = None
        self._reader = packets.Reader(packets.Limits(size=server.options.max_size))
        self._early: deque[Packet] = deque()

    async def begin(self) -> None:
        """The handshake, and the upgrade where it is wanted and offered. Raises PeerRefused, RemoteProtocolError."""
        transport = self.server.options.transport
        if transport == "websocket":
            self.way = await Socket.open(self.server)
            self.handshake = await self._opened(self.way)
            return
        self.way = polling = Polling(self.server)
        self.handshake = await self._opened(polling)
        polling.sid, polling.max_payload = self.handshake.sid, self.handshake.max_payload
        if transport == "upgrade" and "websocket" in self.handshake.upgrades:
            await self._upgrade(polling)

    async def connect(self, namespace: str, auth: dict[str, Any] | None) -> dict[str, Any]:
        """Connect to a namespace; gives what the server says to it. Raises PeerRefused, Unauthenticated."""
        self.server.dial.trace.enter(Phase.AUTH)
        await self.say(Packet(kind=packets.Kind.CONNECT, namespace=namespace, data=auth))
        while True:
            packet = await self._packet()
            if packet.namespace == namespace and packet.kind is packets.Kind.CONNECT:
                self.namespaces.append(namespace)
                return packet.data or {}
            if packet.namespace == namespace and packet.kind is packets.Kind.CONNECT_ERROR:
                raise _refusal(namespace, packet.data)
            if len(self._early) >= _EARLY:
                raise RemoteProtocolError("packets without end, and no answer to CONNECT", rule="Socket.IO 5")
            self._early.append(packet)

    async def say(self, packet: Packet) -> None:
        """Say a packet. Raises LocalProtocolError for what has no place in one."""
        await self.way.send(told(packet))

    async def next(self) -> Packet:
        """The next packet of any namespace. Raises ConnectionLost, DeadlineExceeded without a heartbeat."""
        return self._early.popleft() if self._early else await self._packet()

    async def close(self) -> None:
        """Leave the namespaces, say goodbye, and hang up."""
        leave = [told(Packet(kind=packets.Kind.DISCONNECT, namespace=namespace)) for namespace in self.namespaces]
        goodbye = [message for messages in leave for message in messages]
        goodbye += [_CLOSE] if isinstance(self.way, Polling) else []
        self.namespaces.clear()
        with contextlib.suppress(NetloomError):  # it may have gone already
            await self.way.send(goodbye)
        await self.way.close()

    # Inside

    async def _opened(self, way: Way) -> Handshake:
        packet = await way.receive()
        if packet.kind is not Kind.OPEN or not isinstance(packet.data, str):
            raise RemoteProtocolError(f"{packet.kind.name} where OPEN is due", rule="Engine.IO 4")
        return engine.parse_handshake(packet.data)

    async def _upgrade(self, polling: Polling) -> None:
        """Before anything else is said, so that no poll waits: what a WebSocket can't take stays with polling."""
        socket: Socket | None = None
        clock = self.server.dial.trace.clock
        try:
            socket = await Socket.open(self.server, polling.sid)
            began = clock()
            await socket.send([_PROBE])
            answer = await socket.receive()
            if answer != engine.Packet(Kind.PONG, engine.PROBE):
                raise RemoteProtocolError(f"{answer.kind.name} where an answer to a probe is due", rule="Engine.IO 4")
            self.probed = clock() - began
            await socket.send([_UPGRADE])
        except (ConnectionLost, PeerRefused, RemoteProtocolError) as exc:
            self.failure, self.probed = exc, None
            if socket is not None:
                await socket.close()
            return
        self.way = socket
        await polling.close()

    async def _packet(self) -> Packet:
        while True:
            packet = await self._received()
            if packet.kind is Kind.MESSAGE:
                found = self._reader.feed(packet.data)
                if found is not None:
                    return found
            elif packet.kind is Kind.PING:
                await self.way.send([_PONG])
            elif packet.kind is Kind.CLOSE:
                raise ConnectionLost("the server closed the session")
            elif packet.kind is not Kind.NOOP:
                raise RemoteProtocolError(f"{packet.kind.name} has no place here", rule="Engine.IO 4")

    async def _received(self) -> engine.Packet:
        silence = (self.handshake.ping_interval + self.handshake.ping_timeout) / 1000
        try:
            async with asyncio.timeout(silence):
                return await self.way.receive()
        except TimeoutError:
            raise DeadlineExceeded(f"no heartbeat for {silence:g} s", phase=Phase.TRANSFER) from None


def _refusal(namespace: str, data: Any) -> PeerRefused:
    """The error that CONNECT_ERROR is."""
    words = data if isinstance(data, str) else str(data.get("message", ""))
    kind = Unauthenticated if _DOUBT.search(words) else PeerRefused
    return kind(f"{namespace} refuses us: {words[:200] or 'without a word'}", code="CONNECT_ERROR", text=words[:200])
