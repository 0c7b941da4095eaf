"""HTTP as a carrier: one engine for client and server, HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113), on our own links."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.links.route import Route
    from netloom.links.stream import Stream


async def carry(stream: Stream, routes: list[Route], context: Context) -> None:
    """Serve one accepted connection: every request goes to the route that it is for."""
    from netloom.links.http.server import carry as serve

    await serve(stream, routes, context)
