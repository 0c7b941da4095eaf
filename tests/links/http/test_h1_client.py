from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, Phase, RemoteProtocolError
from netloom.links.http.h1_client import parse_head
from netloom.links.http.messages import Request, Response, header
from netloom.links.virtual import run
from tests.fuzzing import hammer
from tests.links.http.lab import TEXT, counting, hello, serving
from tests.links.http.lab_h1 import pieces, saying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.exchange import Exchange


def ask(method: str = "GET", target: str = "/", *headers: tuple[str, str], protocol: str = "") -> Request:
    return Request(method=method, target=target, authority="a", headers=headers, protocol=protocol)


class TestRequests:
    async def test_one_after_the_other_on_one_connection(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            connection = await place.client()
            assert connection.version == "1.1"
            for number in range(3):
                answer = await connection.request(ask(target=f"/{number}"))
                assert answer.response.status == 200
                assert header(answer.response.headers, "Content-Type") == "text/plain"
                assert not connection.reusable
                assert await answer.read(100) == b"GET /%d " % number
                assert connection.reusable
            await connection.close()
        assert len({exchange.peer for exchange in seen}) == 1

    @pytest.mark.parametrize("size", [0, 1, 70_000, 1_000_000])
    async def test_bodies(self, size: int) -> None:
        async with serving(counting([])) as place:
            connection = await place.client()
            for body in (b"x" * size, pieces(b"x" * (size // 2), b"", b"x" * (size - size // 2))):
                answer = await connection.request(ask("POST"), body)
                assert len(await answer.read(2_000_000)) == len("POST / ") + size
            assert connection.reusable
            await connection.close()

    async def test_what_frames_a_body(self) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            connection = await place.client()
            for body in (None, b"", b"abc", pieces(b"abc")):
                await (await connection.request(ask("POST"), body)).read(100)
            await (await connection.request(ask("POST", "/", ("Content-Length", "3")), pieces(b"abc"))).read(100)
            await connection.close()
        said = [
            [pair for pair in exchange.request.headers if pair[0] in ("content-length", "transfer-encoding")]
            for exchange in seen
        ]
        assert said == [
            [],
            [("content-length", "0")],
            [("content-length", "3")],
            [("transfer-encoding", "chunked")],
            [("content-length", "3")],
        ]

    @pytest.mark.parametrize(
        "request_",
        [
            ask("GET", "/ HTTP/1.1\r\nX: y"),
            ask("GET", "/a b"),
            ask("GET", "/ä"),
            ask("GET", ""),
            ask("GET", "/a#b"),
            ask("G T"),
            ask("GET\r\n"),
            ask("GET", "/", ("x", "a\r\nb")),
            ask("GET", "/", ("x", "a\0")),
            ask("GET", "/", ("x: a", "b")),
            ask("GET", "/", ("content-length", "5")),
            Request(method="GET", target="/", authority="a\r\nX: y"),
        ],
    )
    async def test_what_may_not_be_said(self, request_: Request) -> None:
        seen: list[Exchange] = []
        async with serving(counting(seen)) as place:
            connection = await place.client()
            with pytest.raises(LocalProtocolError):
                await connection.request(request_)
            await connection.close()
        assert seen == []

    async def test_two_at_once(self) -> None:
        async with serving(hello) as place:
            connection = await place.client()
            await connection.request(ask())
            with pytest.raises(LocalProtocolError):
                await connection.request(ask())
            await connection.close()

    async def test_continue(self) -> None:
        async with serving(counting([])) as place:
            connection = await place.client()
            answer = await connection.request(ask("POST", "/", ("expect", "100-continue")), pieces(b"abc"))
            assert await answer.read(100) == b"POST / abc"
            await connection.close()

    async def test_a_refusal_comes_before_the_body_is_sent(self) -> None:
        async def refuse(exchange: Exchange) -> None:
            await exchange.respond(413, TEXT, b"no")

        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 10_000
                yield bytes(10_000)

        async with serving(refuse) as place:
            connection = await place.client()
            answer = await connection.request(ask("POST"), endless())
            assert answer.response.status == 413
            assert await answer.read(10) == b"no"
            assert not connection.reusable
            await connection.close()

    async def test_an_echo_answers_while_it_is_sent_to(self) -> None:
        async def echo(exchange: Exchange) -> None:
            await exchange.respond(200, TEXT, exchange.chunks())

        async with serving(echo) as place:
            connection = await place.client()
            answer = await connection.request(ask("POST"), pieces(*([b"x" * 50_000] * 40)))
            assert await answer.read(3_000_000) == b"x" * 2_000_000
            await connection.close()

    async def test_a_body_whose_source_fails(self) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"abc"
            raise OSError("the disk is gone")

        async with serving(counting([])) as place:
            connection = await place.client()
            with pytest.raises(OSError, match="disk"):
                await connection.request(ask("POST"), broken())
            await connection.close()


class TestAnswers:
    @pytest.mark.parametrize("cut", [0, 1, 3])
    @pytest.mark.parametrize(
        ("answer", "body", "kept"),
        [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
            (b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", b"abc", False),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", False),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: Keep-Alive\r\n\r\nabc", b"abc", True),
            (b"HTTP/1.1 200 OK\r\n\r\nabc", b"abc", False),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\n\r\n", b"abc", True),
            (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
            (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"", True),
            (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x", True),
        ],
    )
    async def test_framing(self, answer: bytes, body: bytes, kept: bool, cut: int) -> None:
        async with saying(answer, closes=not kept, cut=cut) as (place, _):
            connection = await place.client()
            got = await connection.request(ask())
            assert await got.read(100) == body
            assert connection.reusable is kept
            await connection.close()

    async def test_head_has_no_body(self) -> None:
        async with serving(hello) as place:
            connection = await place.client()
            for _ in range(2):
                answer = await connection.request(ask("HEAD"))
                assert header(answer.response.headers, "content-length") == "5"
                assert await answer.read(10) == b""
            await connection.close()

    async def test_trailers(self) -> None:
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"
        async with saying(answer, closes=False) as (place, _):
            connection = await place.client()
            got = await connection.request(ask())
            await got.read(10)
            assert got.trailers == (("x-sum", "1"),)
            await connection.close()

    async def test_informational_ones_are_told(self) -> None:
        answer = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
        async with saying(answer, closes=False) as (place, _):
            connection = await place.client()
            got = await connection.request(ask())
            assert [(r.status, r.headers) for r in got.informational] == [(103, (("link", "</a>"),))]
            await connection.close()

    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"220 mail.example.com ESMTP\r\n",
            b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
            b"\x15\x03\x01\x00\x02\x02\x46",
            b"HTTP/2.0 200 OK\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"HTTP/1.1 099 OK\r\n\r\n",
            b"ICY 200 OK\r\n\r\n",
        ],
    )
    async def test_what_isnt_http_is_shown(self, answer: bytes) -> None:
        async with saying(answer, closes=False) as (place, _):
            connection = await place.client()
            with pytest.raises(RemoteProtocolError) as caught:
                await connection.request(ask())
            assert caught.value.seen[:8] == answer[:8]
            assert not connection.reusable
            await connection.close()

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"y" * 70_000,
        ],
    )
    async def test_what_breaks_the_protocol(self, answer: bytes) -> None:
        async with saying(answer, closes=False) as (place, _):
            connection = await place.client()
            with pytest.raises(RemoteProtocolError):
                await (await connection.request(ask())).read(1000)
            assert not connection.reusable
            await connection.close()

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"HTTP/1.1 200",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        ],
    )
    async def test_what_breaks_off(self, answer: bytes) -> None:
        async with saying(answer) as (place, _):
            connection = await place.client()
            with pytest.raises(ConnectionLost):
                await (await connection.request(ask())).read(1000)
            await connection.close()

    async def test_a_server_that_talks_before_it_is_asked(self) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        async with saying(answer, closes=False) as (place, _):
            connection = await place.client()
            await connection.request(ask())
            assert not connection.reusable
            with pytest.raises(RemoteProtocolError):
                await connection.request(ask())
            await connection.close()

    async def test_more_than_is_wanted(self) -> None:
        async with saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000) as (place, _):
            connection = await place.client()
            with pytest.raises(RemoteProtocolError):
                await (await connection.request(ask())).read(10)
            await connection.close()

    async def test_giving_an_answer_up_costs_the_connection(self) -> None:
        async with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx", closes=False) as (place, _):
            connection = await place.client()
            answer = await connection.request(ask())
            await answer.close()
            assert not connection.reusable
            await connection.close()

    def test_phases_and_silence(self) -> None:
        async def main() -> None:
            async with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", closes=False) as (place, _):
                connection = await place.client(idle=5.0)
                answer = await connection.request(ask())
                with pytest.raises(DeadlineExceeded) as caught:
                    await answer.read(100)
                assert caught.value.phase is Phase.TRANSFER
                assert asyncio.get_running_loop().time() == pytest.approx(5.0)
                await connection.close()

        run(main())


class TestUpgrades:
    async def test_the_stream_goes_on_with_what_came(self) -> None:
        answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: Echo\r\n\r\nearly"
        async with saying(answer, closes=False) as (place, heard):
            connection = await place.client()
            response, stream = await connection.upgrade(ask(protocol="echo"))
            assert response.status == 101
            assert stream is not None
            assert await stream.read_exactly(5) == b"early"
            assert not connection.reusable
            assert b"\r\nconnection: upgrade\r\nupgrade: echo\r\n" in heard[0]
            await connection.close()

    async def test_refused(self) -> None:
        async with serving(hello) as place:
            connection = await place.client()
            response, stream = await connection.upgrade(ask(protocol="echo"))
            assert (response.status, stream) == (200, None)
            await connection.close()

    async def test_another_protocol_than_asked(self) -> None:
        async with saying(b"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n", closes=False) as (
            place,
            _,
        ):
            connection = await place.client()
            with pytest.raises(RemoteProtocolError):
                await connection.upgrade(ask(protocol="echo"))
            await connection.close()

    async def test_connect(self) -> None:
        async with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", closes=False) as (place, _):
            connection = await place.client()
            response, stream = await connection.upgrade(ask("CONNECT", "b:1"))
            assert response.status == 200
            assert stream is not None
            assert await stream.read_exactly(5) == b"hello"
            await connection.close()


class TestHeads:
    def test_parsed(self) -> None:
        assert parse_head(b"HTTP/1.1 404 Not Found\r\nX-A:  b \r\nx-a: \r\n\r\n") == Response(
            status=404, reason="Not Found", version="1.1", headers=(("x-a", "b"), ("x-a", ""))
        )

    def test_hostile_bytes(self) -> None:
        hammer(
            parse_head,
            [
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\n",
                b"HTTP/1.0 304 \r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
                b"HTTP/1.1 101 x\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n",
            ],
        )
