"""HTTP/3's flow of data: who doesn't read isn't sent more, who reads slowly keeps nobody's memory, floods end."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost
from netloom.links.http.limits import DEFAULT
from netloom.links.http.messages import Request
from netloom.links.virtual import run
from netloom.wire.http3 import frames, varint
from netloom.wire.http3.codes import Code
from tests.links.http.lab import TEXT, hello
from tests.links.http.lab_h3 import SETTINGS, head, serving_h3

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange

ASKED = Request(method="GET", target="/", scheme="https", authority="localhost")
LONG = 16 << 20


class TestCredit:
    def test_an_upload_that_nobody_reads_stops(self) -> None:
        gate = asyncio.Event()

        async def handler(exchange: Exchange) -> None:
            await gate.wait()
            size = 0
            async for piece in exchange.chunks():
                size += len(piece)
            await exchange.respond(200, TEXT, str(size).encode())

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                body = frames.emit(frames.DATA, b"x" * LONG)
                number = peer.ask(head() + body)
                await asyncio.sleep(30.0)
                left = peer.link.engine.get_send_buffer_size(number)
                # What was sent: the two windows, and no more.
                assert LONG - left < 2 * DEFAULT.connection_window + DEFAULT.stream_window
                gate.set()
                assert await peer.answered(number) == (200, str(LONG).encode())

        run(main())

    def test_a_download_that_nobody_reads_stops(self) -> None:
        sent = []

        async def handler(exchange: Exchange) -> None:
            await exchange.start(200)
            for _ in range(LONG // 65536):
                await exchange.send(b"y" * 65536)
                sent.append(65536)
            await exchange.finish()

        async def main() -> None:
            async with serving_h3(handler) as place:
                connection = await place.h3()
                reply = await connection.request(ASKED)
                await asyncio.sleep(30.0)
                assert sum(sent) < 2 * DEFAULT.connection_window + DEFAULT.stream_window + (1 << 20)
                assert len(await reply.read(LONG)) == LONG
                await connection.close()

        run(main())

    def test_memory_stays_small_meanwhile(self) -> None:
        async def handler(exchange: Exchange) -> None:
            async for _ in exchange.chunks():
                await asyncio.sleep(0.02)
            await exchange.respond(200, TEXT, b"ok")

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                number = peer.ask(head(), end=False)
                tracemalloc.start()
                try:
                    for _ in range(64):
                        peer.send(number, frames.emit(frames.DATA, b"x" * 65536))
                        await asyncio.sleep(0.01)
                    assert tracemalloc.get_traced_memory()[1] < 12 << 20
                finally:
                    tracemalloc.stop()
                peer.send(number, b"", end=True)
                assert await peer.answered(number) == (200, b"ok")

        run(main())

    def test_what_is_left_of_a_body_gives_its_credit_back(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                for _ in range(20):  # each is more than half of the connection's window
                    number = peer.ask(head() + frames.emit(frames.DATA, b"x" * 200_000))
                    assert await peer.answered(number) == (200, b"hello")

        run(main())

    def test_others_go_on_beside_one_that_waits(self) -> None:
        async def handler(exchange: Exchange) -> None:
            if exchange.request.target == "/slow":
                await exchange.wait_closed()
                raise ConnectionLost("given up")
            await exchange.respond(200, TEXT, await exchange.read(1 << 20))

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                slow = [(name, b"/slow" if name == b":path" else value) for name, value in _get()]
                peer.ask(head(slow) + frames.emit(frames.DATA, b"x" * 250_000), end=False)
                for _ in range(5):
                    number = peer.ask(head() + frames.emit(frames.DATA, b"y" * 100_000))
                    assert (await peer.answered(number))[1] == b"y" * 100_000

        run(main())


def _get() -> list[tuple[bytes, bytes]]:
    return [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]


class TestFloods:
    @pytest.mark.parametrize(
        "said",
        [
            frames.emit(frames.DATA, b""),
            frames.emit(0x21, b"grease"),
        ],
    )
    def test_frames_that_carry_nothing(self, said: bytes) -> None:
        async def handler(exchange: Exchange) -> None:
            await exchange.respond(200, TEXT, b"hello" + await exchange.read(100))

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                peer.ask(head() + said * 1100, end=False)
                assert "EXCESSIVE_LOAD" in await peer.gone()
                other = await place.raw()
                assert await other.answered(other.ask(head())) == (200, b"hello")

        run(main())

    @pytest.mark.parametrize("said", [frames.emit(frames.MAX_PUSH_ID, b"\1"), frames.emit(frames.CANCEL_PUSH, b"\1")])
    def test_frames_on_the_control_stream(self, said: bytes) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                peer.begin(SETTINGS + said * 1100)
                assert "EXCESSIVE_LOAD" in await peer.gone()

        run(main())

    def test_streams_that_are_opened_and_reset(self) -> None:
        async def handler(exchange: Exchange) -> None:
            await exchange.wait_closed()

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                other = await place.raw()
                for _ in range(20):
                    for _ in range(50):
                        number = peer.ask(head(), end=False)
                        peer.link.engine.reset_stream(number, Code.REQUEST_CANCELLED)
                    peer.link.flush()
                    await asyncio.sleep(0.05)
                    if peer.error is not None:
                        break
                assert "EXCESSIVE_LOAD" in await peer.gone()
                assert other.error is None

        run(main())

    def test_heads_that_do_not_end(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                half = varint.emit(frames.HEADERS) + varint.emit(60_000) + b"\0" * 59_000
                for _ in range(10):
                    peer.ask(half, end=False)
                assert "EXCESSIVE_LOAD" in await peer.gone()

        run(main())

    def test_pings_are_answered_and_cost_no_more(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer, other = await place.raw(), await place.raw()
                for number in range(3000):
                    peer.link.engine.send_ping(number)
                    peer.link.flush()
                    if number % 100 == 0:
                        assert await other.answered(other.ask(head())) == (200, b"hello")
                assert await peer.answered(peer.ask(head())) == (200, b"hello")

        run(main())
