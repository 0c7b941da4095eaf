from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from hyperframe.frame import PingFrame

from netloom.errors import (
    NetloomError,
)
from netloom.links.virtual import run
from tests.links.http.h2_peer import ended, meeting, still_serves
from tests.links.http.lab import counting, hello, serving

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


class TestForms:
    @pytest.mark.parametrize(
        "fields",
        [
            ((":path", ""),),
            ((":method", ""),),
            ((":scheme", ""),),
            (("connection", "close"),),
            (("transfer-encoding", "chunked"),),
            (("X-Upper", "1"),),
            (("x", "a\r\nb"),),
            (("te", "gzip"),),
            (("content-length", "5"),),
            (("content-length", "-5"),),
            ((":status", "200"),),
            ((":path", "x"),),
            ((":path", "/a b"),),
            ((":path", "/a#b"),),
            ((":authority", "a@b"),),
            (("host", "other"),),
            ((":path", "*"),),
        ],
    )
    async def test_what_may_not_come(self, fields: tuple[tuple[str, str], ...]) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            async with meeting(place) as peer:
                await peer.hear(h2.events.RemoteSettingsChanged)
                peer.request(1, *fields)
                with contextlib.suppress(NetloomError):
                    await peer.flush()
                    await peer.hear(h2.events.StreamEnded)
            assert seen == []
            await still_serves(place)


class TestTime:
    """On the virtual clock."""

    def test_an_idle_connection_is_told_and_closed(self) -> None:
        async def main() -> None:
            async with serving(hello, idle=30.0) as place, meeting(place) as peer:
                peer.request(1)
                await peer.flush()
                await peer.hear(h2.events.StreamEnded)
                assert await ended(peer) == 0
                assert 30.0 <= asyncio.get_running_loop().time() < 31.0

        run(main())

    def test_pings_dont_keep_an_idle_connection(self) -> None:
        async def main() -> None:
            async with serving(hello, idle=30.0) as place, meeting(place) as peer:
                peer.request(1)
                await peer.flush()
                with contextlib.suppress(NetloomError):
                    for _ in range(60):
                        await asyncio.sleep(1.0)
                        await peer.stream.write(PingFrame(0, b"12345678").serialize())
                assert await ended(peer) in (0, -1)
                assert not place.listener.connections

        run(main())

    def test_a_preface_that_crawls(self) -> None:
        async def main() -> None:
            async with serving(hello) as place:
                stream = await place.stream()
                await stream.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n")
                heard = b"".join([chunk async for chunk in stream])
                assert b"\x07" in heard
                assert asyncio.get_running_loop().time() <= 21.0
                stream.abort()

        run(main())

    def test_a_body_that_crawls(self) -> None:
        async def main() -> None:
            async with serving(counting([])) as place, meeting(place) as peer:
                peer.request(1, (":method", "POST"), end=False)
                await peer.flush()

                async def crawl() -> None:
                    while True:
                        peer.engine.send_data(1, b"x")
                        await peer.flush()
                        await asyncio.sleep(1.0)

                crawling = asyncio.ensure_future(crawl())
                response = await peer.hear(h2.events.ResponseReceived)
                assert dict(response.headers)[b":status"] == b"408"
                assert 20.0 <= asyncio.get_running_loop().time() < 22.0
                crawling.cancel()

        run(main())

    def test_a_client_that_never_opens_its_window(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, (), bytes(10_000_000))

        async def main() -> None:
            async with serving(handle, idle=30.0) as place, meeting(place) as peer:
                peer.request(1)
                await peer.flush()
                await peer.hear(h2.events.StreamReset)
                assert 30.0 <= asyncio.get_running_loop().time() < 31.0

        run(main())
