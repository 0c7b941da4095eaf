from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, NetloomError
from netloom.links.virtual import run
from tests.links.http.lab import TEXT, Options, answers, counting, hello, serving

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange
    from netloom.links.stream import Stream

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class TestRequests:
    async def test_what_a_handler_sees(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            await place.say(b"POST /p?q=1 HTTP/1.1\r\nhOsT: A:80\r\nX-A: 1\r\nx-a:  2 \r\nContent-Length: 3\r\n\r\nabc")
        (exchange,) = seen
        request = exchange.request
        assert (request.method, request.target, request.scheme, request.authority) == ("POST", "/p?q=1", "http", "A:80")
        assert request.headers == (("host", "A:80"), ("x-a", "1"), ("x-a", "2"), ("content-length", "3"))
        assert exchange.version == "1.1"
        assert exchange.peer.startswith("127.0.0.1:")
        assert not exchange.secure
        assert exchange.upgrade == ""

    @pytest.mark.parametrize(
        ("line", "authority", "target"),
        [
            (b"GET http://b:81/x?y HTTP/1.1", "b:81", "/x?y"),
            (b"GET HTTP://b HTTP/1.1", "b", "/"),
            (b"GET http://b?x HTTP/1.1", "b", "/?x"),
            (b"OPTIONS * HTTP/1.1", "a", "*"),
            (b"CONNECT b:443 HTTP/1.1", "b:443", "b:443"),
        ],
    )
    async def test_forms_of_a_target(self, line: bytes, authority: str, target: str) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            await place.say(line + b"\r\nHost: a\r\n\r\n")
        assert (seen[0].request.authority, seen[0].request.target) == (authority, target)

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host (RFC 9112 §3.2)
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
            (b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET http://u:p@a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /\r\n\r\n", 400),  # HTTP/0.9
            (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            (b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400),
            (b"DESCRIBE / RTSP/1.0\r\n\r\n", 400),
            (b"FROB / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            (b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\nHost: a\n\n", 400),  # bare LF (RFC 9112 §2.2)
            (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
            (b"\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),  # bare CR
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),  # obs-fold
            (b"GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n", 417),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS
            (b"SSH-2.0-OpenSSH_9.2\r\n", 400),
        ],
    )
    async def test_refused(self, data: bytes, status: int) -> None:
        async with serving(hello) as place:
            heard = await place.say(data, end=b"\r\n\r\n" not in data and b"\n\n" not in data and data[0] > 32)
            assert place.records or answers(heard) == []
        expected = [] if data.startswith(b"SSH") else [status]
        assert answers(heard) == expected
        assert not expected or b"connection: close" in heard

    @pytest.mark.parametrize(
        "framing",
        [
            b"Content-Length: 4\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: chunked\r\nContent-Length: 4",
            b"Content-Length: 4\r\nContent-Length: 5",
            b"Content-Length: 4\r\nContent-Length: 4",
            b"Content-Length: 4, 4",
            b"Content-Length: +4",
            b"Content-Length: 0x4",
            b"Content-Length: -1",
            b"Content-Length: 4 4",
            b"Content-Length:",
            b"Content-Length: 99999999999999999999",
            b"Transfer-Encoding: chunked, identity",
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding: chunked, chunked",
            b"Transfer-Encoding: \x0bchunked",
            b"Transfer-Encoding:",
            b"Transfer-Encoding : chunked",
            b"Transfer-Encoding\r\n: chunked",
            b"Transfer-Encoding: gzip, chunked",
        ],
    )
    async def test_nothing_is_smuggled(self, framing: bytes) -> None:
        """RFC 9112 §11.2: what two readers could frame in two ways is refused, and nothing after it is read."""
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            heard = await place.say(
                b"POST / HTTP/1.1\r\nHost: a\r\n"
                + framing
                + b"\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
                end=False,
            )
        assert len(answers(heard)) == 1
        assert answers(heard)[0] in (400, 413, 501)
        assert seen == []

    async def test_http_1_0_has_no_codings(self) -> None:
        async with serving(hello) as place:
            heard = await place.say(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", end=False)
        assert answers(heard) == [400]

    async def test_empty_lines_before_a_request(self) -> None:
        async with serving(hello) as place:
            assert answers(await place.say(b"\r\n\r\n" + GET + b"\r\n" + GET)) == [200, 200]


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class TestBodies:
    async def test_chunks_and_trailers(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            heard = await place.say(CHUNKED + b"3;a=b\r\nabc\r\n4\r\n\r\n\r\n\r\n0\r\nX-T: 1\r\n\r\n" + GET)
        assert answers(heard) == [200, 200]
        assert b"POST / abc\r\n\r\n" in heard
        assert seen[0].trailers == (("x-t", "1"),)

    @pytest.mark.parametrize(
        "chunks",
        [
            b"3g\r\nabc\r\n0\r\n\r\n",
            b"3\nabc\r\n0\r\n\r\n",
            b"3\r\nabcX\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n0\r\n\r\n",
            b"fffffffffffffffff\r\n",
            b"-3\r\nabc\r\n",
            b"3;a\nb\r\nabc\r\n0\r\n\r\n",
            b"\r\n3\r\nabc\r\n",
            b"3 \r\nabc\r\n0\r\n\r\n",
        ],
    )
    async def test_what_is_no_chunk(self, chunks: bytes) -> None:
        async with serving(counting([])) as place:
            heard = await place.say(CHUNKED + chunks + GET, end=False)
        assert answers(heard) == [400]

    @pytest.mark.parametrize("read", [True, False])
    async def test_a_body_is_taken_whether_it_is_read_or_not(self, read: bool) -> None:
        async def handle(exchange: Exchange) -> None:
            if read:
                await exchange.read(100)
            await exchange.respond(200, TEXT, b"done")

        async with serving(handle) as place:
            heard = await place.say(
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde" + CHUNKED + b"1\r\na\r\n0\r\n\r\n" + GET
            )
        assert answers(heard) == [200, 200, 200]

    @pytest.mark.parametrize("cut", [1, 20, 40, 60, 70, 75, 79, 90])
    async def test_cutting_changes_nothing(self, cut: int) -> None:
        data = CHUNKED + b"5\r\nab\r\n\r\r\n4\r\n\n\r\n\r\r\n0\r\nX-T: 1\r\n\r\n" + GET
        async with serving(counting([])) as place:
            whole = await place.say(data)
            stream = await place.stream()
            for piece in (data[:cut], data[cut:]):
                await stream.write(piece)
                await asyncio.sleep(0.001)
            await stream.write_eof()
            heard = b"".join([chunk async for chunk in stream])
            await stream.close()
        assert strip(heard) == strip(whole)

    async def test_byte_by_byte(self) -> None:
        data = (
            CHUNKED
            + b"5\r\nab\r\n\r\r\n0\r\n\r\n"
            + GET
            + b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        )
        async with serving(counting([])) as place:
            whole = await place.say(data)
            stream = await place.stream()
            for at in range(len(data)):
                await stream.write(data[at : at + 1])
                await asyncio.sleep(0)
            await stream.write_eof()
            heard = b"".join([chunk async for chunk in stream])
            await stream.close()
        assert answers(whole) == [200, 200, 200]
        assert strip(heard) == strip(whole)

    async def test_continue_is_said_when_the_body_is_wanted(self) -> None:
        async with serving(counting([])) as place:
            stream = await place.stream()
            await stream.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            assert (await stream.expect(rb"HTTP/1.1 100 Continue\r\n\r\n")).start() == 0
            await stream.write(b"abc")
            await stream.expect(rb"POST / abc$")
            await stream.close()

    async def test_continue_is_not_said_when_it_isnt(self) -> None:
        async with serving(hello) as place:
            heard = await place.say(
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", end=False
            )
        assert answers(heard) == [200]
        assert b"connection: close" not in heard  # it had been said before that was clear

    async def test_a_body_that_breaks_off(self) -> None:
        raised: list[BaseException] = []

        async def handle(exchange: Exchange) -> None:
            try:
                await exchange.read(100)
            except NetloomError as exc:
                raised.append(exc)
                raise

        async with serving(handle) as place:
            await place.say(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        assert [type(exc) for exc in raised] == [ConnectionLost]

    async def test_nobody_reads_so_nobody_may_send(self) -> None:
        gate = asyncio.Event()

        async def handle(exchange: Exchange) -> None:
            await gate.wait()
            size = 0
            async for chunk in exchange.chunks():
                size += len(chunk)
            await exchange.respond(200, TEXT, str(size).encode())

        async with serving(handle) as place:
            stream = await place.stream()
            await stream.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
            sent = 0

            async def send() -> None:
                nonlocal sent
                while sent < 4_000_000:
                    await stream.write(bytes(50_000))
                    sent += 50_000

            sending = asyncio.ensure_future(send())
            for _ in range(500):
                await asyncio.sleep(0)
            assert sent < 1_000_000
            gate.set()
            await stream.expect(rb"4000000$")
            await sending
            await stream.close()


def strip(heard: bytes) -> bytes:
    return b"\r\n".join(line for line in heard.split(b"\r\n") if not line.startswith(b"date"))


class TestLimits:
    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 100), 414),
            (b"GET / HTTP/1.1\r\nHost: a\r\n%s\r\n" % (b"X: y\r\n" * 10), 431),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n" % (b"x" * 1000), 431),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: %s" % (b"x" * 1000), 431),
            (b"\r\n" * 1000, 431),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 413),
            (CHUNKED + b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n", 413),
            (CHUNKED + b"1;" + b"x" * 1000, 400),
            (CHUNKED + b"0\r\n" + b"X: y\r\n" * 10 + b"\r\n", 431),
        ],
    )
    async def test_each(self, data: bytes, status: int) -> None:
        limits = Options(max_target=50, max_head=512, max_headers=8, max_body=100)
        async with serving(counting([]), limits) as place:
            heard = await place.say(data, end=False)
        assert answers(heard) == [status]

    async def test_a_body_that_nobody_wants_is_read_up_to_a_limit(self) -> None:
        async with serving(hello) as place:
            heard = await place.say(
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n" + bytes(1000), end=False
            )
        assert answers(heard) == [200]

    async def test_chunks_without_an_end_that_nobody_wants(self) -> None:
        async with serving(hello) as place:
            stream = await place.stream()
            await stream.write(CHUNKED)
            await stream.expect(b"hello$")
            with contextlib.suppress(ConnectionLost):
                for _ in range(100):
                    await stream.write(b"4000\r\n" + bytes(0x4000) + b"\r\n")
                    await asyncio.sleep(0)
                assert await stream.read() == b""  # the server has ended its side
            stream.abort()


class TestTime:
    """On the virtual clock."""

    def test_an_idle_connection_is_closed(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            async with serving(hello, idle=30.0) as place:
                stream = await place.stream()
                await stream.write(GET)
                await stream.expect(rb"hello$")
                began = loop.time()
                assert await stream.read() == b""
                assert loop.time() - began == pytest.approx(30.0)
                await stream.close()

        run(main())

    def test_a_silent_one_is_closed_without_a_word(self) -> None:
        async def main() -> None:
            async with serving(hello, idle=30.0) as place:
                stream = await place.stream()
                assert await stream.read() == b""
                assert asyncio.get_running_loop().time() == pytest.approx(30.0)
                await stream.close()

        run(main())

    def test_a_head_that_crawls(self) -> None:
        async def main() -> None:
            async with serving(hello) as place:
                stream = await place.stream()
                crawling = asyncio.ensure_future(crawl(stream, b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 500))
                heard = b"".join([chunk async for chunk in stream])
                assert answers(heard) == [408]
                assert 20.0 <= asyncio.get_running_loop().time() <= 24.0
                await end(crawling, stream)

        run(main())

    def test_a_body_that_crawls(self) -> None:
        async def main() -> None:
            async with serving(counting([])) as place:
                stream = await place.stream()
                await stream.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n")
                crawling = asyncio.ensure_future(crawl(stream, b"x" * 500))
                heard = b"".join([chunk async for chunk in stream])
                assert answers(heard) == [408]
                assert 20.0 <= asyncio.get_running_loop().time() <= 24.0
                await end(crawling, stream)

        run(main())

    def test_a_body_that_only_takes_long_is_served(self) -> None:
        async def main() -> None:
            async with serving(counting([])) as place:
                stream = await place.stream()
                await stream.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
                for _ in range(60):
                    await asyncio.sleep(1.0)
                    await stream.write(bytes(1000))
                await stream.expect(rb"HTTP/1.1 200 OK")
                await stream.close()

        run(main())

    def test_a_client_that_takes_nothing(self) -> None:
        async def handle(exchange: Exchange) -> None:
            for _ in range(100):
                await exchange.respond(200, (), bytes(10_000_000))

        async def main() -> None:
            async with serving(handle, idle=30.0) as place:
                stream = await place.stream()
                stream.transport.pause_reading()
                await stream.write(GET)
                await asyncio.sleep(29.0)
                assert len(place.listener.connections) == 1
                await asyncio.sleep(5.0)
                assert not place.listener.connections
                stream.abort()

        run(main())

    def test_others_are_served_meanwhile(self) -> None:
        async def main() -> None:
            async with serving(hello) as place:
                slow = [await place.stream() for _ in range(50)]
                for stream in slow:
                    await stream.write(b"GET / HT")
                await asyncio.sleep(5.0)
                assert answers(await place.say(GET)) == [200]
                for stream in slow:
                    stream.abort()

        run(main())


async def crawl(stream: Stream, data: bytes) -> None:
    for at in range(len(data)):
        await stream.write(data[at : at + 1])
        await asyncio.sleep(1.0)


async def end(task: asyncio.Future[None], stream: Stream) -> None:
    task.cancel()
    await asyncio.wait({task})
    stream.abort()


class TestStopping:
    async def test_what_was_begun_is_finished(self) -> None:
        gate = asyncio.Event()
        async with serving(counting([], gate)) as place:
            stream = await place.stream()
            await stream.write(GET)
            await asyncio.sleep(0.01)
            closing = asyncio.ensure_future(place.listener.close(5.0))
            await asyncio.sleep(0.01)
            assert not closing.done()
            gate.set()
            heard = b"".join([chunk async for chunk in stream])
            await closing
            await stream.close()
        assert answers(heard) == [200]
        assert b"connection: close" in heard

    async def test_idle_connections_are_closed_at_once(self) -> None:
        async with serving(hello) as place:
            stream = await place.stream()
            await stream.write(GET)
            await stream.expect(rb"hello$")
            await asyncio.wait_for(place.listener.close(60.0), 5.0)
            assert await stream.read() == b""
            await stream.close()

    async def test_a_handler_hears_that_the_client_has_gone(self) -> None:
        gone = asyncio.Event()

        async def handle(exchange: Exchange) -> None:
            await exchange.wait_closed()
            gone.set()

        async with serving(handle) as place:
            stream = await place.stream()
            await stream.write(GET)
            await asyncio.sleep(0.01)
            assert not gone.is_set()
            stream.abort()
            await asyncio.wait_for(gone.wait(), 5.0)

    async def test_a_handler_is_in_a_task_from_its_first_step(self) -> None:
        tasks: list[object] = []

        async def handle(exchange: Exchange) -> None:
            tasks.append(asyncio.current_task())
            async with asyncio.timeout(5.0):
                async with asyncio.TaskGroup() as group:
                    group.create_task(asyncio.sleep(0))
                tasks.append(asyncio.current_task())
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(10.0)
            except TimeoutError:
                await exchange.respond(200, TEXT, b"in time")

        async with serving(handle) as place:
            heard = await place.say(GET + GET)
        assert heard.count(b"in time") == 2
        assert len(set(tasks)) == 1
        assert None not in tasks

    async def test_context_variables_are_each_requests_own(self) -> None:
        import contextvars

        variable = contextvars.ContextVar("variable", default=0)

        async def handle(exchange: Exchange) -> None:
            token = variable.set(variable.get() + 1)
            if exchange.request.target == "/wait":
                await asyncio.sleep(0)
            body = str(variable.get()).encode()
            variable.reset(token)
            variable.set(variable.get() + 1)
            await exchange.respond(200, TEXT, b"value %s" % body)

        async with serving(handle) as place:
            heard = await place.say(GET + b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
        assert heard.count(b"value 1") == 3
