"""A server in memory whose handler a test gives, and ways to speak to it: as raw bytes, and by our own client."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.dressing import Dressing
from netloom.links.http.client import open_http
from netloom.links.listener import Listener
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.route import Route
from netloom.links.trace import Trace
from netloom.shapes import Protocol, Scheme

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable

    from netloom.links.http.client import HttpConnection, Version
    from netloom.links.http.exchange import Exchange
    from netloom.links.network import Network
    from netloom.links.stream import Stream
    from netloom.links.tls import ServerTLS
    from netloom.records import AccessRecord

    Handler = Callable[[Exchange], Awaitable[None]]

TEXT = (("content-type", "text/plain"),)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that a test narrows."""

    max_target: int | None = None
    max_head: int | None = None
    max_headers: int | None = None
    max_body: int | None = None
    max_streams: int | None = None


def declared(name: str = "http") -> Protocol:
    schemes = {
        "http": {"http": Scheme(80, "http"), "https": Scheme(443, "https")},
        "ws": {"ws": Scheme(80, "http", channel="websocket")},
        "grpc": {"grpc": Scheme(80, "http", channel="application/grpc")},
    }
    return Protocol(
        name=name,
        rfc="",
        summary="",
        schemes=schemes.get(name, {"doh": Scheme(443, "http", path="/dns-query")}),
        contents=(),
        client="",
        serve="",
        probe="",
        decode="",
    )


class Place:
    """A server that listens: `asked` has what its handler was asked."""

    def __init__(self, network: Network, link: LinkOptions) -> None:
        self.network = network
        self.link = link
        self.records: list[AccessRecord] = []
        self.endpoint = Endpoint(scheme="http")
        self.listener: Listener

    def route(
        self, handler: Handler, url: str = "http://127.0.0.1:0", name: str = "http", options: Any = None
    ) -> Route:
        async def serve(exchange: Exchange, content: Any, context: Any) -> None:
            await handler(exchange)

        endpoint = Endpoint.parse(url)
        protocol = declared(name)
        return Route(
            declared=protocol,
            scheme=protocol.schemes[endpoint.scheme],
            endpoint=endpoint,
            content=None,
            options=options,
            serve=serve,
            report=self.records.append,
        )

    async def open(self, routes: list[Route], tls: ServerTLS | None = None) -> None:
        self.listener = Listener(self.network, routes, self.link, Accounts(), Dressing.of(routes, self.link, tls))
        self.endpoint = (await self.listener.open())[0]

    async def stream(self) -> Stream:
        """A raw connection."""
        return await self.dialler().tcp(self.endpoint.host, self.endpoint.port or 0)

    def dialler(self, **options: Any) -> Dialler:
        return Dialler(self.network, self.endpoint, LinkOptions(**options), Trace(self.network.clock))

    async def client(self, version: Version = "", **options: Any) -> HttpConnection:
        """Our own client's connection."""
        return await open_http(self.dialler(**options), version=version)

    async def say(self, data: bytes, *, end: bool = True) -> bytes:
        """Send bytes, and hear all until the server closes."""
        stream = await self.stream()
        await stream.write(data)
        if end:
            await stream.write_eof()
        heard = b"".join([chunk async for chunk in stream])
        await stream.close()
        return heard


@contextlib.asynccontextmanager
async def serving(
    handler: Handler, options: Any = None, *, url: str = "http://127.0.0.1:0", **link: Any
) -> AsyncIterator[Place]:
    """One route with one handler, in memory."""
    place = Place(MemoryNetwork(), LinkOptions(**link))
    await place.open([place.route(handler, url, options=options)])
    try:
        yield place
    finally:
        await place.listener.close(1.0)


async def hello(exchange: Exchange) -> None:
    """The smallest answer."""
    await exchange.respond(200, TEXT, b"hello")


def counting(seen: list[Exchange], gate: asyncio.Event | None = None) -> Handler:
    """Answers with what was asked, and remembers it."""

    async def handle(exchange: Exchange) -> None:
        seen.append(exchange)
        if gate is not None:
            await gate.wait()
        body = await exchange.read(1 << 20)
        await exchange.respond(200, TEXT, f"{exchange.request.method} {exchange.request.target} ".encode() + body)

    return handle


def answers(heard: bytes) -> list[int]:
    """The status codes of the answers that were heard, in order."""
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]
