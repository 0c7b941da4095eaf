"""Applications over HTTP: a request as an ASGI scope, its events to an answer (ASGI 3.0, HTTP specification 2.5)."""

from __future__ import annotations

import functools
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from netloom.accounts import Right
from netloom.errors import LocalProtocolError
from netloom.protocols.http.access import admit
from netloom.protocols.http.lifespan import STATES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.contents.app import App, Event
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange

log = logging.getLogger("netloom.serve")

_RULE = "ASGI 3.0"
_TEXT = (("content-type", "text/plain; charset=utf-8"),)

Address = tuple[str, int]


async def serve(exchange: Exchange, content: App, context: Context) -> None:
    """One request to an application."""
    started = time.time()
    request = exchange.request
    user: str | None = ""
    accounts = context.accounts
    if len(accounts) or Right.READ not in accounts.anonymous:
        user = await admit(exchange, context, Right.READ, optional=True)
    if user is not None:
        if exchange.upgrade == "websocket":
            from netloom.protocols.http.asgi_websocket import attend

            await attend(exchange, content, context)
        else:
            call = Call(exchange)
            try:
                await content.asgi(scope_of(exchange, content, context), call.receive, call.send)
            except Exception:
                if exchange.status >= 200:
                    raise  # an answer that began can't be taken back: the connection ends in its middle
                log.exception("%s failed at %s", content.name, request.method)
                await exchange.respond(500, _TEXT, b"Internal Server Error\n")
            else:
                if not call.complete:
                    raise LocalProtocolError(f"{content.name} ended without a whole answer", rule=_RULE)
    target = request.target.partition("?")[0]
    context.access(
        request.method, target, status=str(exchange.status), user=user or "", size=exchange.sent, started=started
    )


class Call:
    """`receive` and `send` for one request."""

    __slots__ = ("_body", "_exchange", "_headers", "_received", "_status", "_trailers", "complete")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._body: AsyncIterator[bytes] | None = None
        self._received = False
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._trailers: list[tuple[str, str]] | None = None
        self.complete = False

    async def receive(self) -> Event:
        """The body in pieces, then nothing until the client goes or the answer is whole."""
        if self._received:
            if not self.complete:
                await self._exchange.wait_closed()
            return {"type": "http.disconnect"}
        if self._body is None:
            self._body = self._exchange.chunks()
        chunk = await anext(self._body, b"")
        self._received = not chunk
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def send(self, event: Event) -> None:
        """Raises LocalProtocolError for events out of their order, ConnectionLost once the client has gone."""
        kind = event["type"]
        if kind == "http.response.body":
            if self._status and not event.get("more_body") and not self._exchange.status and self._trailers is None:
                self.complete = True
                await self._exchange.respond(self._status, self._headers, bytes(event.get("body", b"")))
            else:
                await self._send_body(bytes(event.get("body", b"")), more=bool(event.get("more_body")))
        elif kind == "http.response.start":
            if self._status:
                raise LocalProtocolError("the application began its answer twice", rule=_RULE)
            self._status = event["status"]
            self._headers = texts(event.get("headers", ()))
            if event.get("trailers"):
                self._trailers = []
        elif kind == "http.response.trailers" and self._trailers is not None:
            self._trailers += texts(event.get("headers", ()))
            if not event.get("more_trailers", False):
                self.complete = True
                await self._exchange.finish(self._trailers)
        else:
            raise LocalProtocolError(f"{kind!r} has no place here", rule=_RULE)

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        if not self._status or self.complete:
            raise LocalProtocolError("a body stands between http.response.start and the end of the answer", rule=_RULE)
        exchange = self._exchange
        if exchange.status < 200:
            await exchange.start(self._status, self._headers)
        if body:
            await exchange.send(body)
        if not more and self._trailers is None:
            self.complete = True
            await exchange.finish()


def scope_of(exchange: Exchange, content: App, context: Context) -> dict[str, Any]:
    """The scope of one request. `root_path` is the path that the application was given, and a part of `path`."""
    request = exchange.request
    version = exchange.version
    target = request.target
    raw, _, query = target.partition("?")
    headers = [(_octets(name), value.encode("latin-1")) for name, value in request.headers]
    if version == "2" and request.authority:
        headers.insert(0, (b"host", request.authority.encode("latin-1")))
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": version,
        "method": request.method,
        "scheme": request.scheme,
        "path": unquote(raw) if "%" in raw else raw,
        "raw_path": raw.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": context.endpoint.path.rstrip("/"),
        "headers": headers,
        "client": address_of(exchange.peer),
        "server": server_of(request.authority, request.scheme),
        "extensions": {"http.response.trailers": {}},
    }
    if STATES and (state := STATES.get(id(content))) is not None:
        scope["state"] = state.copy()
    return scope


@functools.lru_cache(maxsize=1024)
def _octets(name: str) -> bytes:
    return name.encode("latin-1")


@functools.lru_cache(maxsize=1024)
def address_of(peer: str) -> Address | None:
    """`host:port` as ASGI has it; None for a process on the other side of a Unix socket."""
    host, _, port = peer.rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdigit() else None


@functools.lru_cache(maxsize=1024)
def server_of(authority: str, scheme: str) -> Address:
    """The host and port that the client meant."""
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdigit():
        host, port = authority.removesuffix(":"), "443" if scheme == "https" else "80"
    return host.strip("[]") or "localhost", int(port)


def texts(headers: Any) -> tuple[tuple[str, str], ...]:
    """Fields as an application gives them, in bytes. Raises LocalProtocolError for what is none."""
    try:
        return tuple([_text(name, value) for name, value in headers])
    except (AttributeError, TypeError, ValueError):
        raise LocalProtocolError("headers are pairs of bytes", rule=_RULE) from None


@functools.lru_cache(maxsize=1024)
def _text(name: bytes, value: bytes) -> tuple[str, str]:
    try:
        return name.decode("ascii"), value.decode()
    except UnicodeDecodeError:  # ISO 8859-1, which hardly anybody sends any more
        return name.decode("latin-1"), value.decode("latin-1")
