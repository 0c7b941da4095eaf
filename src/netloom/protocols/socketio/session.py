"""One Engine.IO session at a server, whatever carries it: its heartbeat, its transport, what waits for its client."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Literal

from netloom.contents import TooLarge
from netloom.errors import RemoteProtocolError
from netloom.protocols.socketio.outbox import Outbox
from netloom.wire.socketio import engine
from netloom.wire.socketio.engine import Handshake, Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from netloom.protocols.socketio.options import Options
    from netloom.wire.socketio.engine import Message, Packet

_PIECE = 256 * 1024

Transport = Literal["polling", "websocket"]
Said = str | bytes
"""What an Engine.IO message carries."""


class Session:
    """`receive` is given what the client says, and what `ends` has is called once it is over.

    While `probing`, a WebSocket tries to take polling's place; `reason` says why it is closed.
    """

    def __init__(self, sid: str, options: Options, transport: Transport, size: int) -> None:
        self.sid = sid
        self.transport: Transport = transport
        self.probing = self.polling = self.posting = False
        self.closed = False
        self.reason = ""
        self.receive: Callable[[Said], Awaitable[None]]
        self.ends: list[Callable[[], None]] = []
        self._options = options
        self._outbox = Outbox(options.buffered, size)
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None
        self._heart = self._loop.call_later(options.ping_interval, self._ping)
        self._joining: asyncio.TimerHandle | None = self._begin_joining()

    @property
    def handshake(self) -> str:
        """OPEN."""
        options = self._options
        return engine.emit_handshake(
            Handshake(
                sid=self.sid,
                upgrades=["websocket"] if self.transport == "polling" else [],
                ping_interval=round(options.ping_interval * 1000),
                ping_timeout=round(options.ping_timeout * 1000),
                max_payload=options.max_payload,
            )
        )

    # What the client is told

    def say(self, messages: tuple[Message, ...]) -> None:
        """What has to arrive; a client that lets too much of it wait is closed."""
        self._put(lambda: self._outbox.put(messages))

    def say_later(self, later: Iterator[tuple[Message, ...]]) -> None:
        """What has to arrive, made as it is wanted."""
        self._put(lambda: self._outbox.put_later(later))

    def offer(self, messages: tuple[Message, ...]) -> bool:
        """An event, which may be lost; whether nothing was."""
        if self.closed:
            return True
        had_room = self._outbox.offer(messages)
        self._wake()
        return had_room

    async def next(self) -> list[Message]:
        """What is to be sent now, once there is something: nothing where the session is over, or polling is to end."""
        if not self._outbox and not self.closed and not self.probing:
            self._waiting = self._loop.create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self._outbox.take(_PIECE)

    # What the client says

    async def hear(self, packet: Packet) -> None:
        """One packet. Raises RemoteProtocolError for one that has no place here."""
        if self.closed:
            return
        if packet.kind is Kind.MESSAGE:
            await self.receive(packet.data)
        elif packet.kind is Kind.PONG:
            self._heart.cancel()
            self._heart = self._loop.call_later(self._options.ping_interval, self._ping)
        elif packet.kind is Kind.CLOSE:
            self.close("the client has gone")
        elif packet.kind is not Kind.NOOP:
            raise RemoteProtocolError(f"{packet.kind.name} has no place here", rule="Engine.IO 4")

    # Its course

    def joined(self) -> None:
        """A namespace is connected: the session is of use."""
        if self._joining is not None:
            self._joining.cancel()
            self._joining = None

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """While inside, we don't hear the client: its heartbeat has to wait, and so has what else is due of it."""
        joins = self._joining is not None
        self._heart.cancel()
        self.joined()
        try:
            yield
        finally:
            if not self.closed:
                self._heart = self._loop.call_later(self._options.ping_interval, self._ping)
                self._joining = self._begin_joining() if joins else None

    def probe(self) -> None:
        """A WebSocket tries to take over: a poll that waits is let go."""
        self.probing = True
        self._wake()

    def settle(self, transport: Transport) -> None:
        """It has, or it hasn't."""
        self.probing = False
        self.transport = transport
        self._wake()

    def close(self, reason: str = "the server stops") -> None:
        """It is over; what waits is still sent, if somebody fetches it."""
        if self.closed:
            return
        self.closed, self.reason = True, reason
        self._heart.cancel()
        self.joined()
        self._wake()
        for end in self.ends:
            end()

    # Inside

    def _put(self, put: Callable[[], None]) -> None:
        if self.closed:
            return
        try:
            put()
        except TooLarge:
            self.close("too slow")
        self._wake()

    def _ping(self) -> None:
        self._heart = self._loop.call_later(self._options.ping_timeout, self.close, "ping timeout")
        self.say((engine.emit(engine.Packet(Kind.PING)),))

    def _begin_joining(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._options.connect_timeout, self._never_joined)

    def _never_joined(self) -> None:
        self._joining = None
        self.close("no namespace was connected")

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
