"""Bytes through a WebSocket: borders mean nothing, and ends are ends."""

from __future__ import annotations

import asyncio

import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded, RemoteProtocolError
from netloom.links.http.websocket import MessageLimits, WebSocket
from netloom.links.http.websocket_stream import stream_over
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.virtual import run
from tests.worlds import cancel_everywhere, pending_timers

LIMITS = MessageLimits(max_size=100_000)


def sockets() -> tuple[WebSocket, WebSocket]:
    loop = asyncio.get_running_loop()
    client, server = Stream(loop), Stream(loop)
    pair(client, server)
    return WebSocket(client, client=True, limits=LIMITS), WebSocket(server, client=False, limits=LIMITS)


async def test_messages_are_cut_as_they_like() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        for part in (b"ab", b"", b"cdef", b"g"):
            await client.send(part)
        assert await stream.read_exactly(3) == b"abc"
        assert await stream.read_exactly(4) == b"defg"
        await stream.write(b"one")
        await stream.write(b"two")
        heard = b""
        while heard != b"onetwo":
            message = await client.receive()
            assert isinstance(message, bytes)
            heard += message
    client.stream.abort()


async def test_what_is_written_at_once_is_one_message() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        for part in (b"a", b"b", b"c"):
            stream.write_soon(part)
        assert await client.receive() == b"abc"
    client.stream.abort()


async def test_closing_sends_what_is_left_and_says_close() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        stream.write_soon(b"last words")
        closing = asyncio.ensure_future(stream.close())
        assert await client.receive() == b"last words"
        assert await client.receive() is None
        assert client.close_code == 1000
        await client.stream.close()
        await closing


async def test_the_other_side_closes() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        await client.send(b"bye")
        ending = asyncio.ensure_future(client.end())
        assert await stream.read_exactly(3) == b"bye"
        assert await stream.read() == b""
        assert stream.at_eof
        await stream.close()
        await ending
        assert client.close_code == 1000


async def test_it_goes_without_a_word() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        client.stream.abort()
        with pytest.raises(ConnectionLost):
            await stream.read_exactly(1)
        with pytest.raises(ConnectionLost):
            await stream.write(b"x")


async def test_a_text_breaks_it_off() -> None:
    """MQTT 5.0 §6, MQTT-6.0.0-1."""
    client, server = sockets()
    async with stream_over(server) as stream:
        await client.send("text")
        telling = asyncio.ensure_future(client.receive())
        with pytest.raises(RemoteProtocolError, match="text"):
            await stream.read()
        assert await telling is None
        assert client.close_code == 1003
    client.stream.abort()


async def test_what_is_no_frame_breaks_it_off() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        await client.stream.write(b"\xff\xff\xff\xff")
        with pytest.raises(RemoteProtocolError):
            await stream.read()
    client.stream.abort()


async def test_who_reads_slowly_holds_the_other_up() -> None:
    client, server = sockets()
    async with stream_over(server) as stream:
        client.stream.transport.pause_reading()
        sending = asyncio.ensure_future(stream.write(bytes(5_000_000)))
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not sending.done(), "nobody reads below, and yet all was taken"
        assert stream.transport.get_write_buffer_size() > 60_000
        client.stream.transport.resume_reading()
        client._limits = MessageLimits(max_size=6_000_000)
        message = await client.receive()
        assert isinstance(message, bytes)
        assert len(message) == 5_000_000
        await sending
        writing = asyncio.ensure_future(_fill(client))
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not writing.done(), "nobody reads above, and yet all was taken"
        size = 0
        while size < 100 * 50_000:
            size += len(await stream.read())
        await writing
    client.stream.abort()


async def _fill(client: WebSocket) -> None:
    for _ in range(100):
        await client.send(bytes(50_000))


def test_silence_is_bounded_above_while_pings_are_answered_below() -> None:
    async def main() -> None:
        client, server = sockets()
        client.keep_alive(1.0)
        answering = asyncio.ensure_future(client.receive())
        async with stream_over(server, idle=30.0) as stream:
            with pytest.raises(DeadlineExceeded):
                await stream.read()
            assert asyncio.get_running_loop().time() == pytest.approx(30.0)
        assert await answering is None
        client.stream.abort()

    run(main())


def test_whoever_is_cancelled_leaves_nothing() -> None:
    async def world():  # type: ignore[no-untyped-def]  # as cancel_everywhere has it
        client, server = sockets()

        async def work() -> None:
            async with stream_over(server) as stream:
                await client.send(b"ping")
                assert await stream.read_exactly(4) == b"ping"
                await stream.write(b"pong")
                assert await client.receive() == b"pong"
                ending = asyncio.ensure_future(client.end())
                try:
                    await stream.close()
                    await ending
                finally:
                    ending.cancel()
                    await asyncio.wait({ending})

        async def check() -> None:
            client.stream.abort()
            server.stream.abort()
            assert not pending_timers(asyncio.get_running_loop())

        return work(), check

    assert cancel_everywhere(world) > 5
