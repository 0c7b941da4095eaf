from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from hyperframe.frame import ContinuationFrame, GoAwayFrame, HeadersFrame, PingFrame, SettingsFrame

from netloom.errors import (
    ConnectionLost,
    NetloomError,
)
from tests.links.http.h2_peer import PRIOR, ask, ended, meeting, still_serves
from tests.links.http.lab import Options, counting, hello, serving

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


class TestFloods:
    async def test_rapid_reset(self) -> None:
        """CVE-2023-44487."""
        started = 0

        async def handle(exchange: Exchange) -> None:
            nonlocal started
            started += 1
            await asyncio.sleep(0.01)
            await exchange.respond(200)

        async with serving(handle) as place:
            async with meeting(place) as peer:
                with contextlib.suppress(NetloomError):
                    for number in range(1, 20_001, 2):
                        peer.request(number)
                        peer.engine.reset_stream(number)
                        if number % 100 == 1:
                            await peer.flush()
                            await asyncio.sleep(0)
                assert await ended(peer) in (11, -1)
            assert started < 1000
            await still_serves(place)

    @pytest.mark.parametrize(
        "frame",
        [
            PingFrame(0, b"12345678").serialize(),
            SettingsFrame(0).serialize(),
            b"\0\0\5\2\0\0\0\0\1\0\0\0\0\0",  # PRIORITY
            b"\0\0\0\xee\0\0\0\0\0",  # of a kind that nobody knows
            b"\0\0\4\x08\0\0\0\0\0\0\0\0\1",  # WINDOW_UPDATE
        ],
    )
    async def test_frames_that_carry_nothing(self, frame: bytes) -> None:
        async with serving(hello) as place:
            async with meeting(place) as peer:
                with contextlib.suppress(NetloomError):
                    for _ in range(200):
                        await peer.stream.write(frame * 100)
                assert await ended(peer) in (11, -1)
            await still_serves(place)

    async def test_continuation(self) -> None:
        """CVE-2024-27316 and its like: a header block without an end."""
        async with serving(hello) as place:
            async with meeting(place) as peer:
                head = HeadersFrame(1, b"\x82")
                more = ContinuationFrame(1, b"\x40\x01a" + b"\x01b")
                with contextlib.suppress(NetloomError):
                    await peer.stream.write(head.serialize())
                    for _ in range(1000):
                        await peer.stream.write(more.serialize() * 10)
                assert await ended(peer) != 0
            await still_serves(place)

    async def test_a_header_bomb(self) -> None:
        async with serving(hello) as place:
            async with meeting(place) as peer:
                # One long field goes into the table once, and is then referred to by one byte each.
                block = b"\x82\x86\x84\x41\x01a" + b"\x40\x01x\x7f\x81\x1e" + b"y" * 4000 + b"\xbe" * 10_000
                frame = HeadersFrame(1, block[:16384])
                frame.flags.add("END_HEADERS")
                frame.flags.add("END_STREAM")
                await peer.stream.write(frame.serialize())
                assert await ended(peer) != 0
            await still_serves(place)

    async def test_more_streams_than_are_allowed(self) -> None:
        gate = asyncio.Event()
        seen: list[Exchange] = []
        async with serving(counting(seen, gate), Options(max_streams=10)) as place:
            async with meeting(place) as peer:
                for number in range(1, 41, 2):
                    peer.request(number)
                await peer.flush()
                await ended(peer)
            assert len(seen) <= 10
            gate.set()
            await still_serves(place)

    async def test_a_client_without_a_window_costs_little(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, (), bytes(10_000_000))

        async with serving(handle) as place, meeting(place) as peer:
            peer.engine.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1})
            peer.request(1)
            await peer.flush()
            await peer.hear(h2.events.ResponseReceived)
            got = 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    while True:
                        got += len((await peer.hear(h2.events.DataReceived)).data)
            assert got <= 65_535

    @pytest.mark.parametrize(
        "data",
        [
            b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + PingFrame(0, b"12345678").serialize(),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize() + b"\0\0\0\0\0\0\0\0\0",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize() + b"\xff\xff\xff\0\0\0\0\0\1",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            + SettingsFrame(0).serialize()
            + HeadersFrame(2, b"\x82", flags=["END_HEADERS"]).serialize(),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            + SettingsFrame(0).serialize()
            + HeadersFrame(1, b"\xff" * 9, flags=["END_HEADERS"]).serialize(),
        ],
    )
    async def test_what_is_no_http_2(self, data: bytes) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            with contextlib.suppress(ConnectionLost):
                await asyncio.wait_for(place.say(data, end=False), 10.0)
            await still_serves(place)
        assert len(seen) == 1


class TestGoingAway:
    async def test_what_was_begun_is_finished(self) -> None:
        gate = asyncio.Event()
        async with serving(counting([], gate)) as place:
            connection = await place.client(PRIOR)
            asking = asyncio.ensure_future(connection.request(ask()))
            await asyncio.sleep(0.01)
            closing = asyncio.ensure_future(place.listener.close(5.0))
            await asyncio.sleep(0.01)
            assert not closing.done()
            gate.set()
            assert await (await asking).read(100) == b"GET / "
            await closing
            assert not connection.reusable
            await connection.close()

    async def test_a_server_finishes_what_the_client_asked(self) -> None:
        gate = asyncio.Event()
        async with serving(counting([], gate)) as place, meeting(place) as peer:
            peer.request(1)
            await peer.flush()
            await peer.stream.write(GoAwayFrame(0).serialize())
            await asyncio.sleep(0.01)
            gate.set()
            assert (await peer.hear(h2.events.DataReceived)).data == b"GET / "
