from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.links.http.websocket import MessageLimits
from netloom.links.http.websocket_handshake import Terms, Wish, accept, accept_key, connect, offered_subprotocols
from tests.links.http.lab import serving
from tests.links.http.lab_h1 import saying

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange

VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])
WISH = Wish(target="/chat", authority="a", subprotocols=("x", "y"))


def test_the_key_of_the_rfc() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@VERSIONS
@pytest.mark.parametrize("compress", [True, False])
async def test_both_sides(version: Any, compress: bool) -> None:
    offered: list[Any] = []

    async def handle(exchange: Exchange) -> None:
        offered.append(offered_subprotocols(exchange.request))
        socket = await accept(exchange, Terms(subprotocols=("y",), compress=compress), headers=(("x-a", "b"),))
        assert socket is not None
        assert socket.subprotocol == "y"
        async for message in socket:
            await socket.send(message)
        await socket.end()

    async with serving(handle) as place:
        connection = await place.client(version)
        socket, response = await connect(connection, WISH)
        assert socket.subprotocol == "y"
        assert socket.compressed is compress
        assert ("x-a", "b") in response.headers
        await socket.send("hello")
        assert await socket.receive() == "hello"
        await socket.end()
        await connection.close()
    assert offered == [("x", "y")]


@VERSIONS
async def test_a_chosen_subprotocol(version: Any) -> None:
    raised: list[BaseException] = []

    async def handle(exchange: Exchange) -> None:
        try:
            await accept(exchange, subprotocol="other")
        except LocalProtocolError as exc:
            raised.append(exc)
        socket = await accept(exchange, subprotocol="y")
        assert socket is not None
        await socket.end()

    async with serving(handle) as place:
        connection = await place.client(version)
        socket, _ = await connect(connection, WISH)
        assert socket.subprotocol == "y"
        await socket.end()
        await connection.close()
    assert len(raised) == 1


@VERSIONS
@pytest.mark.parametrize(
    ("status", "kind"), [(404, PeerRefused), (401, Unauthenticated), (302, PeerRefused), (200, PeerRefused)]
)
async def test_refused(version: Any, status: int, kind: type[PeerRefused]) -> None:
    async def handle(exchange: Exchange) -> None:
        await exchange.respond(status, [("location", "/elsewhere")])

    async with serving(handle) as place:
        connection = await place.client(version)
        with pytest.raises(kind) as caught:
            await connect(connection, WISH)
        if status != 200:  # HTTP/2's CONNECT has no plain 200: the server's side makes it a 500
            assert caught.value.code == status
        assert ("elsewhere" in caught.value.hint) is (status == 302)
        await connection.close()


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",  # for another key
    ],
)
async def test_an_answer_to_another_key(fields: bytes) -> None:
    answer = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" + fields + b"\r\n"
    async with saying(answer, closes=False) as (place, _):
        connection = await place.client()
        with pytest.raises(RemoteProtocolError, match="key"):
            await connect(connection, WISH)
        await connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        (("sec-websocket-protocol", "z"),),
        (("sec-websocket-extensions", "permessage-deflate; unknown"),),
        (("sec-websocket-extensions", "x-else"),),
        (("sec-websocket-extensions", "permessage-deflate, permessage-deflate"),),
    ],
)
async def test_more_than_was_offered(headers: tuple[tuple[str, str], ...]) -> None:
    async def handle(exchange: Exchange) -> None:
        await exchange.accept_upgrade(headers)

    async with serving(handle) as place:
        connection = await place.client("2-prior")
        with pytest.raises(RemoteProtocolError):
            await connect(connection, WISH)
        await connection.close()


async def test_what_may_not_be_asked_for() -> None:
    async with serving(lambda exchange: exchange.respond(404)) as place:
        connection = await place.client()
        with pytest.raises(LocalProtocolError):
            await connect(connection, Wish(target="/", authority="a", subprotocols=("a b",)))
        await connection.close()


@VERSIONS
async def test_limits_are_kept(version: Any) -> None:
    limits = MessageLimits(max_size=100)

    async def handle(exchange: Exchange) -> None:
        socket = await accept(exchange)
        assert socket is not None
        await socket.send("x" * 1000)
        await socket.receive()

    async with serving(handle) as place:
        connection = await place.client(version)
        socket, _ = await connect(connection, Wish(target="/", authority="a", limits=limits))
        with pytest.raises(RemoteProtocolError):
            await socket.receive()
        assert socket.close_code == 1009
        await socket.end()
        await connection.close()
