"""HTTP/3, one connection at a server: a task for each request (RFC 9114)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost, NetloomError
from netloom.links.http.body import TOO_LARGE, Inbox
from netloom.links.http.fields import is_host, is_token
from netloom.links.http.h1_request import Refusal
from netloom.links.http.h3_connection import H3Protocol
from netloom.links.http.h3_exchange import H3Exchange
from netloom.links.http.h3_stream import H3Stream, Part
from netloom.links.http.messages import Request
from netloom.links.http.refusing import TurnedAway
from netloom.links.http.server import Serving
from netloom.links.http.watch import Watch
from netloom.wire.http3 import message, qpack
from netloom.wire.http3.codes import Code, Http3Error

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.links.quic.link import QuicLink
    from netloom.links.route import Route

_TARGET = re.compile(r"/[!-\"$-~]*|\*")
_TEXT = (("content-type", "text/plain; charset=utf-8"),)


class H3Server(H3Protocol):
    """One connection. Its own task runs `run`."""

    def __init__(self, link: QuicLink, serving: Serving) -> None:
        super().__init__(link, serving.limits, serving.idle, client=False)
        self.serving = serving
        self._finished = link.loop.create_future()
        self._group: asyncio.TaskGroup
        self._watch = Watch(link.loop, self._idle_for_too_long)
        self._said_goaway = False
        self._next = 0
        self._late: set[int] = set()  # streams that were begun before those that came earlier
        self._served: set[H3Stream] = set()

    async def run(self) -> None:
        """Serve until the connection ends."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._watch.within(self.limits.head_timeout)
                self.begin()
                await self._finished
        except asyncio.CancelledError:
            self._close()  # the server stops
            raise
        finally:
            self._watch.stop()

    def _close(self) -> None:
        self.stream.close(Code.NO_ERROR, "", ConnectionLost("the connection has served its last request"))

    # What the connection tells

    def arriving(self, number: int) -> H3Stream | None:
        if number >= self._next:
            self._late.update(range(self._next, number, 4))
            self._next = number + 4
        elif number in self._late:
            self._late.discard(number)
        else:
            return None
        inbox = Inbox(self.loop, self.limits, lambda size: self.take_back(stream, size))
        stream = H3Stream(self, number, inbox)
        if self._said_goaway:
            stream.reset(Code.REQUEST_REJECTED)
            return None
        self.streams[number] = stream
        return stream

    def next_stream(self) -> int:
        return self._next

    def head(self, stream: H3Stream, fields: list[qpack.Field]) -> None:
        stream.part = Part.BODY
        try:
            request = self._request(fields)
            stream.left = message.length(request.headers)
            if stream.left is not None and stream.left > self.limits.max_body:
                raise Refusal(413, f"a body of more than {self.limits.max_body} bytes", TOO_LARGE)
        except Refusal as refusal:
            self._serve(stream, refusal)
        else:
            self._serve(stream, request)

    def malformed(self, stream: H3Stream, error: Http3Error) -> None:
        """A request that is none is answered, where nobody answers it yet (RFC 9114 §4.1.2)."""
        if stream in self._served:
            stream.stop(error.code)
            stream.over = True
            stream.receiver.fail(error)
            return
        status = 431 if isinstance(error, qpack.TooLarge) else 400
        self._serve(stream, Refusal(status, error.message, error.rule))

    def was_reset(self, stream: H3Stream) -> None:
        if stream not in self._served:
            self._forget(stream)

    def ended(self, error: NetloomError) -> None:
        if not self._finished.done():
            self._finished.set_result(None)

    # One stream

    def _serve(self, stream: H3Stream, what: Request | Refusal) -> None:
        self._watch.stop()
        self._served.add(stream)
        self._group.create_task(self._attend(stream, what))

    async def _attend(self, stream: H3Stream, what: Request | Refusal) -> None:
        inbox = stream.receiver
        assert isinstance(inbox, Inbox)  # noqa: S101  # what `arriving` gave it
        exchange = H3Exchange(stream, inbox, what if isinstance(what, Request) else Request(method="GET", target="/"))
        failure: Exception | None = None
        stream.working = self.serving.context.working()
        stream.working.__enter__()
        try:
            if isinstance(what, Refusal):
                self.serving.refused(what.answer)
                raise what
            if stream.over:
                exchange.expecting = False  # there is no body to wait for
            await self.serving.attend(exchange)
        except Exception as exc:
            failure = exc
        try:
            await self._conclude(stream, exchange, failure)
        except NetloomError:
            stream.reset(Code.INTERNAL_ERROR)
        finally:
            stream.rest()
            self.take_back(stream, exchange.drop())
            self._forget(stream)

    async def _conclude(self, stream: H3Stream, exchange: H3Exchange, failure: Exception | None) -> None:
        """See to it that a stream has an answer, and an end."""
        if isinstance(failure, TurnedAway) and not self._said_goaway:
            self._said_goaway = True
            self.say_goaway(stream.id)
            return
        if failure is not None or not exchange.complete:
            status, words = self.serving.explain(failure)
            if stream.error is not None or exchange.complete:
                return
            if exchange.status < 200 and status:
                await exchange.respond(status, _TEXT, words.encode() + b"\n")
            else:
                stream.reset(Code.INTERNAL_ERROR)
        if stream.error is None:
            stream.stop(Code.NO_ERROR)  # the rest of the request isn't needed (RFC 9114 §4.1)

    def _forget(self, stream: H3Stream) -> None:
        self.streams.pop(stream.id, None)
        self._served.discard(stream)
        self.let_go(stream)
        if stream.error is None:
            stream.fail(ConnectionLost("this exchange is over"))
        if self.serving.closing and not self._said_goaway:
            self._said_goaway = True
            self.say_goaway()
        if not self._served and not self.over:
            if self._said_goaway:
                self._watch.within(self.limits.linger)  # what was said last may have to be said again
            else:
                self._watch.within(self.serving.idle)

    def _request(self, fields: list[qpack.Field]) -> Request:
        """The request that the fields make. Raises Http3Error, Refusal."""
        pseudo, headers = message.request(fields)
        limits = self.limits
        if len(headers) > limits.max_headers:
            raise Refusal(431, f"more than {limits.max_headers} fields", "RFC 6585 §5")
        hosts = [value for name, value in headers if name == "host"]
        authority = pseudo.get(":authority", hosts[0] if hosts else "")
        if not authority or not is_host(authority) or any(host != authority for host in hosts):
            raise Refusal(400, "an authority that names no host, or two", "RFC 9114 §4.3.1")
        method, target = pseudo[":method"], pseudo.get(":path", authority)
        if len(target) > limits.max_target:
            raise Refusal(414, f"a target of more than {limits.max_target} bytes", "RFC 9110 §15.5.15")
        if not is_token(method) or not (method == "CONNECT" or _TARGET.fullmatch(target)):
            raise Refusal(400, "a method or a path of no form that a request may have", "RFC 9114 §4.3.1")
        if target == "*" and method != "OPTIONS":
            raise Refusal(400, "a path of no form that a request may have", "RFC 9110 §7.1")
        return Request(
            method=method,
            target=target,
            headers=tuple(pair for pair in headers if pair[0] != "host"),  # it is the authority
            scheme=self.serving.scheme,
            authority=authority,
        )

    def _idle_for_too_long(self) -> None:
        if not self._served and not self.over:
            if not self._said_goaway:
                self.say_goaway()
            self._close()


async def carry(link: QuicLink, routes: list[Route], context: Context) -> None:
    """Serve one connection of QUIC until it ends. What asks for a channel isn't carried by it (RFC 9220)."""
    plain = [route for route in routes if not route.scheme.channel]
    try:
        await H3Server(link, Serving(link, plain, context)).run()
    finally:
        link.close(Code.INTERNAL_ERROR, "the server failed")  # nothing, where it ended as it should
