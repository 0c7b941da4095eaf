from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.handler import Handler
from netloom.errors import PeerRefused
from netloom.links.virtual import run
from netloom.records import Message
from tests.protocols.ws.stage import Stage, serving

if TYPE_CHECKING:
    from netloom.links.http.websocket import WebSocket
    from netloom.links.stream import Stream

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])


async def raw(stage: Stage, *fields: bytes, path: bytes = b"/", method: bytes = b"GET") -> tuple[int, bytes, Stream]:
    """A handshake said by hand: the status, the head and the stream."""
    usual = [b"Host: a", b"Connection: Upgrade", b"Upgrade: websocket"]
    names = {field.partition(b":")[0].lower() for field in fields}
    said = [
        *[field for field in usual if field.partition(b":")[0].lower() not in names],
        *[f for f in fields if f[-1:] != b":"],
    ]
    endpoint = stage.serving.endpoint
    stream = await stage.attempt().dial.tcp(endpoint.host, endpoint.port or 0)
    await stream.write(method + b" " + path + b" HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in said) + b"\r\n")
    head = await stream.read_until(b"\r\n\r\n")
    return int(head[9:12]), head, stream


GOOD = (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + KEY)


class TestHandshake:
    async def test_the_example_of_the_rfc(self) -> None:
        """RFC 6455 §1.3."""
        async with serving() as stage:
            status, head, stream = await raw(stage, *GOOD)
            assert status == 101
            assert b"\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
            assert b"sec-websocket-extensions" not in head
            stream.abort()

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ((), 426),
            ((b"Sec-WebSocket-Version: 8", GOOD[1]), 426),
            ((GOOD[0],), 400),
            ((GOOD[0], b"Sec-WebSocket-Key: dG9vIHNob3J0"), 400),
            ((GOOD[0], b"Sec-WebSocket-Key: ????"), 400),
            ((*GOOD, GOOD[1]), 400),
            ((*GOOD, b"Origin: https://evil.example"), 403),
            ((*GOOD, b"Origin: null"), 403),
            ((*GOOD, b"Origin: http://a:81"), 403),
            ((*GOOD, b"Origin: http://a"), 101),
            ((*GOOD, b"Origin: https://a:80"), 101),
            ((*GOOD, b"Origin: http://a", b"Origin: http://a"), 403),
            ((*GOOD, b"Upgrade:"), 426),
            ((*GOOD, b"Connection:"), 426),
        ],
    )
    async def test_conditions(self, fields: tuple[bytes, ...], status: int) -> None:
        async with serving() as stage:
            got, head, stream = await raw(stage, *fields)
            assert got == status
            assert (b"sec-websocket-version: 13" in head) == (
                status == 426 and len(fields) <= 2 and b"pgrade:" not in fields[-1:][0]
                if fields
                else b"sec-websocket-version: 13" in head
            )
            stream.abort()

    async def test_another_method(self) -> None:
        async with serving() as stage:
            status, _, stream = await raw(stage, *GOOD, method=b"PUT")
            assert status == 405
            stream.abort()

    async def test_other_origins_by_option(self) -> None:
        async with serving(origins="https://b.example") as stage:
            for origin, wanted in ((b"https://b.example", 101), (b"https://c.example", 403), (b"http://a", 101)):
                status, _, stream = await raw(stage, *GOOD, b"Origin: " + origin)
                assert status == wanted
                stream.abort()

    async def test_any_origin(self) -> None:
        async with serving(origins="*") as stage:
            status, _, stream = await raw(stage, *GOOD, b"Origin: null")
            assert status == 101
            stream.abort()

    async def test_subprotocols(self) -> None:
        async with serving(subprotocol="b,subprotocol=c") as stage:
            for offered, taken in ((b"a, c, b", b"b"), (b"a", b""), (b"B", b"")):
                _, head, stream = await raw(stage, *GOOD, b"Sec-WebSocket-Protocol: " + offered)
                assert (b"sec-websocket-protocol: " + taken in head) is bool(taken)
                stream.abort()

    @pytest.mark.parametrize(
        ("offer", "answer"),
        [
            (b"permessage-deflate", b"permessage-deflate; server_max_window_bits=12"),
            (b"x-else, permessage-deflate", b"permessage-deflate; server_max_window_bits=12"),
            (b"permessage-deflate; server_max_window_bits=10", b"permessage-deflate; server_max_window_bits=10"),
            (
                b"permessage-deflate; client_max_window_bits; client_no_context_takeover",
                b"permessage-deflate; server_max_window_bits=12; client_no_context_takeover; client_max_window_bits=12",
            ),
            (
                b"permessage-deflate; server_no_context_takeover; client_max_window_bits=9",
                b"permessage-deflate; server_max_window_bits=12; server_no_context_takeover; client_max_window_bits=9",
            ),
            (b"permessage-deflate; server_max_window_bits=8", b""),
            (b"permessage-deflate; server_max_window_bits", b""),
            (b"permessage-deflate; server_max_window_bits=16", b""),
            (b"permessage-deflate; server_max_window_bits=012", b""),
            (b"permessage-deflate; unknown=1", b""),
            (b"permessage-deflate; client_no_context_takeover=1", b""),
            (b"permessage-deflate; client_no_context_takeover; client_no_context_takeover", b""),
            (
                b"permessage-deflate; server_max_window_bits=8, permessage-deflate",
                b"permessage-deflate; server_max_window_bits=12",
            ),
            (b"x-webkit-deflate-frame", b""),
        ],
    )
    async def test_extensions(self, offer: bytes, answer: bytes) -> None:
        async with serving() as stage:
            _, head, stream = await raw(stage, *GOOD, b"Sec-WebSocket-Extensions: " + offer)
            lines = [line.partition(b": ")[2] for line in head.split(b"\r\n") if line.startswith(b"sec-websocket-ext")]
            assert lines == ([answer] if answer else [])
            stream.abort()

    async def test_frames_that_came_with_the_handshake(self) -> None:
        async with serving() as stage:
            endpoint = stage.serving.endpoint
            stream = await stage.attempt().dial.tcp(endpoint.host, endpoint.port or 0)
            fields = b"\r\n".join((b"Host: a", b"Connection: Upgrade", b"Upgrade: WebSocket", *GOOD))
            await stream.write(b"GET / HTTP/1.1\r\n" + fields + b"\r\n\r\n" + b"\x81\x82\0\0\0\0hi")
            await stream.read_until(b"\r\n\r\n")
            assert await stream.read() == b"\x81\x02hi"
            stream.abort()

    async def test_a_page_where_only_websockets_are(self) -> None:
        async with serving() as stage:
            status, head, stream = await raw(stage, b"Connection:", b"Upgrade:")
            assert status == 426
            assert b"upgrade: websocket" in head
            stream.abort()

    async def test_accounts(self) -> None:
        async with serving(accounts=("ann:secret",)) as stage:
            for credentials, wanted in (
                (b"Basic YW5uOnNlY3JldA==", 101),
                (b"Basic YW5uOndyb25n", 401),
                (b"Basic ???", 401),
                (b"Bearer abc", 401),
                (b"Magic abc", 401),
            ):
                status, head, stream = await raw(stage, *GOOD, b"Authorization: " + credentials)
                assert status == wanted
                assert (b"www-authenticate: Basic" in head) is (wanted == 401)
                stream.abort()


class TestBus:
    @VERSIONS
    async def test_the_same_path_hears_it(self, version: str) -> None:
        bus = Bus()
        async with serving(bus) as stage:
            ann, bob, other = [stage.client(path, version=version) for path in ("/news", "/news", "/else")]
            sockets = [await client.connect() for client in (ann, bob, other)]
            await until(lambda: bus.subscribers == 3)
            await sockets[0].send("hello")
            await sockets[0].send(b"\xff")
            for socket in sockets[:2]:
                assert await socket.receive() == "hello"
                assert await socket.receive() == b"\xff"
            await sockets[2].send("else")
            assert await sockets[2].receive() == "else"
            for client in (ann, bob, other):
                await client.close()
            await until(lambda: bus.subscribers == 0)

    async def test_what_others_publish_is_heard(self) -> None:
        bus = Bus()
        async with serving(bus, at="ws://127.0.0.1:0/topics") as stage:
            client = stage.client("/topics/house/%23")
            socket = await client.connect()
            await until(lambda: bus.subscribers == 1)
            bus.publish(Message(topic="house/kitchen", payload=b"21.5"))
            bus.publish(Message(topic="house/hall", payload=b"\xff"))
            bus.publish(Message(topic="garden", payload=b"no"))
            assert await socket.receive() == "21.5"
            assert await socket.receive() == b"\xff"
            await socket.send("to a wildcard")
            assert await socket.receive() is None
            assert socket.close_code == 1008
            await client.close()

    async def test_with_accounts_publishing_is_writing(self) -> None:
        bus = Bus()
        async with serving(bus, accounts=("ann:secret", "bob:pw:read")) as stage:
            plain = stage.url
            for user, allowed in (("ann:secret@", True), ("bob:pw@", False), ("", False)):
                stage.url = plain.replace("ws://", f"ws://{user}")
                client = stage.client("/news")
                socket = await client.connect()
                await until(lambda: bus.subscribers == 1)
                await socket.send("x")
                assert (await socket.receive() == "x") is allowed
                assert socket.close_code == (None if allowed else 1008)
                await client.close()
                await until(lambda: bus.subscribers == 0)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10.0):
        while not condition():  # noqa: ASYNC110  # what others do is looked at, not told
            await asyncio.sleep(0.001)


class TestEnds:
    async def test_a_handler_that_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        async def handle(link: Any) -> None:
            raise ZeroDivisionError

        async with serving(Handler(handle)) as stage, stage.attempt("/") as attempt:
            async for _ in attempt.client.listen(""):
                raise AssertionError
        assert isinstance(attempt.error, PeerRefused)
        assert attempt.error.code == 1011
        assert "ZeroDivisionError" in caplog.text

    @VERSIONS
    async def test_a_server_that_stops_says_so(self, version: str) -> None:
        async with serving() as stage:
            client = stage.client("/", version=version)
            socket: WebSocket = await client.connect()
            await socket.send("x")
            assert await socket.receive() == "x"
            stopping = asyncio.ensure_future(stage.serving.stop(5.0))
            assert await socket.receive() is None
            assert socket.close_code == 1001
            await client.close()
            await asyncio.wait_for(stopping, 4.0)

    @VERSIONS
    async def test_clients_that_go_leave_nothing(self, version: str) -> None:
        bus = Bus()
        async with serving(bus) as stage:
            for _ in range(5):
                client = stage.client("/", version=version)
                socket = await client.connect()
                await until(lambda: bus.subscribers == 1)
                socket.stream.abort()
                await until(lambda: bus.subscribers == 0)
                if version == "2-prior":
                    await client.connection.close()

    async def test_a_message_beyond_the_limit(self) -> None:
        for compressed in ("yes", "no"):
            async with serving(max_size="1000") as stage:
                client = stage.client("/", compressed=compressed)
                socket = await client.connect()
                await socket.send("x" * 100_000)
                assert await socket.receive() is None
                assert socket.close_code == 1009
                await client.close()


class TestTime:
    """On the virtual clock."""

    def test_a_client_that_lives_is_kept(self) -> None:
        async def main() -> None:
            async with serving(idle="10") as stage:
                client = stage.client("/", keep_alive="0")
                socket = await client.connect()
                reading = asyncio.ensure_future(socket.receive())
                await asyncio.sleep(100.0)
                await socket.send("still here")
                assert await reading == "still here"
                await client.close()

        run(main())

    def test_one_that_is_dead_is_let_go(self) -> None:
        async def main() -> None:
            async with serving(idle="10") as stage:
                client = stage.client("/", keep_alive="0")
                socket = await client.connect()
                socket.stream.transport.pause_reading()  # it doesn't answer pings
                await asyncio.sleep(21.0)
                assert stage.records
                socket.stream.abort()

        run(main())

    def test_a_client_pings_too(self) -> None:
        async def main() -> None:
            async with serving(idle="1000") as stage:
                client = stage.client("/", keep_alive="5", idle="7")
                socket = await client.connect()
                reading = asyncio.ensure_future(socket.receive())
                await asyncio.sleep(100.0)
                assert not reading.done()
                await socket.send("x")
                assert await reading == "x"
                await client.close()

        run(main())
