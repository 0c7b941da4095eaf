"""HTTP/2 as a dialogue: both sides speak within one exchange, PINGs tell who has gone (RFC 9113)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import h2.events
import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError
from netloom.links.http.h2_client import H2Connection
from netloom.links.http.h2_connection import Reset
from netloom.links.http.h2_exchange import H2Exchange
from netloom.links.virtual import run
from tests.links.http.h2_peer import PRIOR, ask, meeting
from tests.links.http.lab import Options, hello, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.links.http.exchange import Exchange


async def echo(exchange: Exchange) -> None:
    """Each piece as it comes."""
    assert isinstance(exchange, H2Exchange)
    exchange.at_leisure()
    await exchange.start(200)
    async for piece in exchange.chunks():
        await exchange.send(piece)
    await exchange.finish([("x-end", "1")])


async def opened(place: Any, **options: Any) -> H2Connection:
    connection = await place.client(PRIOR, **options)
    assert isinstance(connection, H2Connection)
    return connection


async def turns(done: Callable[[], bool]) -> None:
    """Some turns of the loop, until it is so."""
    for _ in range(10_000):
        if done():
            return
        await asyncio.sleep(0)
    raise AssertionError


async def pieces(*said: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for piece in said:
        await asyncio.sleep(pause)
        yield piece


class TestBothWays:
    async def test_each_word_is_answered_before_the_next(self) -> None:
        answered: asyncio.Queue[bytes] = asyncio.Queue()

        async def words() -> AsyncIterator[bytes]:
            for word in (b"a", b"b", b"c"):
                yield word
                assert await answered.get() == word

        async with serving(echo) as place:
            connection = await opened(place)
            answer = await connection.request(ask("POST"), words())
            heard = []
            while piece := await answer.next():
                heard.append(piece)
                answered.put_nowait(piece)
            assert heard == [b"a", b"b", b"c"]
            assert answer.trailers == (("x-end", "1"),)
            await connection.close()

    def test_it_may_take_its_time_and_have_any_length(self) -> None:
        async def main() -> None:
            async with serving(echo, Options(max_body=100)) as place:
                connection = await opened(place)
                answer = await connection.request(ask("POST"), pieces(*[b"x" * 60] * 4, pause=500.0))
                assert await answer.read(1000) == b"x" * 240
                await connection.close()

        run(main())

    async def test_what_came_before_is_kept(self) -> None:
        async def late(exchange: Exchange) -> None:
            assert isinstance(exchange, H2Exchange)
            await turns(lambda: exchange._inbox.ended)
            await echo(exchange)

        async with serving(late) as place:
            connection = await opened(place)
            answer = await connection.request(ask("POST"), b"ab")
            assert await answer.read(10) == b"ab"
            await connection.close()

    async def test_what_nobody_reads_is_given_back(self) -> None:
        """Otherwise the connection's window would be used up after a megabyte."""

        async def deaf(exchange: Exchange) -> None:
            assert isinstance(exchange, H2Exchange)
            exchange.at_leisure()
            await turns(lambda: exchange._inbox.came == 100_000)
            exchange.answer_head(200, [("x", "y")])

        async with serving(deaf) as place:
            connection = await opened(place)
            for _ in range(30):
                answer = await connection.request(ask("POST"), bytes(100_000))
                assert await answer.read(1) == b""
            await connection.close()

    async def test_an_answer_that_is_a_head_alone(self) -> None:
        async def handle(exchange: Exchange) -> None:
            assert isinstance(exchange, H2Exchange)
            exchange.answer_head(200, [("x-end", "1")])

        async with serving(handle) as place:
            connection = await opened(place)
            answer = await connection.request(ask("POST"), b"ab")
            names = [name for name, _ in answer.response.headers]
            assert names == ["x-end", "date"]
            assert await answer.read(1) == b""
            await connection.close()

    @pytest.mark.parametrize("size", [0, 3, 1_000_000])
    async def test_an_answer_in_one_piece(self, size: int) -> None:
        async def handle(exchange: Exchange) -> None:
            assert isinstance(exchange, H2Exchange)
            with pytest.raises(LocalProtocolError):
                await exchange.answer(200, [], b"", [("x", "a\r\nb")])
            assert not exchange.status
            await exchange.answer(200, [("x", "y")], bytes(size), [("x-end", "1")])
            assert exchange.complete
            assert exchange.sent == size

        async with serving(handle) as place:
            connection = await opened(place)
            answer = await connection.request(ask("POST"), b"ab")
            assert await answer.read(2_000_000) == bytes(size)
            assert answer.trailers == (("x-end", "1"),)
            await connection.close()

    async def test_a_body_without_its_size(self) -> None:
        asked = []

        async def handle(exchange: Exchange) -> None:
            asked.append(dict(exchange.request.headers))
            await hello(exchange)

        async with serving(handle) as place:
            connection = await opened(place)
            await (await connection.request(ask("POST"), b"ab")).read(10)
            await (await connection.request(ask("POST"), b"ab", sized=False)).read(10)
            await connection.close()
        assert asked == [{"content-length": "2"}, {}]


class TestBreaking:
    async def test_a_body_that_breaks_off_after_the_answer_began(self) -> None:
        gone = asyncio.Event()

        async def handle(exchange: Exchange) -> None:
            try:
                await echo(exchange)
            except ConnectionLost:
                gone.set()
                raise

        async def words() -> AsyncIterator[bytes]:
            yield b"a"
            await said.wait()
            raise ValueError("no more words")

        said = asyncio.Event()
        async with serving(handle) as place:
            connection = await opened(place)
            answer = await connection.request(ask("POST"), words())
            assert await answer.next() == b"a"
            said.set()
            with pytest.raises(ConnectionLost) as lost:
                await answer.next()
            assert isinstance(lost.value.__cause__, ValueError)
            async with asyncio.timeout(10):
                await gone.wait()
            assert await (await connection.request(ask("POST"), b"x")).read(10) == b"x"
            await connection.close()

    async def test_a_body_that_breaks_off_before_the_answer(self) -> None:
        async def words() -> AsyncIterator[bytes]:
            yield b"a"
            raise ValueError("no more words")

        async def handle(exchange: Exchange) -> None:
            await exchange.read(100)

        async with serving(handle) as place:
            connection = await opened(place)
            with pytest.raises(ValueError, match="no more words"):
                await connection.request(ask("POST"), words())
            await connection.close()

    async def test_a_reset_has_its_code(self) -> None:
        async def handle(exchange: Exchange) -> None:
            await exchange.start(200)
            await exchange.send(b"a")
            raise ValueError

        async with serving(handle) as place:
            connection = await opened(place)
            answer = await connection.request(ask())
            with pytest.raises(Reset, match="INTERNAL_ERROR") as lost:
                await answer.read(10)
            assert lost.value.error_code == 2
            await connection.close()

    async def test_the_server_hears_that_a_request_was_given_up(self) -> None:
        heard = asyncio.Event()

        async def handle(exchange: Exchange) -> None:
            assert isinstance(exchange, H2Exchange)
            exchange.gone().add_done_callback(lambda _: heard.set())
            await exchange.start(200)
            await exchange.gone()
            assert exchange.gone().done()

        async with serving(handle) as place:
            connection = await opened(place)
            answer = await connection.request(ask())
            assert not heard.is_set()
            await answer.close()
            async with asyncio.timeout(10):
                await heard.wait()
            await connection.close()


class TestPings:
    def test_a_client_that_answers_them_may_be_silent(self) -> None:
        async def main() -> None:
            async with serving(echo, idle=10.0) as place:
                connection = await opened(place)
                answer = await connection.request(ask("POST"), pieces(b"a", b"b", pause=200.0))
                assert await answer.read(10) == b"ab"
                await connection.close()

        run(main())

    def test_a_client_that_has_gone_is_noticed(self) -> None:
        async def main() -> None:
            ended: list[float] = []

            async def handle(exchange: Exchange) -> None:
                began = asyncio.get_running_loop().time()
                try:
                    await echo(exchange)
                except DeadlineExceeded:
                    ended.append(asyncio.get_running_loop().time() - began)
                    raise

            async with serving(handle, idle=10.0) as place, meeting(place) as peer:
                peer.request(1, (":method", "POST"), end=False)
                await peer.flush()
                await peer.hear(h2.events.ResponseReceived)
                data = peer.engine.data_to_send()
                assert not data
                with contextlib.suppress(ConnectionLost):
                    while await peer.stream.read():  # it hears the PING and says nothing
                        pass
            assert ended == [pytest.approx(10.0)]

        run(main())

    def test_a_server_that_has_gone_is_noticed(self) -> None:
        async def main() -> None:
            async def handle(exchange: Exchange) -> None:
                await exchange.start(200)
                transport: Any = exchange
                transport._stream.connection.data_received = lambda data: None
                transport._stream.connection.transport.set_protocol(_Deaf())
                await asyncio.sleep(1000)

            async with serving(handle) as place:
                connection = await opened(place)
                answer = await connection.request(ask())
                connection.keep_alive(5.0, 15.0)
                with pytest.raises(DeadlineExceeded, match="15 s"):
                    await answer.next()
                await connection.close()

        run(main())

    def test_a_server_that_answers_them_may_be_silent(self) -> None:
        async def main() -> None:
            async def handle(exchange: Exchange) -> None:
                await exchange.start(200)
                await asyncio.sleep(1000)
                await exchange.finish()

            async with serving(handle) as place:
                connection = await opened(place)
                connection.keep_alive(5.0, 15.0)
                assert await (await connection.request(ask())).read(1) == b""
                await connection.close()

        run(main())


class _Deaf(asyncio.Protocol):
    """Somebody who went without a word."""
