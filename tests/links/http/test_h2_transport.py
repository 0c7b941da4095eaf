from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import (
    ConnectionLost,
    PeerRefused,
)
from netloom.links.http.messages import header
from tests.links.http.h2_peer import PRIOR, ask
from tests.links.http.lab import serving
from tests.links.http.lab_h1 import saying

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


class TestExtendedConnect:
    async def test_both_sides_speak_on(self) -> None:
        async def handle(exchange: Exchange) -> None:
            assert exchange.upgrade == "echo"
            stream = await exchange.accept_upgrade([("x-a", "b")])
            async for chunk in stream:
                await stream.write(chunk.upper())
            await stream.close()

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            response, stream = await connection.upgrade(ask(protocol="echo"))
            assert response.status == 200
            assert header(response.headers, "x-a") == "b"
            assert stream is not None
            await stream.write(b"early")
            assert await stream.read() == b"EARLY"
            data = b"y" * 1_000_000
            sending = asyncio.ensure_future(stream.write(data))
            assert await stream.read_exactly(len(data)) == data.upper()
            await sending
            other = await connection.request(ask("HEAD", protocol=""))  # the connection is still everybody's
            assert other.response.status == 500
            await stream.write_eof()
            assert await stream.read() == b""
            await stream.close()
            await connection.close()

    @pytest.mark.parametrize(("said", "heard"), [(404, 404), (200, 500)])
    async def test_refused(self, said: int, heard: int) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(said)

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            response, stream = await connection.upgrade(ask(protocol="echo"))
            assert (response.status, stream) == (heard, None)
            await connection.close()

    async def test_a_server_that_has_none(self) -> None:
        settings = b"\0\0\0\4\0\0\0\0\0"
        async with saying(settings, closes=False) as (place, _):
            connection = await place.client(PRIOR)
            with pytest.raises(PeerRefused, match="HTTP/2"):
                await connection.upgrade(ask(protocol="echo"))
            await connection.close()

    async def test_a_peer_that_resets(self) -> None:
        async def handle(exchange: Exchange) -> None:
            stream = await exchange.accept_upgrade()
            await stream.read()
            stream.abort()

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            _, stream = await connection.upgrade(ask(protocol="echo"))
            assert stream is not None
            await stream.write(b"x")
            with pytest.raises(ConnectionLost):
                await stream.read_exactly(1)
            await connection.close()
