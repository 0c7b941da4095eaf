"""Telnet under a stream: data above, commands below."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from netloom.errors import NetloomError, RemoteProtocolError
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.protocols.telnet.layer import ANSWERS, TelnetLayer
from netloom.wire.telnet import codes
from netloom.wire.telnet.codes import DO, DONT, IAC, SB, SE, WILL


class Plain(TelnetLayer):
    """Echoes are welcome, and binary either way."""

    OURS = frozenset({codes.BINARY})
    THEIRS = frozenset({codes.ECHO, codes.BINARY})


def ends() -> tuple[Stream, Stream]:
    loop = asyncio.get_running_loop()
    here, there = Stream(loop), Stream(loop)
    pair(here, there)
    return here, there


async def test_data_passes_and_commands_do_not() -> None:
    here, there = ends()
    layer = Plain.over(here)
    await there.write(b"a" + bytes((IAC, WILL, codes.ECHO)) + b"b\r\0" + bytes((IAC, IAC, IAC, WILL, 99)) + b"c")
    assert await here.read_exactly(5) == b"ab\r\xffc"
    assert await there.read_exactly(6) == bytes((IAC, DO, codes.ECHO, IAC, DONT, 99))
    assert layer.echoes
    assert layer.asked == {"will": [codes.ECHO, 99], "do": []}
    await here.write(b"x\xff\ry\r\n")
    assert await there.read() == b"x\xff\xff\r\0y\r\n"


async def test_what_came_before_is_read_as_well() -> None:
    here, there = ends()
    await there.write(b"early" + bytes((IAC, codes.NOP)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    Plain.over(here)
    assert await here.read() == b"early"


async def test_binary_is_agreed_on_for_each_way() -> None:
    here, there = ends()
    layer = Plain.over(here)
    layer.ask(ours=[codes.BINARY], theirs=[codes.BINARY])
    assert await there.read_exactly(6) == bytes((IAC, WILL, codes.BINARY, IAC, DO, codes.BINARY))
    await there.write(bytes((IAC, DO, codes.BINARY, IAC, WILL, codes.BINARY)) + b"a\r\0b")
    assert await here.read() == b"a\r\0b"
    await here.write(b"c\rd")
    assert await there.read() == b"c\rd"


@pytest.mark.parametrize("question", [(IAC, codes.AYT), (IAC, WILL, 99), (IAC, DO, 99)])
async def test_answers_wait_only_so_long_for_a_peer_who_doesnt_read(question: tuple[int, ...]) -> None:
    here, there = ends()
    Plain.over(here)
    there.transport.pause_reading()
    with contextlib.suppress(NetloomError):
        for _ in range(100):
            await there.write(bytes(question) * 4096)
            await asyncio.sleep(0)
            assert here.transport.get_write_buffer_size() < ANSWERS + 9 * 2 * 4096
    with pytest.raises(RemoteProtocolError, match="goes on asking"):
        await here.read()


async def test_what_breaks_the_rules_ends_the_stream() -> None:
    here, there = ends()
    Plain.over(here)
    await there.write(bytes((IAC, SB, 1, IAC, 7, IAC, SE)))
    with pytest.raises(RemoteProtocolError):
        await here.read()
