"""A server in memory that says the next bytes to each request, whatever was asked; and bodies in pieces."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.listener import Listener
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.route import Route
from netloom.shapes import Scheme
from tests.links.http.lab import Place, declared

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


@contextlib.asynccontextmanager
async def saying(*answers: bytes, closes: bool = True, cut: int = 0) -> AsyncIterator[tuple[Place, list[bytes]]]:
    """A server that answers each request's head with the next bytes, whatever was asked."""

    heard: list[bytes] = []

    async def serve(link: Stream, content: object, context: object) -> None:
        for answer in answers:
            heard.append(await link.read_until(b"\r\n\r\n"))
            for at in range(0, len(answer), cut or len(answer) or 1):
                await link.write(answer[at : at + (cut or len(answer))])
                await asyncio.sleep(0)
        while not closes and await link.read():
            pass

    place = Place(MemoryNetwork(), LinkOptions())
    route = Route(
        declared=declared(),
        scheme=Scheme(80, "tcp"),
        endpoint=Endpoint.parse("http://127.0.0.1:0"),
        content=None,
        options=None,
        serve=serve,
        report=place.records.append,
    )
    place.listener = Listener(place.network, [route], place.link, Accounts())
    place.endpoint = (await place.listener.open())[0]
    try:
        yield place, heard
    finally:
        await place.listener.close(0.0)
