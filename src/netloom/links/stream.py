"""The pleasant stream: bytes over any transport, every read bounded, one waiter, no timer per read."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Any, TypeVar

from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, Phase, RemoteProtocolError
from netloom.links.sockets import reset_when_closed
from netloom.links.translate import lost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.links.trace import Trace

T = TypeVar("T")

HIGH_WATER = 256 * 1024
LINE_LIMIT = 64 * 1024


class Stream(asyncio.Protocol):
    """A connected channel of bytes, both ways.

    It is an `asyncio.Protocol` on top of `transport`, which may be a socket's, a TLS layer's or an in-memory one.
    `idle` is how many seconds of silence a read or a blocked write bears (None: any).
    """

    __slots__ = (
        "_at", "_awaits_first", "_chunks", "_closing", "_eof", "_error", "_gone", "_idle", "_last", "_need", "_parting",
        "_paused", "_room", "_size", "_timer", "_waiter", "idle_changed", "local", "loop", "peer", "trace", "transport",
    )  # fmt: skip

    def __init__(
        self, loop: asyncio.AbstractEventLoop, trace: Trace | None = None, *, idle: float | None = None
    ) -> None:
        self.loop = loop
        self.trace = trace
        self.transport: asyncio.Transport = None  # type: ignore[assignment]  # set by connection_made, before anyone has the stream
        self.peer = ""
        self.local = ""
        # What has come; the first chunk is unread from `_at` on, so that taking a line out of many copies only it.
        self._chunks: list[bytes] = []
        self._at = 0
        self._size = 0
        self._need = 0
        self._waiter: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._closing = self._gone = False
        self._parting: tuple[asyncio.Future[None], ...] = ()
        self._eof = False
        self._paused = False
        self._error: NetloomError | None = None
        self._awaits_first = False
        self._idle = idle
        # Asked by a protocol that has the transport for itself, so that it bounds silence as this stream would.
        self.idle_changed: Callable[[float | None], None] | None = None
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # every stream transport is an asyncio.Transport

    def data_received(self, data: bytes) -> None:
        if self._awaits_first:
            self.enter(Phase.TRANSFER)
        if self._idle is not None:
            self._last = self.loop.time()
        self._chunks.append(data)
        self._size += len(data)
        waiter = self._waiter
        if waiter is not None:
            if self._size >= self._need:
                self._waiter = None
                if not waiter.done():
                    waiter.set_result(None)
        elif self._size > HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self._eof = True
        self._wake()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._eof = True
        if self._error is None and exc is not None:
            self._error = lost(exc)
        self._stop_timer()
        self._wake()
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None
        self._closing = self._gone = True
        for waiter in self._parting:
            if not waiter.done():
                waiter.set_result(None)

    def pause_writing(self) -> None:
        if self._room is None:
            self._room = self.loop.create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    # Reading

    async def read(self, limit: int = HIGH_WATER) -> bytes:
        """Some bytes, at least one and at most `limit`; empty at the end of the peer's stream."""
        if not self._size and not await self._more(1):
            return b""
        return self._take(min(limit, self._size))

    async def read_exactly(self, size: int) -> bytes:
        """`size` bytes. Raises ConnectionLost where the peer ends before."""
        while self._size < size:  # as `_more` has it, without a coroutine more: this is what is called most
            if self._eof:
                raise self._ended(f"{size} bytes were due and {self._size} came")
            waiter = self._arrival(size)
            try:
                await waiter
            finally:
                self._waiter = None
        return self._take(size)

    async def read_until(self, separator: bytes, limit: int = LINE_LIMIT) -> bytes:
        """Bytes up to and including the separator.

        Raises RemoteProtocolError where it doesn't stand within `limit` bytes, ConnectionLost at the end.
        """
        searched = 0
        while True:
            data = self._joined()
            at, size = self._at, self._size
            found = data.find(separator, at + searched, at + limit)
            if found >= 0:
                return self._take(found - at + len(separator))
            if size >= limit:
                words = f"{separator!r} expected within {limit} bytes"
                raise RemoteProtocolError(words, offset=limit, seen=data[at : at + 64])
            searched = max(0, size - len(separator) + 1)
            if not await self._more(size + 1):
                raise self._ended(f"{separator!r} was due after {size} bytes")

    async def read_line(self, limit: int = LINE_LIMIT) -> bytes:
        """A line with its LF or CRLF."""
        return await self.read_until(b"\n", limit)

    async def read_line_or_rest(self, limit: int = LINE_LIMIT) -> bytes:
        """A line without its end, or what the peer said last without one; empty where nothing came."""
        try:
            return (await self.read_line(limit)).rstrip(b"\r\n")
        except ConnectionLost:
            if self._error is not None:
                raise
            return self._take(self._size) if self._size else b""

    async def expect(self, pattern: str | bytes | re.Pattern[bytes], limit: int = LINE_LIMIT) -> re.Match[bytes]:
        """Read until a regular expression matches; what follows the match stays in the stream.

        A pattern that may go on, such as `a+`, matches what has come so far: end it in what has to follow.
        Raises RemoteProtocolError where nothing matches within `limit` bytes, ConnectionLost at the end.
        """
        if not isinstance(pattern, re.Pattern):
            pattern = re.compile(pattern.encode() if isinstance(pattern, str) else pattern)
        while True:
            data = self._gather()
            found = pattern.search(data, 0, limit)
            if found:
                self._take(found.end())
                return found
            if len(data) >= limit:
                words = f"{pattern.pattern!r} expected within {limit} bytes"
                raise RemoteProtocolError(words, offset=limit, seen=data[:64])
            if not await self._more(len(data) + 1):
                raise self._ended(f"{pattern.pattern!r} was due after {len(data)} bytes")

    async def parse(self, parser: Callable[[bytes], tuple[T, int] | None], limit: int = LINE_LIMIT) -> T:
        """One message, by a parser that gives it with the bytes it took, or None when it needs more."""
        while True:
            data = self._gather()
            found = parser(data) if data else None
            if found is not None and found[1] <= limit:
                self._take(found[1])
                return found[0]
            if found is not None or len(data) >= limit:
                raise RemoteProtocolError(f"a message of more than {limit} bytes", offset=limit, seen=data[:64])
            if not await self._more(len(data) + 1):
                raise self._ended(f"the message isn't whole after {len(data)} bytes")

    async def chunks(self, limit: int = HIGH_WATER) -> AsyncIterator[bytes]:
        """All that the peer sends until it ends its side."""
        while chunk := await self.read(limit):
            yield chunk

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.chunks()

    def peek(self) -> bytes:
        """What has arrived and hasn't been read."""
        return self._gather()

    def take_waiting(self) -> bytes:
        """What has arrived and hasn't been read, taken out."""
        return self._take(self._size) if self._size else b""

    @property
    def watches_silence(self) -> bool:
        """Whether a bound on silence is set."""
        return self._idle is not None

    @property
    def waiting(self) -> bool:
        """True while somebody waits for the peer to say something."""
        return self._waiter is not None

    @property
    def at_eof(self) -> bool:
        """True once the peer has ended its side and everything was read."""
        return self._eof and not self._size

    # Writing

    async def write(self, data: bytes) -> None:
        """Send; waits while the peer takes less than we give. Raises ConnectionLost."""
        self.write_soon(data)
        if self._room is not None:
            await self._wait_for_room(self._room)
        elif self.transport.is_closing():
            await asyncio.sleep(0)  # a dead transport takes everything at once: let the loop tell that it is dead

    def write_soon(self, data: bytes) -> None:
        """Send what is in memory anyway, without waiting: a peer that answers as it reads wants to be read as well."""
        if self._error is not None:
            raise self._error
        if self._closing:
            raise ConnectionLost("the connection is closed; nothing can be sent")
        self.transport.write(data)

    async def write_eof(self) -> None:
        """End our side; the peer's stays open."""
        if not self._closing and self.transport.can_write_eof():
            with contextlib.suppress(OSError):  # the peer has just reset, and the transport hasn't told yet
                self.transport.write_eof()

    async def close(self) -> None:
        """Send what is left, then close; returns once the transport has gone.

        A peer that doesn't take what is left is cut off after `idle`.
        """
        if self.transport is None:
            return
        if not self._closing:
            self._closing = True
            self.transport.close()
            if self._idle is not None and not self._gone:
                self._stop_timer()
                self._timer = self.loop.call_later(self._idle, self.transport.abort)
        if not self._gone:
            waiter = self.loop.create_future()  # each has its own, so that who is cancelled doesn't cancel the others
            self._parting += (waiter,)
            await waiter

    async def part(self, seconds: float) -> None:
        """Close, but hear the peer out before, for so long at most: whoever closes with something unread resets, and
        what was said last may then never be read (RFC 1122 §4.2.2.13)."""
        await self.write_eof()
        with contextlib.suppress(TimeoutError, NetloomError):
            async with asyncio.timeout(seconds):
                while await self.read():
                    pass
        await self.close()

    def abort(self) -> None:
        """Let go at once; what wasn't sent is dropped."""
        if self.transport is not None:
            self.transport.abort()

    def reset(self) -> None:
        """Let go at once, and have the peer told: a reset (RFC 9293 §3.5.2)."""
        if self.transport is not None:
            reset_when_closed(self.info("socket"))
            self.transport.abort()

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            await self.close()
        else:
            self.abort()

    # For those who build on it

    def enter(self, phase: Phase) -> None:
        """Tell the attempt where it stands. FIRST_BYTE ends by itself, in TRANSFER, when data arrives."""
        self._awaits_first = phase is Phase.FIRST_BYTE
        if self.trace is not None:
            self.trace.enter(phase)

    def set_idle(self, seconds: float | None) -> None:
        """From now on, bear this many seconds of silence (None: any)."""
        self._idle = seconds
        if self.idle_changed is not None:
            self.idle_changed(seconds)
        self._stop_timer()
        if seconds is not None and (self._waiter is not None or self._room is not None):
            self._watch_silence()

    def attach(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        """Hand the transport to a library's own asyncio.Protocol, what was read and not taken included.

        Until the stream is given back by `set_protocol`, only `abort` reaches the transport; `close` returns once the
        protocol has passed `connection_lost` on.
        """
        transport, left = self.transport, self._gather()
        self._chunks, self._size = [], 0
        self._stop_timer()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._paused:
            self._paused = False
            transport.resume_reading()
        if left:
            protocol.data_received(left)
        if self._eof:
            protocol.eof_received()
        return transport

    def info(self, name: str) -> Any:
        """`transport.get_extra_info`: "socket", "peername", "sockname", "tls" …"""
        return self.transport.get_extra_info(name)

    def fail(self, error: NetloomError) -> None:
        """End the stream with this error: whoever waits gets it."""
        if self._error is None:
            self._error = error
        self._eof = True
        self.transport.abort()
        self._wake()

    # Inside

    def _joined(self) -> bytes:
        """All that has come as one piece, unread from `_at` on."""
        chunks = self._chunks
        if len(chunks) > 1:
            chunks[0] = chunks[0][self._at :]
            self._at = 0
            chunks[:] = [b"".join(chunks)]
        return chunks[0] if chunks else b""

    def _gather(self) -> bytes:
        """All that has come and is unread."""
        if not self._size:
            return b""
        data = self._joined()
        if self._at:
            data = self._chunks[0] = data[self._at :]
            self._at = 0
        return data

    def _take(self, size: int) -> bytes:
        """`size` bytes, which are there."""
        if not size:
            return b""
        chunks, at = self._chunks, self._at
        data = chunks[0]
        if len(data) - at < size:
            data, at = self._joined(), self._at
        end = at + size
        if end == len(data):
            del chunks[0]
            self._at = 0
        else:
            self._at = end
        if size != len(data):
            data = data[at:end]
        self._size -= size
        if self._paused and self._size <= HIGH_WATER // 2:
            self._paused = False
            self.transport.resume_reading()
        return data

    async def _more(self, size: int) -> bool:
        """Wait until `size` bytes stand in the buffer; False where the stream ends before."""
        while self._size < size:
            if self._eof:
                if self._error is not None:
                    raise self._error
                return False
            waiter = self._arrival(size)
            try:
                await waiter
            finally:
                self._waiter = None
        return True

    def _arrival(self, size: int) -> asyncio.Future[None]:
        """What is done once `size` bytes have come, or the stream has ended."""
        if self._waiter is not None:
            raise RuntimeError("another task reads this stream already")
        self._need = size
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        waiter = self._waiter = self.loop.create_future()
        if self._idle is not None:
            self._watch_silence()
        return waiter

    async def _wait_for_room(self, room: asyncio.Future[None]) -> None:
        if self._idle is not None:
            self._watch_silence()
        await asyncio.shield(room)
        if self._error is not None:
            raise self._error
        if self._gone:
            raise ConnectionLost("the connection was closed before everything was sent")

    def _ended(self, missing: str) -> NetloomError:
        return self._error or ConnectionLost(f"the peer closed the connection: {missing}")

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _watch_silence(self) -> None:
        self._last = self.loop.time()
        if self._timer is None and self._idle is not None:
            self._timer = self.loop.call_at(self._last + self._idle, self._check_silence)

    def _check_silence(self) -> None:
        """The one timer: moved on lazily, so that a read costs no timer of its own."""
        self._timer = None
        if self._idle is None or (self._waiter is None and self._room is None):
            return
        due = self._last + self._idle
        if self.loop.time() < due:
            self._timer = self.loop.call_at(due, self._check_silence)
            return
        self.fail(DeadlineExceeded(f"silence for {self._idle:g} s", phase=self.trace.phase if self.trace else None))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
