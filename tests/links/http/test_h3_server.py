"""HTTP/3 at a server: requests side by side, what isn't one, limits, floods, and the end of a connection."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded
from netloom.links.http.messages import Request
from netloom.links.virtual import run
from netloom.wire.http3 import frames, varint
from netloom.wire.http3.codes import Code
from tests.links.http.lab import TEXT, counting, hello
from tests.links.http.lab_h3 import GET, SETTINGS, Http3, head, serving_h3

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.http.exchange import Exchange

DATA, HEADERS = frames.DATA, frames.HEADERS


async def turns(done: Callable[[], object]) -> None:
    """Some time of the virtual clock, until it is so."""
    for _ in range(1000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def echo(exchange: Exchange) -> None:
    await exchange.respond(200, TEXT, await exchange.read(1 << 24))


class TestRequests:
    def test_one(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                peer.begin()
                assert await peer.answered(peer.ask(head())) == (200, b"hello")
                assert peer.said[3].startswith(b"\0\x04")  # a control stream that begins with SETTINGS

        run(main())

    def test_a_body_cut_anywhere(self) -> None:
        async def main() -> None:
            async with serving_h3(echo) as place:
                peer = await place.raw()
                whole = head() + frames.emit(DATA, b"warp") + frames.emit(0x21, b"?") + frames.emit(DATA, b" weft")
                for cut in range(1, len(whole)):
                    number = peer.ask(whole[:cut], end=False)
                    await asyncio.sleep(0.001)
                    peer.send(number, whole[cut:], end=True)
                    assert await peer.answered(number) == (200, b"warp weft")

        run(main())

    def test_trailers_are_there_after_the_body(self) -> None:
        said = []

        async def handler(exchange: Exchange) -> None:
            await exchange.read(100)
            said.append(exchange.trailers)
            await exchange.start(200)
            await exchange.send(b"x")
            await exchange.finish([("x-end", "1")])

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                number = peer.ask(head() + frames.emit(DATA, b"b") + head([(b"x-sum", b"42")]))
                await peer.answered(number)
                assert peer.answer(number)[-1] == (HEADERS, [(b"x-end", b"1")])
                assert said == [(("x-sum", "42"),)]

        run(main())

    def test_streams_that_come_out_of_order(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                assert await peer.answered(peer.send(8, head(), end=True)) == (200, b"hello")
                assert await peer.answered(peer.send(0, head(), end=True)) == (200, b"hello")
                assert await peer.answered(peer.send(4, head(), end=True)) == (200, b"hello")

        run(main())

    def test_an_expected_continue(self) -> None:
        async def main() -> None:
            async with serving_h3(echo) as place:
                peer = await place.raw()
                number = peer.ask(head(expect=b"100-continue"), end=False)
                await peer.until(lambda: peer.answer(number))
                assert peer.answer(number) == [(HEADERS, [(b":status", b"100")])]

        run(main())

    def test_it_is_recorded_as_any_request(self) -> None:
        async def handler(exchange: Exchange) -> None:
            assert exchange.version == "3"
            assert exchange.secure
            assert exchange.peer.startswith("127.0.0.1:")
            await exchange.respond(200, TEXT, exchange.request.authority.encode())

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                assert await peer.answered(peer.ask(head(host=b"localhost"))) == (200, b"localhost")

        run(main())


class TestWhatIsNoRequest:
    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            (GET[1:], 400),
            ([*GET, (b"connection", b"close")], 400),
            ([*GET, (b"X", b"1")], 400),
            ([*GET[:2], (b":authority", b"a b"), GET[3]], 400),
            ([*GET, (b"host", b"elsewhere")], 400),
            ([*GET[:3], (b":path", b"nowhere")], 400),
            ([*GET[:3], (b":path", b"/a b")], 400),
            ([(b":method", b"a b"), *GET[1:]], 400),
            ([*GET, (b"content-length", b"x")], 400),
            ([*GET, (b"content-length", b"1000000000000")], 413),
            ([*GET[:3], (b":path", b"/" + b"a" * 20_000)], 414),
            ([*GET, *[(b"x", b"1")] * 200], 431),
            ([*GET, (b"x", b"1" * 65_500)], 431),
        ],
    )
    def test_it_is_answered_and_the_connection_goes_on(self, fields: list[tuple[bytes, bytes]], status: int) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                assert (await peer.answered(peer.ask(head(fields))))[0] == status
                assert await peer.answered(peer.ask(head())) == (200, b"hello")
                assert place.records[0].status == str(status)

        run(main())

    @pytest.mark.parametrize("body", [b"abc", b"abcde"])
    def test_a_body_of_another_length_than_was_announced(self, body: bytes) -> None:
        async def main() -> None:
            async with serving_h3(echo) as place:
                peer = await place.raw()
                number = peer.ask(head(content_length=b"4") + frames.emit(DATA, body))
                assert (await peer.answered(number))[0] == 400
                assert await peer.answered(peer.ask(head())) == (200, b"")

        run(main())

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            (frames.emit(DATA, b"x"), Code.FRAME_UNEXPECTED),
            (head() + frames.emit(frames.SETTINGS, b""), Code.FRAME_UNEXPECTED),
            (head() + frames.emit(frames.PUSH_PROMISE, b"\0"), Code.FRAME_UNEXPECTED),
            (head() + frames.emit(0x6, b""), Code.FRAME_UNEXPECTED),
            (head() + head([]) + frames.emit(DATA, b"x"), Code.FRAME_UNEXPECTED),
            (head() + head([]) + head([]), Code.FRAME_UNEXPECTED),
            (frames.emit(HEADERS, b"\x02\0"), Code.QPACK_DECOMPRESSION_FAILED),
            (frames.emit(HEADERS, b""), Code.QPACK_DECOMPRESSION_FAILED),
            (head()[:-3], Code.FRAME_ERROR),
            (varint.emit(HEADERS) + varint.emit(1 << 30), Code.EXCESSIVE_LOAD),
        ],
    )
    def test_what_breaks_the_connection(self, said: bytes, code: Code) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                peer.ask(said)
                assert code.name in await peer.gone()
                other = await place.raw()
                assert await other.answered(other.ask(head())) == (200, b"hello")

        run(main())

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            (b"\0" + frames.emit(frames.GOAWAY, b"\0"), Code.MISSING_SETTINGS),
            (SETTINGS + frames.emit(frames.SETTINGS, b""), Code.FRAME_UNEXPECTED),
            (SETTINGS + frames.emit(DATA, b""), Code.FRAME_UNEXPECTED),
            (SETTINGS + frames.emit(HEADERS, b""), Code.FRAME_UNEXPECTED),
            (SETTINGS + frames.emit(frames.GOAWAY, b"\0\0"), Code.FRAME_ERROR),
            (SETTINGS + frames.emit(frames.GOAWAY, b"\1") + frames.emit(frames.GOAWAY, b"\2"), Code.ID_ERROR),
            (b"\0" + frames.emit(frames.SETTINGS, b"\2\1"), Code.SETTINGS_ERROR),
            (b"\1\0", Code.STREAM_CREATION_ERROR),
            (b"\2\x3f\xe1\x1f", Code.QPACK_ENCODER_STREAM_ERROR),
            (b"\3\x80", Code.QPACK_DECODER_STREAM_ERROR),
        ],
    )
    def test_what_breaks_it_on_streams_in_one_direction(self, said: bytes, code: Code) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                peer.begin(said)
                assert code.name in await peer.gone()

        run(main())

    def test_a_control_stream_stays(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                ended, twice, cancelled = [await place.raw() for _ in range(3)]
                ended.send(ended.begin(), b"", end=True)
                assert "CLOSED_CRITICAL_STREAM" in await ended.gone()
                twice.begin()
                twice.begin()
                assert "STREAM_CREATION_ERROR" in await twice.gone()
                number = cancelled.begin()
                assert await cancelled.answered(cancelled.ask(head())) == (200, b"hello")
                cancelled.link.engine.reset_stream(number, 0)
                cancelled.link.flush()
                assert "CLOSED_CRITICAL_STREAM" in await cancelled.gone()

        run(main())

    def test_streams_that_nobody_knows_are_not_wanted(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                number = peer.begin(varint.emit(0x21 + 0x1F * 7) + b"grease")
                assert await peer.answered(peer.ask(head())) == (200, b"hello")
                await peer.until(lambda: peer.stopped)
                assert peer.stopped == {number: Code.STREAM_CREATION_ERROR}

        run(main())


class TestCancelling:
    def test_a_request_that_is_given_up_ends_its_handler(self) -> None:
        ended = []

        async def handler(exchange: Exchange) -> None:
            await exchange.start(200)
            await exchange.wait_closed()
            ended.append(exchange.request.target)
            await exchange.send(b"nobody hears it")

        async def main() -> None:
            async with serving_h3(handler) as place:
                connection = await place.h3()
                answer = await connection.request(Request(method="GET", target="/long", scheme="https", authority="a"))
                assert answer.response.status == 200
                await answer.close()
                await turns(lambda: ended)
                assert connection.reusable
                await connection.close()

        run(main())

    def test_a_body_that_breaks_off(self) -> None:
        failed: list[BaseException] = []

        async def handler(exchange: Exchange) -> None:
            try:
                await exchange.read(1000)
            except ConnectionLost as error:
                failed.append(error)
                raise

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                number = peer.ask(head() + frames.emit(DATA, b"x"), end=False)
                await asyncio.sleep(0.01)
                peer.link.engine.reset_stream(number, Code.REQUEST_CANCELLED)
                peer.link.flush()
                await turns(lambda: failed)
                assert "REQUEST_CANCELLED" in str(failed[0])

        run(main())

    def test_the_rest_of_a_body_that_nobody_wants(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                number = peer.ask(head() + frames.emit(DATA, b"x" * 100), end=False)
                assert await peer.answered(number) == (200, b"hello")
                await peer.until(lambda: peer.stopped)
                assert peer.stopped == {number: Code.NO_ERROR}

        run(main())


class TestTime:
    def test_who_asks_nothing_is_sent_away(self) -> None:
        async def main() -> None:
            async with serving_h3(hello, idle=20.0) as place:
                silent = await place.raw()
                silent.begin()
                assert "NO_ERROR" in await silent.gone()
                asked = await place.raw()
                await asked.answered(asked.ask(head()))
                began = asyncio.get_running_loop().time()
                assert "NO_ERROR" in await asked.gone()
                assert 19.0 < asyncio.get_running_loop().time() - began < 22.0
                assert frames.emit(frames.GOAWAY, b"\4") in asked.said[3]

        run(main())

    def test_a_head_that_never_ends(self) -> None:
        async def main() -> None:
            async with serving_h3(hello, idle=20.0) as place:
                peer = await place.raw()
                peer.ask(head()[:-2], end=False)
                await peer.gone()
                assert asyncio.get_running_loop().time() < 30.0

        run(main())

    def test_a_body_that_crawls(self) -> None:
        async def main() -> None:
            async with serving_h3(echo) as place:
                peer = await place.raw()
                number = peer.ask(head(), end=False)
                with contextlib.suppress(ConnectionLost):
                    while number not in peer.ended:
                        peer.send(number, frames.emit(DATA, b"x"))
                        await asyncio.sleep(5.0)
                assert (await peer.answered(number))[0] == 408
                assert asyncio.get_running_loop().time() < 40.0

        run(main())

    def test_a_peer_that_takes_nothing(self) -> None:
        failures: list[BaseException] = []

        async def handler(exchange: Exchange) -> None:
            try:
                await exchange.respond(200, TEXT, b"x" * (8 << 20))
            except DeadlineExceeded as error:
                failures.append(error)
                raise

        async def main() -> None:
            async with serving_h3(handler, idle=15.0) as place:
                peer = await place.raw()
                peer.link.hold()
                peer.ask(head())
                while not failures:
                    peer.link.engine.send_ping(1)
                    peer.link.flush()
                    await asyncio.sleep(1.0)
                assert "took nothing" in str(failures[0])

        run(main())


class TestTheEnd:
    def test_a_server_that_stops_lets_those_finish_who_began(self) -> None:
        gate = asyncio.Event()

        async def main() -> None:
            async with serving_h3(counting([], gate)) as place:
                peer = await place.raw()
                peer.begin()
                number = peer.ask(head())
                await asyncio.sleep(0.1)
                closing = asyncio.create_task(place.listener.close(10.0))
                await asyncio.sleep(0.1)
                gate.set()
                assert (await peer.answered(number))[0] == 200
                assert "NO_ERROR" in await peer.gone()
                assert frames.emit(frames.GOAWAY, b"\4") in peer.said[3]
                assert await closing == 1

        run(main())

    def test_what_comes_after_the_goodbye_is_rejected(self) -> None:
        gates = {"/first": asyncio.Event(), "/second": asyncio.Event()}

        async def handler(exchange: Exchange) -> None:
            await gates[exchange.request.target].wait()
            await exchange.respond(200, TEXT, b"done")

        async def main() -> None:
            async with serving_h3(handler) as place:
                peer = await place.raw()
                first, second = [
                    peer.ask(head([*GET[:3], (b":path", path.encode())])) for path in ("/first", "/second")
                ]
                await asyncio.sleep(0.1)
                closing = asyncio.create_task(place.listener.close(10.0))
                await asyncio.sleep(0.1)
                gates["/first"].set()
                assert await peer.answered(first) == (200, b"done")
                late = peer.ask(head())
                await peer.until(lambda: peer.reset)
                assert peer.reset == {late: Code.REQUEST_REJECTED}
                gates["/second"].set()
                assert await peer.answered(second) == (200, b"done")
                await closing

        run(main())

    def test_nobody_new_is_let_in_while_it_stops(self) -> None:
        gate = asyncio.Event()

        async def main() -> None:
            async with serving_h3(counting([], gate)) as place:
                peer = await place.raw()
                peer.ask(head())
                await asyncio.sleep(0.1)
                closing = asyncio.create_task(place.listener.close(5.0))
                await asyncio.sleep(0.1)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(2.0):
                        await place.raw()
                gate.set()
                await closing

        run(main())

    def test_limits_of_connections_hold(self) -> None:
        async def main() -> None:
            async with serving_h3(hello, limit_per_peer=1) as place:
                first = await place.raw()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(2.0):
                        await place.raw()
                first.link.close(Code.NO_ERROR)
                await asyncio.sleep(0.1)
                again = await place.raw()
                assert await again.answered(again.ask(head())) == (200, b"hello")

        run(main())


class TestLimits:
    def test_a_body_beyond_its_limit(self) -> None:
        async def main() -> None:
            async with serving_h3(echo, Http3(max_body=1000)) as place:
                peer = await place.raw()
                number = peer.ask(head() + frames.emit(DATA, b"x" * 2000))
                assert (await peer.answered(number))[0] == 413

        run(main())
