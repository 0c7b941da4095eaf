"""The same handlers in each version: what a protocol that HTTP carries may count on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import LocalProtocolError
from netloom.links.http.messages import Request
from tests.links.http.lab import TEXT, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.http.exchange import Exchange

VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])


async def answered(
    handler: Callable[[Exchange], Awaitable[None]], version: Any, method: str = "POST"
) -> tuple[int, bytes]:
    async with serving(handler) as place:
        connection = await place.client(version)
        answer = await connection.request(Request(method=method, target="/x", authority="a"), b"body")
        body = await answer.read(1 << 20)
        await connection.close()
    return answer.response.status, body


@VERSIONS
async def test_what_is_known_before_and_after(version: str) -> None:
    seen: list[Any] = []

    async def handle(exchange: Exchange) -> None:
        seen.append((exchange.status, exchange.sent, exchange.secure, exchange.upgrade, exchange.peer[:10]))
        assert await exchange.read(100) == b"body"
        await exchange.respond(201, TEXT, b"hello")
        seen.append((exchange.status, exchange.sent))

    assert await answered(handle, version) == (201, b"hello")
    assert seen == [(0, 0, False, "", "127.0.0.1:"), (201, 5)]


@VERSIONS
async def test_a_streamed_answer_is_counted(version: str) -> None:
    async def handle(exchange: Exchange) -> None:
        await exchange.start(200, TEXT)
        await exchange.send(b"abc")
        await exchange.send(b"defg")
        await exchange.finish()
        assert (exchange.status, exchange.sent) == (200, 7)

    assert await answered(handle, version) == (200, b"abcdefg")


@VERSIONS
@pytest.mark.parametrize(
    "act",
    [
        lambda exchange: exchange.send(b"x"),
        lambda exchange: exchange.finish(),
        lambda exchange: exchange.start(101),
        lambda exchange: exchange.respond(200, [("content-length", "9")], b"x"),
        lambda exchange: exchange.respond(200, [("x", "a\r\nb")]),
        lambda exchange: exchange.respond(999),
        lambda exchange: exchange.accept_upgrade(),
    ],
)
async def test_out_of_order(act: Callable[[Exchange], Awaitable[None]], version: str) -> None:
    raised: list[BaseException] = []

    async def handle(exchange: Exchange) -> None:
        try:
            await act(exchange)
        except LocalProtocolError as exc:
            raised.append(exc)
        assert exchange.status == 0
        await exchange.respond(200, TEXT, b"still there")

    assert await answered(handle, version) == (200, b"still there")
    assert len(raised) == 1


@VERSIONS
async def test_a_body_that_isnt_read(version: str) -> None:
    async def handle(exchange: Exchange) -> None:
        await exchange.respond(200, TEXT, b"hello")

    assert await answered(handle, version) == (200, b"hello")


@VERSIONS
async def test_larger_than_the_handler_wants(version: str) -> None:
    async def handle(exchange: Exchange) -> None:
        await exchange.read(3)

    assert (await answered(handle, version))[0] == 413


@VERSIONS
async def test_the_client_goes(version: Any) -> None:
    gone = asyncio.Event()
    asked = asyncio.Event()

    async def handle(exchange: Exchange) -> None:
        asked.set()
        await exchange.wait_closed()
        gone.set()

    async with serving(handle) as place:
        connection = await place.client(version)
        asking = asyncio.ensure_future(connection.request(Request(method="GET", target="/", authority="a")))
        await asked.wait()
        asking.cancel()
        await asyncio.wait({asking})
        await connection.close()
        await asyncio.wait_for(gone.wait(), 5.0)
