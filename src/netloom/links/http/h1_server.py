"""HTTP/1.1, one connection at a server: bytes to requests, one after the other, within limits (RFC 9112)."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost
from netloom.links.http.body import Inbox
from netloom.links.http.fields import date_line, status_line
from netloom.links.http.h1_body import Intake
from netloom.links.http.h1_exchange import H1Exchange
from netloom.links.http.h1_request import BARE_LF, Head, HeadParser, Refusal
from netloom.links.http.step import Work, begin, proceed
from netloom.links.http.watch import Watch
from netloom.links.translate import lost

if TYPE_CHECKING:
    from netloom.links.http.server import Serving
    from netloom.links.stream import Stream

_REMEMBERED = 4096
_END = b"\r\n\r\n"
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~0123456789")
_PREFACE = b"PRI * HTTP/2.0\r\n\r\n"

HEAD, BODY, DEAF = range(3)


class H1Server(asyncio.Protocol):
    """One connection. Its own task runs `run`; what can be answered at once is answered where the bytes arrive."""

    __slots__ = (
        "_again", "_behind", "_eof", "_exchange", "_fresh", "_gone", "_head_parser", "_intake", "_last", "_limits",
        "_lingers", "_lost", "_paused", "_pending", "_room", "_scanned", "_serving", "_state", "_taking", "_task",
        "_unwanted", "_upgraded", "_variables", "_wake", "_watch", "_work", "_working", "begins_h2", "loop", "over",
        "stream", "transport",
    )  # fmt: skip

    def __init__(self, stream: Stream, serving: Serving) -> None:
        self.stream = stream
        self.loop = stream.loop
        self.transport = stream.transport
        self.over = False  # nothing more is taken from this connection
        self.begins_h2 = False  # it is HTTP/2 after all, and the stream has its bytes back
        self._serving = serving
        self._limits = serving.limits
        self._state = HEAD
        self._head_parser: HeadParser | None = None
        self._last = b""  # the last head, and what it was read as: on a connection that is kept the same comes again
        self._again: Head | None = None
        self._pending = b""  # came, and can't be used yet
        self._scanned = 0  # of a head that isn't whole
        self._unwanted = 0  # bytes of a body that nobody reads any more
        self._intake: Intake | None = None
        self._exchange: H1Exchange | None = None
        self._fresh = False  # nobody attends to the exchange yet
        self._behind = self._taking = self._paused = self._eof = self._lost = self._lingers = self._upgraded = False
        self._room: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] | None = None
        self._wake: asyncio.Future[None] | None = None
        self._work: Work | None = None
        self._working: AbstractContextManager[None] | None = None
        self._task: asyncio.Task[None]
        self._variables = contextvars.copy_context()
        self._watch = Watch(stream.loop, self._expired)

    async def run(self) -> None:
        """Serve until the connection ends, or is something else."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine that awaits runs in one
        self._task = task
        try:
            self._watch.within(self._serving.idle)
            self.stream.attach(self)
            while not self.over or self._work is not None:
                await self._turn()
            if not self._upgraded and not self._lost:
                await self._part()
        finally:
            self._watch.stop()

    async def _turn(self) -> None:
        """Wait for a request that can't be answered at once, and see it to its end."""
        if self._work is None:
            self._wake = self.loop.create_future()
            try:
                await self._wake
            except asyncio.CancelledError as exc:
                await self._finish_work(exc)
                raise
            finally:
                self._wake = None
        await self._finish_work()

    async def _finish_work(self, error: BaseException | None = None) -> None:
        work, self._work = self._work, None
        exchange = self._exchange
        if work is None or exchange is None:
            return
        failure: Exception | None = None
        try:
            await proceed(work, error)
        except Exception as exc:
            failure = exc
        finally:
            self._rest()
        self._after(exchange, failure)
        self._resume()

    def _rest(self) -> None:
        working, self._working = self._working, None
        if working is not None:
            working.__exit__(None, None, None)

    async def _part(self) -> None:
        """Let the peer have what was said before the end: a close with bytes unread would reset it (RFC 9112 §9.6)."""
        if self._room is not None:
            await self.drain()
        if self._lingers and not self._eof and self.transport.can_write_eof():
            self.transport.write_eof()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.linger):
                    await self.wait_closed()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport stood before we came."""

    def data_received(self, data: bytes) -> None:
        if self._state == DEAF:
            return
        if self._pending:
            data = self._pending + data
            self._pending = b""
        if data == self._last and self._again is not None and self._exchange is None and self._state == HEAD:
            self._exchange = H1Exchange(self, self._again, None)
            self._attend()
            return
        self._take(data)

    def eof_received(self) -> bool:
        self._eof = True
        exchange = self._exchange
        if exchange is None:
            self._end()
        elif self._intake is not None:
            self._intake.inbox.fail(ConnectionLost("the client closed in the middle of its request"))
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        if self._intake is not None:
            self._intake.inbox.fail(
                lost(exc) if exc is not None else ConnectionLost("the client closed the connection")
            )
        for future in (self._room, self._gone):
            if future is not None and not future.done():
                future.set_result(None)
        self._room = None
        self._watch.stop()
        self.stream.connection_lost(exc)
        self._end()

    def pause_writing(self) -> None:
        if self._room is None:
            self._room = self.loop.create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    # What the exchange calls

    @property
    def is_closing(self) -> bool:
        """Whether the server stops: answers say so."""
        return self._serving.context.closing or (self._eof and not self._behind and not self._pending)

    @property
    def is_full(self) -> bool:
        """Whether the peer takes less than we give."""
        return self._room is not None

    def write(self, data: bytes) -> None:
        """Raises ConnectionLost."""
        if self._lost:
            raise ConnectionLost("the client closed the connection before it was answered")
        self.transport.write(data)

    def write_all(self, parts: tuple[bytes, ...]) -> None:
        """The same for several pieces."""
        if self._lost:
            raise ConnectionLost("the client closed the connection before it was answered")
        self.transport.writelines(parts)

    async def drain(self) -> None:
        """Wait until the peer has taken enough. Raises ConnectionLost, also where it takes nothing for too long."""
        if self._room is not None:
            timer = self.loop.call_later(self._serving.idle, self.transport.abort)
            try:
                await asyncio.shield(self._room)
            finally:
                timer.cancel()
        if self._lost:
            raise ConnectionLost("the client closed the connection, or took nothing for too long")

    async def wait_closed(self) -> None:
        """Wait until the client has gone, or has ended its side: mostly that is the same."""
        if self._lost or self._eof:
            return
        if self._gone is None:
            self._gone = self.loop.create_future()
        await asyncio.shield(self._gone)

    def switch(self, head: bytes) -> Stream:
        """Say the head, and give the connection back as the stream that it was."""
        self.write(head)
        self._give_back()
        if not self._taking:
            self._hand_over(b"")
        return self.stream

    def _give_back(self) -> None:
        self._upgraded = True
        self._watch.stop()
        self._rest()  # whoever speaks from now on may be interrupted when the server stops
        self.transport.set_protocol(self.stream)
        if self._room is not None:
            self.stream.pause_writing()
            self.resume_writing()

    def _hand_over(self, rest: bytes) -> None:
        rest, self._pending = self._pending + rest, b""
        self._pause_if(full=False)
        if rest:
            self.stream.data_received(rest)
        if self._eof:
            self.stream.eof_received()

    # Bytes to requests

    def _resume(self) -> None:
        if self._pending and self._state != DEAF and not self._upgraded:
            data, self._pending = self._pending, b""
            self._take(data)
        elif self._exchange is None:
            self._pause_if(full=False)

    def _take(self, data: bytes) -> None:
        """Use as much as can be used now; the rest is kept."""
        self._taking = True
        at, size = 0, len(data)
        try:
            while at < size and self._state != DEAF and not self._upgraded:
                if self._state == BODY and self._intake is not None:
                    at = self._take_body(self._intake, data, at)
                elif self._exchange is not None:
                    break
                else:
                    begins, at = at, self._take_head(data, at)
                    if at == begins:
                        break
                if self._fresh and (self._state == HEAD or at == size):
                    self._attend()
        except Refusal as refusal:
            self._refuse(refusal)
        finally:
            self._taking = False
        if self._upgraded:
            self._hand_over(data[at:])
        elif self._state != DEAF:
            self._keep(data[at:])

    def _keep(self, rest: bytes) -> None:
        """What can't be used yet."""
        self._pending = rest
        if self._exchange is None:
            if self._eof:
                self._end()
        elif self._state == HEAD and len(rest) > self._limits.max_head:
            self._pause_if(full=True)  # it may go on once this request is answered

    def _take_head(self, data: bytes, at: int) -> int:
        """One head, if it is whole: where the next thing begins, or `at` again."""
        start = at
        while data.startswith(b"\r\n", start):  # RFC 9112 §2.2
            start += 2
        end = data.find(_END, max(start, at + self._scanned)) + 4
        if end == 3:
            self._partial(data, at, start)
            return at
        if end - at > self._limits.max_head:
            raise self._too_much()
        self._scanned = 0
        if data[start] not in _TOKEN:
            raise Refusal(400, "no HTTP request", "RFC 9112 §3")
        if self._head_parser is None and self._serving.sniffs and data.startswith(_PREFACE, at):
            self.begins_h2 = self.over = True
            self._give_back()
            self._rouse()
            return at
        parser = self._head_parser or HeadParser()
        head = parser.parse(data[start:end], self._serving.scheme, self._limits)
        # A parser that expects a body, or has seen an upgrade, can't take the next head.
        self._head_parser = None if head.length or head.switches else parser
        if head.keep and self._head_parser is not None and not at and len(data) == end <= _REMEMBERED:
            self._last, self._again = data, head
        self._behind = end < len(data)
        self._unwanted = 0
        self._intake = None
        if head.length:
            self._intake = Intake(Inbox(self.loop, self._limits, self._taken), head.length, self._limits)
            self._state = BODY
        self._exchange = H1Exchange(self, head, self._intake.inbox if self._intake is not None else None)
        self._fresh = True
        return end

    def _partial(self, data: bytes, at: int, start: int) -> None:
        """What has come of a head: can it become one, and by when?"""
        size = len(data) - at
        if size > self._limits.max_head:
            raise self._too_much()
        if start < len(data) and data[start] not in _TOKEN and data[start:] != b"\r":
            raise Refusal(400, "no HTTP request", "RFC 9112 §3")
        if BARE_LF.search(data, max(at, at + self._scanned - 1)):
            raise Refusal(400, "a line feed alone", "RFC 9112 §2.2")
        if not self._scanned:
            self._watch.within(self._limits.head_timeout)
        self._scanned = max(1, size - 3)

    def _too_much(self) -> Refusal:
        return Refusal(431, f"a head of more than {self._limits.max_head} bytes", "RFC 6585 §5")

    def _taken(self, _: int) -> None:
        """Somebody read of the body."""
        intake, limits = self._intake, self._limits
        if intake is not None and intake.inbox.size <= limits.buffered // 2 and len(self._pending) <= limits.max_head:
            self._pause_if(full=False)

    def _take_body(self, intake: Intake, data: bytes, at: int) -> int:
        """A piece of a body: where it ends in `data`."""
        at = intake.take(data, at)
        if self._exchange is None:
            self._unwanted += intake.inbox.drop()
            if self._unwanted > self._limits.discarded:
                self._end(lingers=True)
        elif intake.inbox.size > self._limits.buffered:
            self._pause_if(full=True)
        if intake.done and self._state == BODY:
            self._state = HEAD
            if self._exchange is None:
                self._watch.within(self._serving.idle)
        return at

    def _pause_if(self, *, full: bool) -> None:
        if full != self._paused and not self._lost:
            self._paused = full
            if full:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    # Requests to answers

    def _attend(self) -> None:
        """Begin with a request: either it is answered at once, or the connection's task goes on with it."""
        self._fresh = False
        exchange = self._exchange
        assert exchange is not None  # noqa: S101  # whoever calls has just made it
        try:
            work = begin(self._serving.attend(exchange), self._variables.copy(), self._task)
        except (Exception, asyncio.CancelledError) as exc:
            self._after(exchange, exc)
            return
        if work is None:
            self._after(exchange, None)
            return
        self._work = work
        if not self._upgraded:
            self._working = self._serving.context.working()
            self._working.__enter__()
        self._rouse()

    def _after(self, exchange: H1Exchange, failure: BaseException | None) -> None:
        """What becomes of the connection after an answer."""
        if failure is not None or not exchange.complete:
            self._repair(exchange, failure)
        self._exchange = None
        if self._upgraded or self._lost or self._state == DEAF or not exchange.keep:
            self._end(lingers=self._state != HEAD or bool(self._pending))
        elif self._state == HEAD:
            self._intake = None
            if self._eof and not self._behind and not self._pending:
                self._end()
            else:
                self._watch.within(self._serving.idle)
        elif exchange.expecting or self._eof or not self._may_skip():
            self._end(lingers=True)
        else:
            self._pause_if(full=False)
            self._watch.within(self._limits.body_timeout)

    def _may_skip(self) -> bool:
        """Whether the rest of a body that wasn't read may be read for nothing; what has come of it is forgotten."""
        intake = self._intake
        if intake is None or not intake.may_be_skipped(self._limits.discarded):
            return False
        self._unwanted = intake.inbox.drop()
        return True

    def _expired(self) -> None:
        """Nothing came in time. While a request is attended to, its own waits are bounded."""
        if self.over or self._exchange is not None:
            return
        if self._scanned:
            self._refuse(Refusal(408, f"no whole head within {self._limits.head_timeout:g} s", "RFC 9110 §15.5.9"))
        else:
            self._end()

    def _repair(self, exchange: H1Exchange, failure: BaseException | None) -> None:
        """An answer that failed: say so where nothing was said, and let the connection go."""
        status, words = self._serving.explain(failure)
        exchange.keep = False
        if self._lost or self._upgraded or exchange.complete:
            return
        if not status:  # it has ended its side, and may still listen
            status, words = 400, "the request broke off"
        if exchange.status < 200 and status:
            exchange.answer(status, (("content-type", "text/plain; charset=utf-8"),), words.encode() + b"\n")
        else:
            self.transport.abort()

    def _refuse(self, refusal: Refusal) -> None:
        """A request that can't be one: answer it, or let whoever reads its body know."""
        if self._exchange is not None:
            self._state = DEAF
            self._exchange.keep = False
            if self._intake is not None:
                self._intake.inbox.fail(refusal)
            if self._fresh:
                self._attend()
            return
        self._serving.refused(refusal.answer)
        body = refusal.message.encode() + b"\n"
        length = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(
            body
        )
        self.write(b"".join((status_line(refusal.answer), date_line(), length, body)))
        self._end(lingers=True)

    def _end(self, *, lingers: bool = False) -> None:
        """Take nothing more."""
        self._state = DEAF
        self._pending = b""
        self._lingers = self._lingers or lingers
        self.over = True
        self._pause_if(full=False)
        self._rouse()

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
