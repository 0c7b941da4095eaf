"""A stream handed to somebody else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.links.memory import pair
from netloom.links.ssh.channel import ChannelTransport
from netloom.links.ssh.handover import Handover, spare
from netloom.links.stream import Stream
from tests.links.ssh.servers import served
from tests.links.ssh.test_greeting import Upper

if TYPE_CHECKING:
    from pathlib import Path


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


class Connection:
    """Says what it is told, with an IGNORE before each, as asyncssh's does."""

    def __init__(self, cipher: str) -> None:
        self.cipher = cipher
        self.sent: list[int] = []

    def get_extra_info(self, name: str, default: str) -> str:
        return self.cipher or default

    def send_packet(self, kind: int, *parts: bytes) -> None:
        if kind != 2:
            self.send_packet(2, b"")
        self.sent.append(kind)


@pytest.mark.parametrize(
    ("cipher", "sent"),
    [
        ("", [94]), ("aes256-gcm@openssh.com", [94]), ("chacha20-poly1305@openssh.com", [94]), ("aes128-ctr", [94]),
        ("aes256-cbc", [2, 94]), ("3des-cbc", [2, 94]), ("rijndael-cbc@lysator.liu.se", [2, 94]),
    ],
)  # fmt: skip
def test_each_thing_is_said_once(cipher: str, sent: list[int]) -> None:
    connection: Any = Connection(cipher)
    spare(connection)
    connection.send_packet(94, b"data")
    assert connection.sent == sent


@pytest.mark.parametrize(
    ("line", "cipher"), [("", "aes256-gcm@openssh.com"), ("Ciphers aes128-ctr", "aes128-ctr")], ids=["ours", "chosen"]
)
async def test_how_a_connection_is_encrypted(line: str, cipher: str, tmp_path: Path) -> None:
    """The fast one first, unless the user's configuration says otherwise; no more packets than messages."""
    config = tmp_path / "config"
    config.write_text(line + "\n")
    async with served() as place:
        connection = await place.connect(options=f"hostkey=no,agent=none,config={config}")
        raw: Any = connection.raw
        assert raw.get_extra_info("send_cipher") == raw.get_extra_info("recv_cipher") == cipher
        stream = await connection.session("cat")
        first = raw._send_seq, raw._recv_seq
        await stream.write(b"x")
        await stream.write_eof()
        assert b"".join([chunk async for chunk in stream]) == b"x"
        assert raw._send_seq - first[0] <= 3  # the byte, that it was the last, and the close
        assert raw._recv_seq - first[1] <= 4  # the byte, the exit status, the end and the close
