"""HTTP/3 at a client: answers side by side, what isn't one, cancelling, silence, and a server that goes away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import (
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    PeerRefused,
    RemoteProtocolError,
    TLSError,
    UsageError,
)
from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.links.virtual import run
from netloom.wire.http3 import frames, varint
from netloom.wire.http3.codes import Code
from tests.links.http.lab import TEXT, counting, hello
from tests.links.http.lab_h3 import GET, SETTINGS, answer, ca, head, hostile, serving_h3

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.exchange import Exchange
    from tests.links.http.lab_h3 import Peer

ASKED = Request(method="GET", target="/", scheme="https", authority="localhost")


def put(target: str = "/") -> Request:
    return Request(method="PUT", target=target, scheme="https", authority="localhost")


class TestAsking:
    def test_one_after_another_on_one_connection(self) -> None:
        seen: list[Exchange] = []

        async def main() -> None:
            async with serving_h3(counting(seen)) as place:
                connection = await place.h3()
                for number in range(150):  # more than may be open at once
                    reply = await connection.request(put(f"/{number}"), b"x")
                    assert await reply.read(100) == b"PUT /%d x" % number
                assert connection.reusable
                assert connection.version == "3"
                assert len({exchange.peer for exchange in seen}) == 1
                await connection.close()
                assert not connection.reusable

        run(main())

    def test_side_by_side_and_more_than_may_be_open(self) -> None:
        seen: list[Exchange] = []
        gate = asyncio.Event()

        async def main() -> None:
            async with serving_h3(counting(seen, gate)) as place:
                connection = await place.h3()
                asking = [asyncio.create_task(connection.request(put(f"/{n}"), b"b")) for n in range(150)]
                await asyncio.sleep(1.0)
                assert len(seen) == 100
                gate.set()
                bodies = [await (await each).read(100) for each in asking]
                assert sorted(bodies) == sorted(b"PUT /%d b" % n for n in range(150))
                await connection.close()

        run(main())

    def test_a_long_body_each_way_with_trailers(self) -> None:
        async def handler(exchange: Exchange) -> None:
            await exchange.start(200)
            async for piece in exchange.chunks():
                await exchange.send(piece)
            await exchange.finish([("x-sum", "42")])

        async def pieces() -> AsyncIterator[bytes]:
            for number in range(300):
                yield bytes([number % 256]) * 10_000

        async def main() -> None:
            async with serving_h3(handler) as place:
                connection = await place.h3()
                reply = await connection.request(put(), pieces())
                whole = await reply.read(10_000_000)
                assert whole == b"".join(bytes([number % 256]) * 10_000 for number in range(300))
                assert reply.trailers == (("x-sum", "42"),)
                await connection.close()

        run(main())

    def test_head_and_answers_without_a_body(self) -> None:
        async def handler(exchange: Exchange) -> None:
            await exchange.start(103, [("link", "</a.css>")])
            status = 204 if exchange.request.method == "DELETE" else 200
            await exchange.respond(status, TEXT, b"" if status == 204 else b"hello")

        async def main() -> None:
            async with serving_h3(handler) as place:
                connection = await place.h3()
                for method in ("HEAD", "DELETE"):
                    reply = await connection.request(Request(method=method, target="/", scheme="https", authority="a"))
                    assert await reply.read(10) == b""
                    assert [each.status for each in reply.informational] == [103]
                await connection.close()

        run(main())

    def test_phases_and_what_was_agreed_on(self) -> None:
        async def main() -> None:
            async with serving_h3(hello, fault=("latency:0.1:to=server",)) as place:
                dial = place.dialler(ca=ca(), fault=("latency:0.1",))
                connection = await open_http(dial, version="3")
                await (await connection.request(ASKED)).read(10)
                phases = dial.trace.phases()
                assert phases["connect"] == pytest.approx(0.2, abs=0.05)  # who comes is asked to come back
                # Timers of the same moment have no order: a packet that comes before its keys is sent again.
                assert 0.19 < phases["tls"] < 1.0
                assert phases["first_byte"] == pytest.approx(0.2, abs=0.05)
                agreed = dial.trace.tls
                assert agreed is not None
                assert (agreed.version, agreed.alpn, agreed.verified) == ("TLS 1.3", "h3", True)
                assert agreed.cipher.startswith("TLS_")
                assert agreed.chain[0].names == ["localhost", "127.0.0.1"]
                assert connection.quic == 1
                await connection.close()

        run(main())

    def test_nobody_is_left_behind(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                before = set(place.network.sockets)  # type: ignore[attr-defined]  # in memory
                dial = place.dialler(ca=ca())
                connection = await open_http(dial, version="3")
                await (await connection.request(ASKED)).read(10)
                await connection.close()
                await dial.close()
                assert set(place.network.sockets) == before  # type: ignore[attr-defined]  # in memory

        run(main())


class TestTrust:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"ca": ""}, "doesn't trust"),
            ({"sni": "elsewhere.example"}, "not for elsewhere.example"),
        ],
    )
    def test_who_is_not_trusted(self, options: dict[str, Any], said: str) -> None:
        async def main() -> None:
            asked: list[Exchange] = []
            async with serving_h3(counting(asked)) as place:
                with pytest.raises(TLSError, match=said):
                    await place.h3(**options)
                connection = await place.h3(**options, verify=False)
                await (await connection.request(ASKED)).read(100)
                await connection.close()
                assert len(asked) == 1

        run(main())


class TestWhereNobodyIs:
    def test_a_closed_port(self) -> None:
        async def main() -> None:
            async with hostile() as (place, server):
                server.close()
                await asyncio.sleep(0)
                with pytest.raises(ConnectError, match="refused"):
                    await place.h3()

        run(main())

    def test_a_silent_one(self) -> None:
        async def main() -> None:
            async with hostile() as (place, server):
                server.close()
                await asyncio.sleep(0)
                place.network.silent.add(("127.0.0.1", server.endpoint.port))  # type: ignore[attr-defined]
                with pytest.raises(DeadlineExceeded):
                    await place.h3()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(3.0):
                        await place.h3()

        run(main())

    def test_what_cannot_be_http3(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                with pytest.raises(UsageError, match="proxy"):
                    await place.h3(proxy=("socks5://127.0.0.1:1",))
                place.endpoint = place.endpoint.replace(scheme="http")
                with pytest.raises(UsageError, match="https"):
                    await place.h3()

        run(main())


async def meet(script: Any) -> Any:
    """What our client makes of a server that says `script(peer, stream)` to its first request."""
    async with hostile() as (place, server):
        connection = await place.h3()
        try:
            asking = asyncio.ensure_future(_ask(connection))
            await asyncio.wait({asyncio.ensure_future(server.came.wait()), asking}, return_when="FIRST_COMPLETED")
            peer = server.peers[0]
            await peer.until(lambda: 0 in peer.ended)
            await script(peer)
            return await asking
        finally:
            await connection.close()


async def _ask(connection: Any) -> bytes:
    reply = await connection.request(ASKED)
    return bytes(await reply.read(1 << 20))


def saying(data: bytes, control: bytes = SETTINGS) -> Any:
    async def script(peer: Peer) -> None:
        if control:
            peer.begin(control)
        peer.send(0, data, end=True)

    return script


class TestServersThatErr:
    @pytest.mark.parametrize(
        "said",
        [
            b"",
            answer(200, b"abc", content_length=b"4"),
            answer(200, b"abcde", content_length=b"4"),
            head([(b":status", b"20")]),
            head([(b":status", b"200"), (b"X", b"1")]),
            head([(b":status", b"200"), (b"connection", b"close")]),
            head([(b":status", b"101")]),
            head(GET),
            answer(103) * 20,
            frames.emit(frames.DATA, b"x"),
            frames.emit(frames.PUSH_PROMISE, b"\0"),
            frames.emit(frames.SETTINGS, b""),
            frames.emit(frames.HEADERS, b"\x02\x80\x10"),
            varint.emit(frames.HEADERS) + varint.emit(1 << 40),
            answer(200)[:-1],
            head([(b":status", b"200"), (b"x", b"1" * 65_500)]),
        ],
    )
    def test_what_is_no_answer(self, said: bytes) -> None:
        with pytest.raises(RemoteProtocolError) as caught:
            run(meet(saying(said)))
        assert caught.value.rule

    @pytest.mark.parametrize(
        "control",
        [
            b"\0" + frames.emit(frames.GOAWAY, b"\0"),
            SETTINGS + frames.emit(frames.MAX_PUSH_ID, b"\0"),
            SETTINGS + frames.emit(frames.GOAWAY, b"\1"),
            b"\1\0",
            b"\2\x3f\xe1\x1f",
        ],
    )
    def test_streams_in_one_direction(self, control: bytes) -> None:
        async def script(peer: Peer) -> None:
            peer.begin(control)
            assert await peer.gone()

        with pytest.raises(RemoteProtocolError):
            run(meet(script))

    def test_a_stream_that_a_server_may_not_begin(self) -> None:
        async def script(peer: Peer) -> None:
            peer.send(1, b"?")
            assert "STREAM_CREATION_ERROR" in await peer.gone()

        with pytest.raises(RemoteProtocolError):
            run(meet(script))

    def test_what_follows_a_good_answer_that_nobody_reads(self) -> None:
        assert run(meet(saying(answer(200, b"hello") + frames.emit(0x21, b"?")))) == b"hello"


class TestServersThatGo:
    def test_a_reset(self) -> None:
        async def script(peer: Peer) -> None:
            peer.send(0, answer(200, b"beginning"))
            peer.link.engine.reset_stream(0, Code.INTERNAL_ERROR)
            peer.link.flush()

        with pytest.raises(ConnectionLost, match="INTERNAL_ERROR"):
            run(meet(script))

    def test_the_end_of_the_connection(self) -> None:
        async def script(peer: Peer) -> None:
            peer.link.close(Code.INTERNAL_ERROR, "out of thread")

        with pytest.raises(ConnectionLost, match=r"INTERNAL_ERROR \(out of thread\)"):
            run(meet(script))

    def test_no_more_requests(self) -> None:
        async def main() -> None:
            async with hostile() as (place, server):
                connection = await place.h3()
                first = asyncio.create_task(connection.request(ASKED))
                second = asyncio.create_task(connection.request(ASKED))
                await server.came.wait()
                peer = server.peers[0]
                await peer.until(lambda: {0, 4} <= peer.ended)
                peer.begin(SETTINGS + frames.emit(frames.GOAWAY, b"\4"))
                with pytest.raises(PeerRefused, match="turned the request away: GOAWAY"):
                    await second
                assert not connection.reusable
                peer.send(0, answer(200, b"ok"), end=True)
                assert await (await first).read(10) == b"ok"
                with pytest.raises(ConnectionLost, match="no more requests"):
                    await connection.request(ASKED)
                await connection.close()

        run(main())

    def test_a_request_that_needs_no_rest(self) -> None:
        """A server may answer and want no more of the body (RFC 9114 §4.1)."""

        async def handler(exchange: Exchange) -> None:
            await exchange.respond(413, TEXT, b"no")

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 10_000
                await asyncio.sleep(0.01)

        async def main() -> None:
            async with serving_h3(handler) as place:
                connection = await place.h3()
                reply = await connection.request(put(), endless())
                assert reply.response.status == 413
                assert await reply.read(10) == b"no"
                assert await (await connection.request(ASKED)).read(10) == b"no"
                await connection.close()

        run(main())


class TestGivingUp:
    def test_an_answer_that_is_closed_stops_the_server(self) -> None:
        async def main() -> None:
            async with hostile() as (place, server):
                connection = await place.h3()
                asking = asyncio.create_task(connection.request(ASKED))
                await server.came.wait()
                peer = server.peers[0]
                await peer.until(lambda: 0 in peer.ended)
                peer.send(0, answer(200, b"x"))
                await (await asking).close()
                await peer.until(lambda: peer.stopped)
                assert peer.stopped == {0: Code.REQUEST_CANCELLED}
                await connection.close()

        run(main())

    def test_a_task_that_is_cancelled_leaves_nothing(self) -> None:
        async def main() -> None:
            async with hostile() as (place, server):
                connection = await place.h3()
                asking = asyncio.create_task(connection.request(put(), b"x" * 5_000_000))
                await server.came.wait()
                peer = server.peers[0]
                await peer.until(lambda: 0 in peer.said)
                asking.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asking
                await peer.until(lambda: peer.reset)
                assert peer.reset == {0: Code.REQUEST_CANCELLED}
                assert connection.reusable
                assert asyncio.all_tasks() == {asyncio.current_task()}
                await connection.close()

        run(main())

    def test_silence_is_bounded(self) -> None:
        async def main() -> None:
            async with hostile() as (place, _):
                connection = await place.h3(idle=7.0)
                with pytest.raises(DeadlineExceeded, match="silence for 7 s"):
                    await connection.request(ASKED)
                assert 7.0 <= asyncio.get_running_loop().time() < 8.0
                await connection.close()

        run(main())

    def test_upgrades_are_refused(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                connection = await place.h3()
                with pytest.raises(PeerRefused, match="websocket"):
                    await connection.upgrade(Request(method="GET", target="/", protocol="websocket"))
                await connection.close()

        run(main())


class TestFaults:
    def test_a_reset_on_purpose(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                with pytest.raises(ConnectError):
                    await place.h3(fault=("reset",))

        run(main())

    def test_a_stall_on_purpose(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                connection = await place.h3(fault=("stall:6000",), idle=5.0)
                with pytest.raises(DeadlineExceeded):
                    await asyncio.gather(*(connection.request(ASKED) for _ in range(100)))
                await connection.close()

        run(main())
