"""A channel as a stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded
from netloom.links import virtual
from netloom.links.memory import pair
from netloom.links.ssh.channel import STDERR_LIMIT, ChannelStream, ChannelTransport, ClientEnds
from netloom.links.ssh.handover import Handover
from netloom.links.stream import Stream
from tests.links.ssh.servers import served


class Channel:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.closing = False

    def write(self, data: Any) -> None:
        self.said.append(data)

    def is_closing(self) -> bool:
        return self.closing


def ends() -> tuple[ClientEnds, Channel, ChannelStream]:
    below = Stream(asyncio.get_running_loop())
    pair(below, Stream(asyncio.get_running_loop()))
    stream = ChannelStream()
    made, channel = ClientEnds(stream, Handover.of(below)), Channel()
    made.connection_made(channel)
    return made, channel, stream


async def test_bytes_both_ways() -> None:
    made, channel, stream = ends()
    assert isinstance(stream.transport, ChannelTransport)
    whole = bytes(range(256))
    await stream.write(whole)
    made.data_received(whole, None)
    assert (channel.said, await stream.read()) == ([whole], whole)


async def test_what_is_written_to_a_closing_channel_is_dropped() -> None:
    _, channel, stream = ends()
    channel.closing = True
    await stream.write(b"late")
    assert channel.said == []


async def test_standard_error_is_bounded() -> None:
    made, _, stream = ends()
    made.data_received(b"x" * (STDERR_LIMIT - 1), 1)
    made.data_received(b"yz", 1)
    assert (len(stream.stderr), stream.stderr_lost, stream.peek()) == (STDERR_LIMIT, 1, b"")
    assert stream.stderr.endswith(b"y")


async def test_how_it_ended() -> None:
    made, _, stream = ends()
    made.exit_signal_received("KILL", False, "", "")
    made.connection_lost(None)
    await stream.ended()
    assert (stream.exit_status, stream.exit_signal) == (137, "KILL")


async def test_a_broken_channel() -> None:
    made, _, stream = ends()
    made.connection_lost(ConnectionResetError("gone"))
    with pytest.raises(ConnectionLost):
        await stream.ended()


def test_a_command_that_never_ends() -> None:
    async def scene() -> None:
        made, _, stream = ends()
        stream.set_idle(30)
        made.eof_received()
        with pytest.raises(DeadlineExceeded, match="silence for 30 s"):
            await stream.ended()

    virtual.run(scene())


async def test_signals_and_large_transfers() -> None:
    async with served() as place:
        connection = await place.connect()
        stream = await connection.session("sleep 50")
        stream.send_signal("INT")
        await stream.ended()
        assert stream.exit_status == 130
        data = bytes(range(256)) * 2000
        stream = await connection.session("cat")
        async with asyncio.TaskGroup() as group:
            group.create_task(_send(stream, data))
            got = b"".join([chunk async for chunk in stream])
        assert got == data


async def _send(stream: ChannelStream, data: bytes) -> None:
    await stream.write(data)
    await stream.write_eof()
