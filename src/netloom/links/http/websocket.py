"""WebSocket messages over a stream that HTTP has handed over, both sides (RFC 6455 §5 to §7)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from typing import TYPE_CHECKING

import msgspec
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError as WsprotoLocalError

from netloom.errors import ConnectionLost, LocalProtocolError, NetloomError, PeerRefused, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from wsproto.extensions import Extension

    from netloom.links.stream import Stream

NORMAL, GOING_AWAY, NO_STATUS, ABNORMAL = 1000, 1001, 1005, 1006
POLICY, TOO_BIG, INTERNAL_ERROR, TRY_LATER = 1008, 1009, 1011, 1013

_PIECE = 64 * 1024
REASON_LIMIT = 123
"""Octets of what a Close says beside its code (RFC 6455 §5.5)."""
_ORDERLY = (NORMAL, GOING_AWAY, NO_STATUS)
_PARTING = 2.0
_CRUMBS = 1024
_FRAME = 2048  # bytes of payload that take about as long as what a frame takes besides
_TURN = 256 * 1024
"""So much is done for one peer before others have their turn: about a millisecond's worth."""


class MessageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a peer may say: `max_size` are the bytes of a message, decompressed.

    `waiting` messages, of `max_size` bytes together, may wait while nobody asks for them but for an answer to a ping.
    """

    max_size: int = 16 << 20
    waiting: int = 1000


DEFAULT = MessageLimits()


class WebSocket:
    """Messages both ways. Pings are answered while `receive` waits; `close_code` is set once the other side closed.

    `refuses`, where it is set, is asked about each message that comes: the code and reason of a Close in its place.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        client: bool,
        subprotocol: str = "",
        deflate: Extension | None = None,
        limits: MessageLimits = DEFAULT,
    ) -> None:
        self.stream = stream
        self.subprotocol = subprotocol
        self.compressed = deflate is not None
        self.close_code: int | None = None
        self.close_reason = ""
        self.refuses: Callable[[], tuple[int, str] | None] | None = None
        self.pongs: deque[bytes] = deque(maxlen=16)
        self._limits = limits
        self._client = client
        self._wire = Connection(
            ConnectionType.CLIENT if client else ConnectionType.SERVER, [deflate] if deflate is not None else []
        )
        self._events: Iterator[Event] = iter(())
        self._arrived: deque[str | bytes] = deque()
        self._parts: list[str | bytes] = []
        self._folded = 0  # so many of them are joined ones
        self._size = 0
        self._held = 0  # bytes of those that arrived
        self._done = 0  # since others had their turn
        self._heard = 0.0
        self._alive: asyncio.TimerHandle | None = None

    @property
    def closed(self) -> bool:
        """Whether either side has said that it closes."""
        return self._wire.state is not ConnectionState.OPEN

    # Messages

    async def receive(self) -> str | bytes | None:
        """The next message, text or bytes; None once either side has closed (1006: without a word).

        Raises RemoteProtocolError, of which the other side was told, and what the stream raises.
        """
        while not self._arrived:
            if self.close_code is not None:
                return None
            await self._advance()
        message = self._arrived.popleft()
        self._held -= len(message)
        if self.refuses is not None and not self.closed and (no := self.refuses()) is not None:
            await self.close(*no)
            return None
        return message

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while (message := await self.receive()) is not None:
            yield message

    async def send(self, data: str | bytes) -> None:
        """A whole message. Raises ConnectionLost after a close, LocalProtocolError for half of a surrogate pair."""
        await self._say(TextMessage(data=data) if isinstance(data, str) else BytesMessage(data=data))

    # Pings

    async def ping(self, payload: bytes = b"") -> None:
        """Ask for a pong with this payload of at most 125 bytes; `receive` puts what comes into `pongs`."""
        if len(payload) > 125:
            raise LocalProtocolError("a ping carries at most 125 bytes", rule="RFC 6455 §5.5")
        await self._say(Ping(payload=payload))

    async def round_trip(self) -> float:
        """Seconds until a ping is answered. Messages that come meanwhile wait for `receive`.

        Raises PeerRefused or ConnectionLost where the other side closes instead.
        """
        # An event loop's own time may be as coarse as a millisecond.
        clock = self.stream.trace.clock if self.stream.trace is not None else self.stream.loop.time
        payload = secrets.token_bytes(8)
        began = clock()
        await self.ping(payload)
        while payload not in self.pongs:
            if self.close_code is not None:
                raise self.ended("the other side closed before it answered a ping")
            if len(self._arrived) > self._limits.waiting or self._held > self._limits.max_size:
                raise RemoteProtocolError(
                    f"{len(self._arrived)} messages, and no answer to a ping", rule="RFC 6455 §5.5.3"
                )
            await self._advance()
        return clock() - began

    def keep_alive(self, interval: float) -> None:
        """Ping whenever the other side was silent for so many seconds: one that lives answers, and isn't idle."""
        self._stop_alive()
        self._heard = self.stream.loop.time()
        self._alive = self.stream.loop.call_later(interval, self._nudge, interval)

    # The end

    def ended(self, what: str) -> NetloomError:
        """What the other side's Close means where something else was due: a code that says no, or just an end."""
        code, reason = self.close_code, self.close_reason
        if code is None or code == ABNORMAL:
            return ConnectionLost(f"{what}, without saying Close")
        message = f"{what}: {code} {reason}".rstrip()
        if code in _ORDERLY:
            return ConnectionLost(message)
        return PeerRefused(message, code=code, text=reason)

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say that we close; nothing is said where that was done already. The answer comes with `receive`."""
        if len(reason.encode()) > REASON_LIMIT or not (
            code in (1000, 1001, 1002, 1003) or 1007 <= code <= 1014 or 3000 <= code <= 4999
        ):
            raise LocalProtocolError(
                f"a WebSocket can't be closed with {code} and {reason[:130]!r}", rule="RFC 6455 §7.4"
            )
        self._stop_alive()
        if self._wire.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            await self._say(CloseConnection(code=code, reason=reason or None))

    async def end(self, code: int = NORMAL, reason: str = "") -> None:
        """Say that we close, give the other side a moment to say so too, and close the stream (RFC 6455 §7.1.1)."""
        self._stop_alive()
        try:
            await self.close(code, reason)
            async with asyncio.timeout(_PARTING):
                while await self.receive() is not None:
                    pass
                while self._client and await self.stream.read():  # the server closes the stream first
                    pass
        except (NetloomError, TimeoutError):
            self.stream.abort()  # the goodbye is a courtesy
        await self.stream.close()

    # Inside

    async def _advance(self) -> None:
        """One event, or some more bytes. Events are taken one by one: a Close that has come closes when it is due.

        A peer that fills our buffers with small frames, or with what inflates, would otherwise be the only one served.
        """
        if self._done > _TURN:
            self._done = 0
            await asyncio.sleep(0)
        event = next(self._events, None)
        if event is not None:
            await self._handle(event)
            return
        try:
            data = await self.stream.read(_PIECE)
        except ConnectionLost:
            data = b""
        if not data:
            self._finish(ABNORMAL, "")
            return
        if self._alive is not None:
            self._heard = self.stream.loop.time()
        self._wire.receive_data(data)
        self._events = self._wire.events()

    async def _handle(self, event: Event) -> None:
        self._done += _FRAME
        if isinstance(event, TextMessage | BytesMessage):
            await self._collect(event)
        elif isinstance(event, Ping):
            if not self.closed:
                with contextlib.suppress(ConnectionLost):  # what has come before may still be read
                    await self._say(event.response())
        elif isinstance(event, Pong):
            self.pongs.append(bytes(event.payload))
        elif isinstance(event, CloseConnection):
            await self._closed_by(event)

    async def _collect(self, event: TextMessage | BytesMessage) -> None:
        part = event.data if isinstance(event.data, str) else bytes(event.data)
        self._size += len(part)
        self._done += len(part)
        if self._size > self._limits.max_size:
            await self._fail(CloseReason.MESSAGE_TOO_BIG, f"a message of more than {self._limits.max_size} bytes")
        if part or not self._parts:  # parts without anything in them are no reason to keep something
            self._parts.append(part)
            if len(self._parts) - self._folded > _CRUMBS:
                self._fold()
        if not event.message_finished:
            return
        self._held += self._size
        parts, self._parts, self._size, self._folded = self._parts, [], 0, 0
        if len(parts) == 1:
            self._arrived.append(parts[0])
        elif isinstance(event, TextMessage):
            self._arrived.append("".join(str(part) for part in parts))
        else:
            self._arrived.append(b"".join(part for part in parts if isinstance(part, bytes)))

    def _fold(self) -> None:
        """Join small parts: one of a byte takes as much as fifty, and so would a message of nothing else."""
        crumbs = self._parts[self._folded :]
        if isinstance(crumbs[0], str):
            self._parts[self._folded :] = ["".join(str(part) for part in crumbs)]
        else:
            self._parts[self._folded :] = [b"".join(part for part in crumbs if isinstance(part, bytes))]
        self._folded += 1

    async def _closed_by(self, event: CloseConnection) -> None:
        state = self._wire.state
        if state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):  # wsproto says so of what it can't read
            await self._fail(event.code, event.reason or "no WebSocket frame")
        self._finish(int(event.code) if event.code else NO_STATUS, event.reason or "")
        if state is ConnectionState.REMOTE_CLOSING:
            with contextlib.suppress(ConnectionLost):
                await self._say(event.response())

    async def _fail(self, code: int, message: str) -> None:
        """The other side broke the protocol: tell it, and whoever reads."""
        if self._wire.state is ConnectionState.OPEN:
            with contextlib.suppress(ConnectionLost):
                await self._say(CloseConnection(code=code, reason=message[:100]))
        self._finish(int(code), "")
        raise RemoteProtocolError(f"WebSocket: {message}", rule="RFC 6455 §5")

    def _finish(self, code: int, reason: str) -> None:
        self._stop_alive()
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason

    async def _say(self, event: Event) -> None:
        await self.stream.write(self._bytes(event))

    def _bytes(self, event: Event) -> bytes:
        try:
            return bytes(self._wire.send(event))
        except WsprotoLocalError:
            raise ConnectionLost("the WebSocket is closed; nothing can be sent") from None
        except UnicodeEncodeError:
            raise LocalProtocolError("half of a surrogate pair is no text", rule="RFC 6455 §8.1") from None

    def _nudge(self, interval: float) -> None:
        loop = self.stream.loop
        due = self._heard + interval
        if loop.time() >= due:
            if self.closed or self.stream.transport.is_closing():
                self._alive = None
                return
            self.stream.transport.write(self._bytes(Ping()))
            due = loop.time() + interval
        self._alive = loop.call_at(due, self._nudge, interval)

    def _stop_alive(self) -> None:
        if self._alive is not None:
            self._alive.cancel()
            self._alive = None
