from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import (
    ConnectionLost,
)
from netloom.links.http.messages import Request, header
from tests.links.http.h2_peer import PRIOR, ask
from tests.links.http.lab import TEXT, Options, counting, serving
from tests.links.http.lab_h1 import pieces

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


class TestExchanges:
    async def test_what_a_handler_sees(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            connection = await place.client(PRIOR)
            assert connection.version == "2"
            answer = await connection.request(ask("POST", "/p?q=1", ("X-A", "1"), ("host", "ignored")), b"abc")
            assert answer.response.status == 200
            assert answer.response.version == "2"
            assert header(answer.response.headers, "content-type") == "text/plain"
            assert header(answer.response.headers, "date")
            assert await answer.read(100) == b"POST /p?q=1 abc"
            await connection.close()
        (exchange,) = seen
        request = exchange.request
        assert (request.method, request.target, request.scheme, request.authority) == ("POST", "/p?q=1", "http", "a")
        assert request.headers == (("x-a", "1"), ("content-length", "3"))
        assert exchange.version == "2"
        assert exchange.peer.startswith("127.0.0.1:")

    async def test_side_by_side(self) -> None:
        gate = asyncio.Event()
        started = 0

        async def handle(exchange: Exchange) -> None:
            nonlocal started
            started += 1
            if started == 10:
                gate.set()
            await gate.wait()
            await exchange.respond(200, TEXT, exchange.request.target.encode())

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            answers = await asyncio.gather(*[connection.request(ask(target=f"/{n}")) for n in range(10)])
            bodies = [await answer.read(10) for answer in answers]
            await connection.close()
        assert bodies == [b"/%d" % n for n in range(10)]

    @pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
    async def test_bodies_there_and_back(self, size: int) -> None:
        async def echo(exchange: Exchange) -> None:
            await exchange.respond(200, TEXT, exchange.chunks())

        async with serving(echo) as place:
            connection = await place.client(PRIOR)
            for body in (b"x" * size, pieces(b"x" * (size // 2), b"", b"x" * (size - size // 2))):
                answer = await connection.request(ask("POST"), body)
                assert await answer.read(4_000_000) == b"x" * size
            await connection.close()

    async def test_trailers_both_ways(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(200, TEXT)
            await exchange.send(b"abc")
            await exchange.finish([("x-sum", "3")])

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            answer = await connection.request(ask())
            assert await answer.read(10) == b"abc"
            assert answer.trailers == (("x-sum", "3"),)
            await connection.close()

    @pytest.mark.parametrize(("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD")])
    async def test_what_has_no_body(self, status: int, method: str) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(status, TEXT, b"not sent")

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            answer = await connection.request(ask(method))
            assert answer.response.status == status
            assert await answer.read(10) == b""
            await connection.close()

    async def test_early_hints_and_continue(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(103, [("link", "</a>")])
            await exchange.respond(200, TEXT, await exchange.read(10))

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            answer = await connection.request(ask("POST", "/", ("expect", "100-continue")), pieces(b"abc"))
            assert await answer.read(10) == b"abc"
            assert [r.status for r in answer.informational] == [103, 100]
            await connection.close()

    async def test_failures_are_answered(self, caplog: pytest.LogCaptureFixture) -> None:
        async def handle(exchange: Exchange) -> None:
            if exchange.request.target == "/bug":
                raise ZeroDivisionError
            if exchange.request.target == "/cut":
                await exchange.start(200)
                await exchange.send(b"part")
                raise ZeroDivisionError
            if exchange.request.target == "/field":
                await exchange.respond(200, [("x", "a\r\nb")])

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            for target in ("/bug", "/none", "/field"):
                assert (await connection.request(ask(target=target))).response.status == 500
            answer = await connection.request(ask(target="/cut"))
            with pytest.raises(ConnectionLost, match="reset"):
                await answer.read(100)
            assert connection.reusable
            await connection.close()
        assert "ZeroDivisionError" in caplog.text

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (ask("GET", "/" + "x" * 100), 414),
            (ask("GET", "/", *[(f"x-{n}", "y") for n in range(10)]), 431),
            (ask("POST", "/", ("content-length", "1000")), 413),
            (Request(method="GET", target="/", authority="a b"), 400),
            (Request(method="GET", target="x", authority="a"), 400),
        ],
    )
    async def test_refused(self, request_: Request, status: int) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen), Options(max_target=50, max_headers=8, max_body=100)) as place:
            connection = await place.client(PRIOR)
            body = pieces(b"x" * 1000) if status == 413 else None
            assert (await connection.request(request_, body)).response.status == status
            await connection.close()
        assert seen == []

    async def test_a_body_beyond_the_limit(self) -> None:
        async with serving(counting([]), Options(max_body=100)) as place:
            connection = await place.client(PRIOR)
            answer = await connection.request(ask("POST"), pieces(*[b"x" * 50] * 4))
            assert answer.response.status == 413
            await connection.close()
