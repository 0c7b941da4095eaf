from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hyperframe.frame import GoAwayFrame

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    LocalProtocolError,
    RemoteProtocolError,
)
from netloom.links.http.messages import Request
from netloom.links.virtual import run
from tests.links.http.h2_peer import PRIOR, ask
from tests.links.http.lab import TEXT, Options, hello, serving
from tests.links.http.lab_h1 import saying

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


class TestClient:
    async def test_more_at_once_than_the_server_takes(self) -> None:
        at_once = most = 0

        async def handle(exchange: Exchange) -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.001)
            at_once -= 1
            await exchange.respond(200, TEXT, b"x")

        async with serving(handle, Options(max_streams=5)) as place:
            connection = await place.client(PRIOR)
            await (await connection.request(ask())).read(10)  # the server's settings have come

            async def one() -> bytes:
                return await (await connection.request(ask())).read(10)

            assert await asyncio.gather(*[one() for _ in range(30)]) == [b"x"] * 30
            await connection.close()
        assert most == 5

    @pytest.mark.parametrize(
        "request_",
        [
            ask("GET", "/a b"),
            ask("G T"),
            ask("GET", "/", ("x", "a\r\nb")),
            Request(method="GET", target="/", authority="a\n"),
        ],
    )
    async def test_what_may_not_be_said(self, request_: Request) -> None:
        async with serving(hello) as place:
            connection = await place.client(PRIOR)
            with pytest.raises(LocalProtocolError):
                await connection.request(request_)
            await connection.close()

    async def test_giving_an_answer_up_leaves_the_others(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.respond(200, (), bytes(5_000_000))

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            for _ in range(20):
                answer = await connection.request(ask())
                await answer.close()
            assert len(await (await connection.request(ask())).read(6_000_000)) == 5_000_000
            await connection.close()

    async def test_a_client_finishes_what_the_server_still_answers(self) -> None:
        """The engine below would end everything at a GOAWAY (RFC 9113 §6.8)."""
        go = GoAwayFrame(0)
        go.last_stream_id = 1

        async def handle(exchange: Exchange) -> None:
            await exchange.start(200)
            await exchange.send(b"one")
            connection: Any = exchange
            connection._stream.connection.transport.write(go.serialize())
            await asyncio.sleep(0)
            await exchange.send(b"two")
            await exchange.finish()

        async with serving(handle) as place:
            connection = await place.client(PRIOR)
            answer = await connection.request(ask())
            assert await answer.read(10) == b"onetwo"
            assert not connection.reusable
            with pytest.raises(ConnectionLost):
                await connection.request(ask())
            await connection.close()

    async def test_what_isnt_http_is_shown(self) -> None:
        for answer in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n", b"\0\0\x08\6\0\0\0\0\x0012345678"):
            async with saying(answer, closes=False) as (place, _):
                connection = await place.client(PRIOR)
                with pytest.raises(RemoteProtocolError) as caught:
                    await connection.request(ask())
                assert caught.value.seen[:9] == answer[:9]
                await connection.close()

    async def test_a_server_that_closes(self) -> None:
        async with saying(b"\0\0\0\4\0\0\0\0\0") as (place, _):
            connection = await place.client(PRIOR)
            with pytest.raises(ConnectionLost):
                await connection.request(ask())
            await connection.close()

    def test_a_server_that_says_nothing(self) -> None:
        async def main() -> None:
            async with saying(b"\0\0\0\4\0\0\0\0\0", closes=False) as (place, _):
                connection = await place.client(PRIOR, idle=5.0)
                with pytest.raises(DeadlineExceeded):
                    await connection.request(ask())
                assert asyncio.get_running_loop().time() == pytest.approx(5.0)
                await connection.close()

        run(main())
