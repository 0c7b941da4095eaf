"""WebSocket messages between two of ours, and against frames that nobody should send."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import ConnectionLost, LocalProtocolError, RemoteProtocolError
from netloom.links.http import deflate
from netloom.links.http.websocket import MessageLimits, WebSocket
from netloom.links.memory import pair
from netloom.links.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wsproto.extensions import Extension

LIMITS = MessageLimits(max_size=1000)


def streams() -> tuple[Stream, Stream]:
    loop = asyncio.get_running_loop()
    client, server = Stream(loop), Stream(loop)
    pair(client, server)
    return client, server


def sockets(limits: MessageLimits = LIMITS, *, compress: bool = False) -> tuple[WebSocket, WebSocket]:
    """A client and a server that are connected."""
    ours: Extension | None = None
    theirs: Extension | None = None
    if compress:
        taken = deflate.accept([deflate.OFFER], limits.max_size)
        assert taken is not None
        theirs, answer = taken
        ours = deflate.agreed(answer, limits.max_size)
    client, server = streams()
    return (
        WebSocket(client, client=True, deflate=ours, limits=limits),
        WebSocket(server, client=False, deflate=theirs, limits=limits),
    )


@pytest.fixture(params=[False, True], ids=["plain", "compressed"])
def connected(request: pytest.FixtureRequest) -> Callable[[], tuple[WebSocket, WebSocket]]:
    return lambda: sockets(compress=request.param)


async def test_messages_both_ways(connected: Callable[[], tuple[WebSocket, WebSocket]]) -> None:
    client, server = connected()
    for message in ("", b"", "ä" * 300, bytes(1000), "short", b"\0\xff"):
        await client.send(message)
        assert await server.receive() == message
        await server.send(message)
        assert await client.receive() == message


async def test_pings_are_answered_while_one_waits(connected: Callable[[], tuple[WebSocket, WebSocket]]) -> None:
    client, server = connected()
    await client.ping(b"are you there?")
    await client.send("next")
    assert await server.receive() == "next"
    await server.send("after the pong")
    assert await client.receive() == "after the pong"
    assert list(client.pongs) == [b"are you there?"]


@pytest.mark.parametrize("closer", ["client", "server"])
async def test_closing(connected: Callable[[], tuple[WebSocket, WebSocket]], closer: str) -> None:
    client, server = connected()
    first, second = (client, server) if closer == "client" else (server, client)
    await first.close(4000, "bye")
    assert await second.receive() is None
    assert (second.close_code, second.close_reason) == (4000, "bye")
    assert await first.receive() is None
    assert first.close_code == 4000
    assert first.closed
    assert second.closed
    await second.close()
    with pytest.raises(ConnectionLost):
        await second.send("too late")


async def test_an_end_without_a_word() -> None:
    client, server = sockets()
    client.stream.abort()
    assert await server.receive() is None
    assert server.close_code == 1006


async def test_fragments_with_a_ping_between() -> None:
    client, server = streams()
    socket = WebSocket(server, client=False, limits=LIMITS)
    mask = bytes(4)
    await client.write(b"\x01\x83" + mask + b"abc" + b"\x89\x81" + mask + b"p" + b"\x80\x83" + mask + b"def")
    assert await socket.receive() == "abcdef"
    assert await client.read() == b"\x8a\x01p"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (b"\x81\x03abc", 1002),  # not masked
        (b"\x83\x80" + bytes(4), 1002),  # a reserved opcode
        (b"\x80\x80" + bytes(4), 1002),  # a continuation of nothing
        (b"\xc1\x80" + bytes(4), 1002),  # a reserved bit
        (b"\x81\x82" + bytes(4) + b"\xff\xff", 1007),  # no UTF-8
        (b"\x88\x82" + bytes(4) + b"\x03\xee", 1002),  # a code that is never sent
        (b"\x09\x80" + bytes(4), 1002),  # a ping in fragments
        (b"\x81\xfe\x07\xd0" + bytes(4) + b"x" * 2000, 1009),  # more than the limit
        ((b"\x01\xfe\x01\xf4" + bytes(4) + b"x" * 500) + (b"\x00\xfe\x01\xf5" + bytes(4) + b"x" * 501), 1009),
    ],
)
async def test_frames_that_nobody_should_send(frames: bytes, code: int) -> None:
    client, server = streams()
    socket = WebSocket(server, client=False, limits=LIMITS)
    await client.write(frames)
    with pytest.raises(RemoteProtocolError):
        await socket.receive()
    assert socket.close_code == code
    said = await client.read()
    assert (said[0], int.from_bytes(said[2:4], "big")) == (0x88, code)


async def test_a_compressed_bomb() -> None:
    client, server = sockets(compress=True)
    roomy, _ = sockets(MessageLimits(max_size=1 << 24), compress=True)
    roomy.stream = client.stream
    await roomy.send(bytes(1 << 20))
    with pytest.raises(RemoteProtocolError):
        await server.receive()
    assert server.close_code == 1009


def ping(socket: WebSocket) -> Awaitable[None]:
    return socket.ping(bytes(126))


@pytest.mark.parametrize(
    "act",
    [
        ping,
        lambda socket: socket.close(1005),
        lambda socket: socket.close(1006),
        lambda socket: socket.close(2999),
        lambda socket: socket.close(1000, "x" * 124),
    ],
)
async def test_what_may_not_be_said(act: Callable[[WebSocket], Awaitable[Any]]) -> None:
    client, server = sockets()
    with pytest.raises(LocalProtocolError):
        await act(client)
    await client.send("still open")
    assert await server.receive() == "still open"


TINY = {
    "pongs": b"\x8a\x80" + bytes(4),
    "pings": b"\x89\x80" + bytes(4),
    "empty fragments": b"\x00\x80" + bytes(4),
    "fragments": b"\x00\x81" + bytes(4) + b"x",
    "messages": b"\x81\x80" + bytes(4),
}


@pytest.mark.parametrize("kind", TINY)
async def test_tiny_frames_do_not_hold_the_loop(kind: str) -> None:
    """Of many that have come at once, a bounded number is handled before others have their turn."""
    client, server = streams()
    socket = WebSocket(server, client=False, limits=MessageLimits(max_size=1 << 20))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    many = 20_000
    began = b"\x01\x80" + bytes(4) if "fragments" in kind else b""
    client.transport.write(began + TINY[kind] * many)
    await asyncio.sleep(0)
    working = asyncio.ensure_future(others())
    messages = 0
    client.transport.close()
    while await socket.receive() is not None:
        messages += 1
    assert messages == (many if kind == "messages" else 0)
    working.cancel()
    assert turns > many / 200


async def test_what_inflates_does_not_hold_the_loop() -> None:
    limits = MessageLimits(max_size=1 << 20)
    client, server = sockets(limits, compress=True)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    for _ in range(40):
        await client.send(bytes(1 << 20))
    await asyncio.sleep(0)
    working = asyncio.ensure_future(others())
    for _ in range(40):
        assert await server.receive() == bytes(1 << 20)
    working.cancel()
    assert turns >= 39


@pytest.mark.parametrize("size", [0, 300])
async def test_what_waits_for_a_pong_is_bounded(size: int) -> None:
    """In messages and in bytes."""
    client, server = sockets(MessageLimits(max_size=1000, waiting=10))
    for _ in range(20):
        await server.send(bytes(size))
    with pytest.raises(RemoteProtocolError, match="no answer to a ping"):
        await client.round_trip()
    assert len(client._arrived) == (11 if not size else 4)
    assert client._held == len(client._arrived) * size
