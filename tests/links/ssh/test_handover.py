"""A stream handed to somebody else."""

from __future__ import annotations

import asyncio
from typing import Any

from netloom.links.memory import pair
from netloom.links.ssh.channel import ChannelTransport
from netloom.links.ssh.handover import Handover
from netloom.links.stream import Stream
from tests.links.ssh.test_greeting import Upper


def meet() -> tuple[Stream, Handover, Upper, Stream]:
    loop = asyncio.get_running_loop()
    stream, other = Stream(loop), Stream(loop)
    pair(stream, other)
    layer, upper = Handover.of(stream), Upper()
    stream.attach(upper)
    return stream, layer, upper, other


async def test_both_learn_of_the_end() -> None:
    stream, _, upper, other = meet()
    other.abort()
    await stream.close()  # would wait for ever
    assert [type(exc) for exc in upper.lost] == [ConnectionResetError]


async def test_the_stream_can_close_it() -> None:
    stream, _, upper, _ = meet()
    await stream.close()
    assert upper.lost == [None]


async def test_it_says_nothing_of_the_socket() -> None:
    _, layer, _, _ = meet()
    assert layer.get_extra_info("socket", "hidden") == "hidden"
    assert layer.get_extra_info("peername") == ("127.0.0.1", 1)


class Writer(asyncio.Protocol):
    """Counts what it is told of room."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")


async def test_a_full_connection_holds_every_channel() -> None:
    _, layer, _, _ = meet()
    writer, late = Writer(), Writer()
    channel: Any = None
    first, second = ChannelTransport(channel, writer), ChannelTransport(channel, late)
    layer.add(first)
    layer.pause_writing()
    layer.add(second)
    assert (writer.told, late.told) == (["pause"], ["pause"])
    layer.discard(second)
    layer.resume_writing()
    assert (writer.told, late.told) == (["pause", "resume"], ["pause"])


async def test_there_is_room_when_neither_is_full() -> None:
    writer = Writer()
    channel: Any = None
    transport = ChannelTransport(channel, writer)
    transport.hold("window")
    transport.hold("connection")
    transport.release("window")
    assert writer.told == ["pause"]
    transport.release("connection")
    transport.release("connection")
    assert writer.told == ["pause", "resume"]
