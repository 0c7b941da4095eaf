from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import ConnectionLost, LocalProtocolError, NetloomError
from tests.links.http.lab import TEXT, Options, answers, counting, hello, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.exchange import Exchange

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def body_of(heard: bytes) -> bytes:
    return heard.partition(b"\r\n\r\n")[2]


def ask(method: str = "GET", target: str = "/", *headers: tuple[str, str]) -> Any:
    from netloom.links.http.messages import Request

    return Request(method=method, target=target, authority="a", headers=headers)


class TestAnswers:
    async def test_a_small_one(self) -> None:
        async with serving(hello) as place:
            heard = await place.say(GET)
        head, _, body = heard.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        assert lines[0] == b"HTTP/1.1 200 OK"
        assert b"content-length: 5" in lines
        assert b"content-type: text/plain" in lines
        assert any(line.startswith(b"date: ") and line.endswith(b" GMT") for line in lines)
        assert body == b"hello"

    async def test_keep_alive_serves_the_next(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            stream = await place.stream()
            for number in range(3):
                await stream.write(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
                await stream.expect(rb"GET /%d $" % number)
            await stream.close()
        assert [exchange.request.target for exchange in seen] == ["/0", "/1", "/2"]

    async def test_the_same_head_again_is_the_same_request(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            stream = await place.stream()
            for _ in range(3):
                await stream.write(GET)
                await stream.expect(rb"GET / $")
            await stream.write(GET[:-4] + b"\r\nX: y\r\n\r\n")
            await stream.expect(rb"GET / $")
            await stream.close()
        assert [len(exchange.request.headers) for exchange in seen] == [1, 1, 1, 2]

    async def test_the_same_bundle_again_is_all_of_its_requests(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            stream = await place.stream()
            for number in (1, 2, 3):
                await stream.write(GET * 4)
                async with asyncio.timeout(5.0):
                    while len(seen) < 4 * number:
                        await stream.read()
            await stream.close()
        assert len(seen) == 12

    @pytest.mark.parametrize(
        ("head", "kept"),
        [
            (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
            (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", False),
            (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, CLOSE\r\n\r\n", False),
            (b"GET / HTTP/1.0\r\n\r\n", False),
            (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
        ],
    )
    async def test_persistence(self, head: bytes, kept: bool) -> None:
        async with serving(hello) as place:
            heard = await place.say(head + GET)
        assert answers(heard) == ([200, 200] if kept else [200])
        assert (b"connection: close" in heard.partition(b"\r\n\r\n")[0]) is not kept

    async def test_pipelined_requests_are_answered_in_order(self) -> None:
        gate = asyncio.Event()

        async def slow_first(exchange: Exchange) -> None:
            if exchange.request.target == "/first":
                await gate.wait()
            await exchange.respond(200, TEXT, exchange.request.target.encode())

        async with serving(slow_first) as place:
            stream = await place.stream()
            await stream.write(
                b"".join(b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in (b"first", b"second", b"3"))
            )
            asyncio.get_running_loop().call_later(0.01, gate.set)
            heard = (await stream.expect(rb"(?s)^.*/3$")).group()
            await stream.close()
        assert [heard.find(word) for word in (b"/first", b"/second", b"/3")] == sorted(
            heard.find(word) for word in (b"/first", b"/second", b"/3")
        )
        assert answers(heard) == [200, 200, 200]

    async def test_what_is_pipelined_while_one_is_served_is_bounded(self) -> None:
        gate = asyncio.Event()
        async with serving(counting([], gate), Options(max_head=1024)) as place:
            stream = await place.stream()
            sent = 0

            async def flood() -> None:
                nonlocal sent
                while sent < 4_000_000:
                    await stream.write(GET * 100)
                    sent += 2700

            flooding = asyncio.ensure_future(flood())
            for _ in range(200):
                await asyncio.sleep(0)
            assert sent < 1_000_000
            flooding.cancel()
            gate.set()
            stream.abort()

    @pytest.mark.parametrize(("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD")])
    async def test_what_has_no_body(self, status: int, method: str) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(status, TEXT, b"not sent")

        async with serving(handle) as place:
            heard = await place.say(method.encode() + b" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert heard.endswith(b"\r\n\r\n")
        assert b"not sent" not in heard
        assert (b"content-length: 8" in heard) is (method == "HEAD")

    async def test_a_stream_is_chunked_and_has_trailers(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(200, TEXT)
            for piece in (b"one", b"", b"two"):
                await exchange.send(piece)
            await exchange.finish([("x-sum", "6")])

        async with serving(handle) as place:
            heard = await place.say(GET)
        assert b"transfer-encoding: chunked" in heard
        assert body_of(heard) == b"3\r\none\r\n3\r\ntwo\r\n0\r\nx-sum: 6\r\n\r\n"

    async def test_to_http_1_0_a_stream_ends_with_the_connection(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(200, TEXT)
            await exchange.send(b"onetwo")
            await exchange.finish()

        async with serving(handle) as place:
            heard = await place.say(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", end=False)
        assert b"transfer-encoding" not in heard
        assert b"connection: close" in heard
        assert body_of(heard) == b"onetwo"

    async def test_an_iterator_with_a_length(self) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"abc"
            yield b"def"

        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, [("Content-Length", "6")], pieces())

        async with serving(handle) as place:
            heard = await place.say(GET)
        assert body_of(heard) == b"abcdef"
        assert b"chunked" not in heard

    async def test_early_hints_come_before(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(103, [("link", "</style.css>; rel=preload")])
            await exchange.respond(200, TEXT, b"x")

        async with serving(handle) as place:
            heard = await place.say(GET)
        assert answers(heard) == [103, 200]

    async def test_a_date_of_ones_own_stays(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, [("Date", "Thu, 01 Jan 1970 00:00:00 GMT")])

        async with serving(handle) as place:
            heard = await place.say(GET)
        assert heard.lower().count(b"date:") == 1

    async def test_a_large_one_arrives_whole(self) -> None:
        data = bytes(range(256)) * 20_000

        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, (), data)

        async with serving(handle) as place:
            heard = await place.say(GET)
        assert body_of(heard) == data


class TestWhatMayNotBeSaid:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("x", "a\r\nSet-Cookie: b"),
            ("x", "a\nb"),
            ("x", "a\0b"),
            ("x y", "a"),
            ("x\r\ny", "a"),
            ("", "a"),
            ("x:", "a"),
        ],
    )
    async def test_fields(self, name: str, value: str) -> None:
        raised: list[BaseException] = []

        async def handle(exchange: Exchange) -> None:
            try:
                await exchange.respond(200, [(name, value)], b"x")
            except LocalProtocolError as exc:
                raised.append(exc)
                raise

        async with serving(handle) as place:
            heard = await place.say(GET)
        assert len(raised) == 1
        assert answers(heard) == [500]
        assert b"Set-Cookie" not in heard

    @pytest.mark.parametrize("status", [99, 100, 199, 600, 0])
    async def test_statuses(self, status: int) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(status)

        async with serving(handle) as place:
            assert answers(await place.say(GET)) == [500]

    async def test_two_answers(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, TEXT, b"one")
            await exchange.respond(200, TEXT, b"two")

        async with serving(handle) as place:
            heard = await place.say(GET + GET)
        assert answers(heard) == [200]

    async def test_another_length_than_was_announced(self) -> None:
        async def short(exchange: Exchange) -> None:
            await exchange.start(200, [("content-length", "10")])
            await exchange.send(b"abc")
            await exchange.finish()

        async def long(exchange: Exchange) -> None:
            await exchange.start(200, [("content-length", "1")])
            await exchange.send(b"abc")

        for handle in (short, long):
            async with serving(handle) as place:
                connection = await place.client()
                answer = await connection.request(ask())
                with pytest.raises(NetloomError):
                    await answer.read(100)
                await connection.close()

    async def test_no_answer_at_all(self) -> None:
        async def handle(exchange: Exchange) -> None:
            return

        async with serving(handle) as place:
            assert answers(await place.say(GET)) == [500]

    async def test_a_bug_is_answered_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        async def handle(exchange: Exchange) -> None:
            raise ZeroDivisionError

        async with serving(handle) as place:
            heard = await place.say(GET + GET)
        assert answers(heard) == [500]
        assert "ZeroDivisionError" in caplog.text
        assert b"ZeroDivision" not in heard

    async def test_a_stream_that_breaks_is_cut(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(200, TEXT)
            await exchange.send(b"part")
            raise ZeroDivisionError

        async with serving(handle) as place:
            stream = await place.stream()
            await stream.write(GET)
            with pytest.raises(ConnectionLost):
                await stream.expect(b"0\r\n\r\n")
            stream.abort()


class TestUpgrades:
    async def test_both_sides_speak_on(self) -> None:
        async def handle(exchange: Exchange) -> None:
            assert exchange.upgrade == "echo"
            stream = await exchange.accept_upgrade([("x-a", "b")])
            async for chunk in stream:
                await stream.write(chunk.upper())

        async with serving(handle) as place:
            stream = await place.stream()
            await stream.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Upgrade\r\nUpgrade: ECHO\r\n\r\nearly")
            heard = (await stream.expect(rb"(?s)^.*\r\n\r\nEARLY$")).group()
            assert heard.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
            assert b"upgrade: echo\r\n" in heard
            assert b"connection: upgrade\r\n" in heard
            assert b"x-a: b\r\n" in heard
            await stream.write(b"late")
            assert await stream.read() == b"LATE"
            await stream.write_eof()
            assert await stream.read() == b""
            await stream.close()

    async def test_one_that_is_not_accepted_goes_on(self) -> None:
        async with serving(hello) as place:
            asks = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
            assert answers(await place.say(asks + GET + asks + GET)) == [200, 200, 200, 200]

    async def test_one_with_a_body_is_no_upgrade(self) -> None:
        seen: list[Exchange] = []
        upgrade = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n"
        async with serving(counting(seen)) as place:
            heard = await place.say(
                upgrade
                + b"Content-Length: 3\r\n\r\nabc"
                + upgrade
                + b"Transfer-Encoding: chunked\r\n\r\n1\r\nd\r\n0\r\n\r\n"
                + GET
            )
        assert answers(heard) == [200, 200, 200]
        assert b"POST / abc" in heard
        assert b"POST / d" in heard
        assert [exchange.upgrade for exchange in seen] == ["", "", ""]

    async def test_nobody_asked(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.accept_upgrade()

        async with serving(handle) as place:
            assert answers(await place.say(GET)) == [500]

    async def test_connect(self) -> None:
        async def handle(exchange: Exchange) -> None:
            stream = await exchange.accept_upgrade()
            await stream.write((await stream.read()) + exchange.request.target.encode())

        async with serving(handle) as place:
            heard = await place.say(b"CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\nto ")
        assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
        assert heard.endswith(b"\r\n\r\nto b:1")
