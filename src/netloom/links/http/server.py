"""HTTP, the server's side of a connection: its version, the route of each request, and what a failure says."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, NetloomError, RemoteProtocolError
from netloom.links.http import h3_offer
from netloom.links.http.body import TOO_LARGE
from netloom.links.http.exchange import Exchange
from netloom.links.http.h1_request import Refusal
from netloom.links.http.limits import Limits
from netloom.links.http.routing import Router

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from netloom.links.context import Context
    from netloom.links.http.messages import Request
    from netloom.links.quic.link import QuicLink
    from netloom.links.route import Route
    from netloom.links.stream import Stream

__all__ = ["Exchange", "Limits", "Serving", "carry"]

log = logging.getLogger("netloom.serve")

_TEXT = (("content-type", "text/plain; charset=utf-8"),)


class Serving:
    """What every version needs for one connection: routes, limits, and the context of each."""

    __slots__ = (
        "_contexts", "_faulty", "_offer", "_router", "_single", "context", "idle", "limits", "scheme", "sniffs",
    )  # fmt: skip

    def __init__(self, stream: Stream | QuicLink, routes: list[Route], context: Context) -> None:
        self.context = context
        self.limits = Limits.of(*[route.options for route in routes])
        self.idle = context.idle
        self.scheme = "https" if stream.info("tls") is not None else "http"
        self.sniffs = False  # whether HTTP/2 may begin without being asked for (RFC 9113 §3.3)
        self._router = Router(routes)
        self._single = routes[0] if len(routes) == 1 and self._router.is_catch_all else None
        self._contexts: dict[int, Context] = {id(routes[0]): context}
        self._faulty = context.faulty
        self._offer = h3_offer.fields(context.http3) if context.http3 else ()

    @property
    def closing(self) -> bool:
        """Whether the server stops."""
        return self.context.closing

    def attend(self, exchange: Exchange) -> Coroutine[Any, Any, None]:
        """Whatever serves this request."""
        route = self._single or self._router.find(exchange.request)
        if route is None:
            return self._nowhere(exchange)
        if self._offer and not route.scheme.channel:
            exchange = h3_offer.Offering(exchange, self._offer)
        context = self._contexts.get(id(route))
        if context is None:
            context = self._contexts[id(route)] = self.context.for_route(route)
        if self._faulty:
            from netloom.links.http.refusing import refusal

            if (refused := refusal(exchange, context)) is not None:
                return refused
        return route.serve(exchange, route.content, context)  # type: ignore[return-value]  # an async function

    async def _nowhere(self, exchange: Exchange) -> None:
        """Nothing is served at this path (RFC 9110 §15.5.5), or only to those who upgrade (§15.5.22)."""
        request: Request = exchange.request
        if self._router.only_upgrades(request):
            await exchange.respond(426, (*_TEXT, ("upgrade", "websocket")), b"a WebSocket is served here\n")
        else:
            await exchange.respond(404, _TEXT, b"nothing is served here\n")
        target = request.target.partition("?")[0]
        self.context.access(request.method, target, status=str(exchange.status), size=exchange.sent)

    def explain(self, failure: BaseException | None) -> tuple[int, str]:
        """The status and words that answer a failure; 0 where nobody is left to hear them. Bugs are logged."""
        if isinstance(failure, Refusal):
            return failure.answer, failure.message
        if isinstance(failure, RemoteProtocolError):
            return (413 if failure.rule == TOO_LARGE else 400), failure.message
        if isinstance(failure, DeadlineExceeded):
            return 408, failure.message
        if isinstance(failure, ConnectionLost):
            return 0, ""
        if isinstance(failure, NetloomError) and not isinstance(failure, LocalProtocolError):
            log.warning("a request failed: %s", failure.message)
        elif failure is not None:
            log.error("a bug in the server's side of HTTP", exc_info=failure)
        else:
            log.error("a request was left without its answer")
        return 500, "the server failed"

    def refused(self, status: int) -> None:
        """Record what was no request."""
        self.context.access("-", status=str(status))


async def carry(stream: Stream, routes: list[Route], context: Context) -> None:
    """Serve one accepted connection until it ends: in HTTP/2 where TLS agreed on it or it begins so, or HTTP/1.1."""
    tls = stream.info("tls")
    serving = Serving(stream, routes, context)
    agreed = tls.connection.get_alpn_proto_negotiated() if tls is not None else b""
    if agreed != b"h2":
        from netloom.links.http.h1_server import H1Server

        serving.sniffs = not agreed
        first = H1Server(stream, serving)
        await first.run()
        if not first.begins_h2:
            return
    from netloom.links.http.h2_server import H2Server

    await H2Server(stream, serving).run()
