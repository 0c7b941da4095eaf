"""Syslog: nothing is answered, forged senders reach nothing else, and no message becomes two."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import TYPE_CHECKING

import pytest

from netloom.contents.bus import Bus
from netloom.errors import NetloomError
from netloom.links.datagrams import Datagrams
from netloom.links.options import LinkOptions
from netloom.links.virtual import run as virtual
from tests.fuzzing import mutate
from tests.security.house import House, everything
from tests.security.parsers.syslog import SAID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD = b"<13>Oct 11 22:14:15 h good: yes"


@contextlib.asynccontextmanager
async def datagrams(house: House) -> AsyncIterator[Datagrams]:
    link = Datagrams(asyncio.get_running_loop())
    link.peer = "the collector"
    await house.network.datagrams((socket.AF_INET, ("127.0.0.1", house.port)), None, lambda: link, LinkOptions())
    try:
        yield link
    finally:
        await link.close()


def test_nothing_is_answered_to_any_datagram_and_nothing_else_is_reached() -> None:
    async def main() -> None:
        generator, bus = random.Random(1), Bus()
        async with (
            House("syslog://127.0.0.1:0#family=4", bus) as house,
            bus.subscribe("#") as heard,
            datagrams(house) as link,
        ):
            for number in range(1500):
                said = (
                    generator.randbytes(generator.randrange(1, 200))
                    if number % 8 == 0
                    else mutate(generator, SAID["syslog"])
                )
                if said:
                    await link.send(said)
                if number % 100 == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(1)
            await link.send(GOOD)
            answered = asyncio.ensure_future(link.receive())
            topics: list[str] = []
            while not topics or topics[-1] != "syslog/h/good/notice":
                topics.append((await anext(heard)).topic)
            assert len(topics) > 900
            assert all(topic.startswith("syslog/") and topic.count("/") == 3 for topic in topics)
            assert not answered.done()
            answered.cancel()
            await asyncio.wait({answered})

    virtual(main())


def test_anything_in_a_stream_ends_only_that_stream() -> None:
    async def main() -> None:
        generator, bus = random.Random(2), Bus()
        async with House("syslog+tcp://127.0.0.1:0#family=4", bus) as house, bus.subscribe("syslog/h/good/#") as heard:
            for number in range(300):
                stream = await house.raw()
                said = (
                    generator.randbytes(300)
                    if number % 8 == 0
                    else b"".join(mutate(generator, SAID["syslog"]) for _ in range(4))
                )
                with contextlib.suppress(NetloomError):
                    await stream.write(said)
                    await stream.write_eof()
                async with asyncio.timeout(100):
                    assert await everything(stream) == b""
            stream = await house.raw()
            await stream.write(GOOD + b"\n")
            assert (await anext(heard)).payload == b"yes"

    virtual(main())


@pytest.mark.parametrize("break_", [b"\n", b"\r\n", b"\0", b"\r"])
def test_one_message_stays_one(break_: bytes) -> None:
    """What a datagram, or a count, holds together isn't taken apart."""

    async def main() -> None:
        bus = Bus()
        async with (
            House("syslog://127.0.0.1:0#family=4", bus) as house,
            bus.subscribe("#") as heard,
            datagrams(house) as link,
        ):
            said = b"<13>Oct 11 22:14:15 h app: one" + break_ + b"<8>Oct 11 22:14:15 h kernel: forged"
            await link.send(said)
            stream = await house.raw()
            await stream.write(b"%d %b" % (len(said), said))
            for _ in range(2):
                message = await anext(heard)
                assert (message.topic, message.payload[:4]) == ("syslog/h/app/notice", b"one" + break_[:1])
                assert b"forged" in message.payload

    virtual(main())


def test_a_flood_of_datagrams_holds_up_nobody() -> None:
    async def main() -> None:
        bus = Bus()
        async with House("syslog://127.0.0.1:0#family=4", bus) as house, datagrams(house) as link:
            for _ in range(50_000):
                link.transport.sendto(GOOD)
            async with bus.subscribe("syslog/#") as heard:
                stream = await house.raw()
                await stream.write(b"<13>Oct 11 22:14:15 h tcp: here\n")
                async with asyncio.timeout(1):
                    while (await anext(heard)).topic != "syslog/h/tcp/notice":
                        pass

    virtual(main())
