"""HTTP/2, one connection at a server: a task for each stream (RFC 9113)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

from h2.errors import ErrorCodes

from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links.http.body import TOO_LARGE, Inbox
from netloom.links.http.fields import is_host
from netloom.links.http.h1_request import Refusal
from netloom.links.http.h2_connection import H2Protocol, H2Stream
from netloom.links.http.h2_exchange import H2Exchange
from netloom.links.http.messages import Request
from netloom.links.http.refusing import TurnedAway
from netloom.links.http.watch import Watch

if TYPE_CHECKING:
    from h2.events import RequestReceived

    from netloom.links.http.server import Serving
    from netloom.links.stream import Stream

_TARGET = re.compile(r"/[!-\"$-~]*|\*")


class H2Server(H2Protocol):
    """One connection. Its own task runs `run`."""

    def __init__(self, stream: Stream, serving: Serving) -> None:
        super().__init__(stream, serving.limits, serving.idle, client=False)
        self.serving = serving
        self._finished = stream.loop.create_future()
        self._group: asyncio.TaskGroup
        self._watch = Watch(stream.loop, self._idle_for_too_long)
        self._said_goaway = False

    async def run(self) -> None:
        """Serve until the connection ends."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._watch.within(self.limits.head_timeout)
                self.begin()
                await self._finished
        except asyncio.CancelledError:
            await self._say_goodbye()
            raise
        finally:
            self._watch.stop()

    async def _say_goodbye(self) -> None:
        """The server stops: let the peer know, as far as it listens."""
        if not self._gone:
            self.say_goaway()
            with contextlib.suppress(TimeoutError, NetloomError):
                async with asyncio.timeout(self.limits.linger):
                    await self.stream.close()

    # What the connection tells

    def requested(self, event: RequestReceived) -> None:
        number = event.stream_id
        self._watch.stop()
        inbox = Inbox(self.loop, self.limits, lambda size: self.take_back(stream, size))
        stream = H2Stream(self, number, inbox)
        self.streams[number] = stream
        if self._said_goaway or self.over:
            self._forget(stream)
            self.engine.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return
        fields = [(str(name), str(value)) for name, value in event.headers]
        self._group.create_task(self._attend(stream, inbox, fields, bodiless=event.stream_ended is not None))

    def settled(self) -> None:
        if not self.streams:
            self._watch.within(self.serving.idle)

    def ended(self, error: NetloomError) -> None:
        if not self._finished.done():
            self._finished.set_result(None)

    # One stream

    async def _attend(self, stream: H2Stream, inbox: Inbox, fields: list[tuple[str, str]], *, bodiless: bool) -> None:
        exchange: H2Exchange | None = None
        failure: Exception | None = None
        stream.working = self.serving.context.working()
        stream.working.__enter__()
        try:
            exchange = H2Exchange(stream, inbox, self._request(fields, bodiless=bodiless))
            if bodiless:
                exchange.expecting = False
            await self.serving.attend(exchange)
        except Exception as exc:
            failure = exc
        try:
            await self._conclude(stream, exchange, failure)
        except NetloomError:
            stream.reset(ErrorCodes.INTERNAL_ERROR)
        finally:
            stream.rest()
            self.take_back(stream, exchange.drop() if exchange is not None else inbox.drop())
            self._forget(stream)

    async def _conclude(self, stream: H2Stream, exchange: H2Exchange | None, failure: Exception | None) -> None:
        """See to it that a stream has an answer, and an end."""
        if exchange is None:
            exchange = H2Exchange(stream, Inbox(self.loop, None, _nobody), Request(method="GET", target="/"))
            if isinstance(failure, Refusal):
                self.serving.refused(failure.answer)
        if isinstance(failure, TurnedAway) and not self._said_goaway:
            self._said_goaway = True
            self.say_goaway(last=max(0, stream.id - 2), text=failure.message.encode())
            return
        if failure is not None or not exchange.complete:
            status, words = self.serving.explain(failure)
            if stream.error is not None or exchange.complete:
                return
            if exchange.status < 200 and status:
                await exchange.respond(status, (("content-type", "text/plain; charset=utf-8"),), words.encode() + b"\n")
            else:
                stream.reset(ErrorCodes.INTERNAL_ERROR)
        if not stream.over and stream.error is None and not exchange.upgraded:
            stream.reset(ErrorCodes.NO_ERROR)  # the rest of the request isn't needed (RFC 9113 §8.1)

    def _forget(self, stream: H2Stream) -> None:
        self.streams.pop(stream.id, None)
        if stream.error is None:
            stream.fail(ConnectionLost("this exchange is over"))
        if self.serving.closing and not self._said_goaway:
            self._said_goaway = True
            self.say_goaway()
        if not self.streams and not self.over:
            if self._said_goaway or self.goaway is not None:
                self.transport.close()
                self._end(ConnectionLost("the connection has served its last request"))
            else:
                self._watch.within(self.serving.idle)

    def _request(self, fields: list[tuple[str, str]], *, bodiless: bool) -> Request:
        """The request that the fields make. The engine has checked their form (RFC 9113 §8.2, §8.3). Raises Refusal."""
        pseudo = {name: value for name, value in fields if name[0] == ":"}
        headers = [(name, value) for name, value in fields if name[0] != ":"]
        limits = self.limits
        if len(headers) > limits.max_headers:
            raise Refusal(431, f"more than {limits.max_headers} fields", "RFC 6585 §5")
        hosts = [value for name, value in headers if name == "host"]
        authority = pseudo.get(":authority", hosts[0] if hosts else "")
        if not is_host(authority) or len(hosts) > 1 or any(host != authority for host in hosts):
            raise Refusal(400, "an authority that names no host, or two", "RFC 9113 §8.3.1")
        headers = [pair for pair in headers if pair[0] != "host"]  # it is the authority
        method = pseudo[":method"]
        target = pseudo.get(":path", authority)
        if len(target) > limits.max_target:
            raise Refusal(414, f"a target of more than {limits.max_target} bytes", "RFC 9110 §15.5.15")
        if ":path" in pseudo and (
            not _TARGET.fullmatch(target) or (target == "*") != (method == "OPTIONS" and target == "*")
        ):
            raise Refusal(400, "a path of no form that a request may have", "RFC 9113 §8.3.1")
        length = next((value for name, value in headers if name == "content-length"), "0")
        if bodiless and int(length):
            raise Refusal(400, "a length is announced and there is no body", "RFC 9113 §8.1.1")
        if int(length) > limits.max_body:
            raise Refusal(413, f"a body of more than {limits.max_body} bytes", TOO_LARGE)
        return Request(
            method=method,
            target=target,
            headers=tuple(headers),
            scheme=self.serving.scheme,
            authority=authority,
            protocol=pseudo.get(":protocol", "").lower(),
        )

    def _idle_for_too_long(self) -> None:
        if not self.streams and not self.over:
            self.say_goaway()
            self.transport.close()
            self._end(ConnectionLost("nobody asked for anything"))


def _nobody(_: int) -> None:
    """Bytes that nobody counts."""


__all__ = ["H2Server", "RemoteProtocolError"]
