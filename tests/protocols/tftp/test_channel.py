"""Patience, who the peer is, and how much is sent to somebody who may not be there."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from netloom.errors import DeadlineExceeded, RemoteProtocolError
from netloom.links import virtual
from netloom.links.datagrams import Datagrams
from netloom.links.options import LinkOptions
from netloom.protocols.tftp.channel import FIRST, SHORTEST, Channel, forbid
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Code, Data, Refusal
from tests.protocols.tftp.lab import Way

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def socket_of(network: Way, port: int) -> Datagrams:
    link = Datagrams(asyncio.get_running_loop())
    await network.datagrams(None, (socket.AF_INET, ("127.0.0.1", port)), lambda: link, LinkOptions())
    return link


def met(main: Callable[[Channel, Datagrams, Datagrams], Awaitable[None]], **options: object) -> None:
    """A channel that moves, the socket it asks, and another one of that host."""

    async def meet() -> None:
        network = Way()
        usual, other = await socket_of(network, 69), await socket_of(network, 70)
        link = Datagrams(asyncio.get_running_loop())
        link.peer = "127.0.0.1:69"
        await network.roaming((socket.AF_INET, ("127.0.0.1", 69)), lambda: link, LinkOptions())
        await main(Channel(link, **{"tries": 4, "moves": True, **options}), usual, other)  # type: ignore[arg-type]

    virtual.run(meet())


def test_patience_grows_and_ends() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        loop = asyncio.get_running_loop()
        begun, waits = loop.time(), []
        await channel.send(Ack(0))
        for _ in range(3):
            assert await channel.hear() is None
            waits.append(loop.time() - begun)
            await channel.repeat()
        with pytest.raises(DeadlineExceeded):
            await channel.hear()
        assert waits == [FIRST, 3 * FIRST, 7 * FIRST]
        assert loop.time() - begun == 15 * FIRST
        assert [(await usual.receive()) for _ in range(4)] == [packets.emit(Ack(0))] * 4

    met(main)


def test_patience_is_learnt() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(20):
            await channel.send(Ack(0))
            _, us = await usual.receive_from()
            await asyncio.sleep(0.3)
            await usual.send(packets.emit(Ack(1)), us)
            assert await channel.hear() == Ack(1)
            channel.moved()
        assert 0.3 < channel.patience < 0.5
        begun = loop.time()
        assert await channel.hear() is None
        assert loop.time() - begun < 0.5

    met(main)


def test_patience_has_bounds() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        await channel.send(Ack(0))
        _, us = await usual.receive_from()
        await usual.send(packets.emit(Ack(1)), us)
        await channel.hear()
        assert channel.patience == SHORTEST
        channel.fixed = 7.0
        assert channel.patience == 7.0

    met(main)


def test_what_does_not_bring_it_on_is_no_reason_to_wait() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        loop = asyncio.get_running_loop()
        await channel.send(Ack(0))
        _, us = await usual.receive_from()
        done = loop.create_future()

        async def chatter() -> None:
            while not done.done():
                await usual.send(packets.emit(Ack(9)), us)
                await asyncio.sleep(0.4)

        talking = asyncio.ensure_future(chatter())
        begun = loop.time()
        with pytest.raises(DeadlineExceeded):
            await _hear_on(channel)
        assert loop.time() - begun < 20
        done.set_result(None)
        await talking

    met(main)


async def _hear_on(channel: Channel) -> None:
    while True:
        await channel.hear()


def test_the_first_who_answers_is_the_one() -> None:
    async def main(channel: Channel, usual: Datagrams, other: Datagrams) -> None:
        await channel.send(Ack(0))
        _, us = await usual.receive_from()
        await other.send(packets.emit(Data(1, b"from there")), us)
        assert await channel.hear() == Data(1, b"from there")
        assert channel.port == 70
        await usual.send(packets.emit(Data(1, b"late")), us)
        await usual.send(packets.emit(Refusal(1, "late, too")), us)
        await other.send(packets.emit(Data(2, b"more")), us)
        assert await channel.hear() == Data(2, b"more")
        told = packets.parse(await usual.receive())
        assert isinstance(told, Refusal)
        assert told.code == Code.UNKNOWN_ID
        await channel.pass_on(Ack(2))
        assert await other.receive() == packets.emit(Ack(2))
        assert not usual._queue, "an error isn't answered by an error"

    met(main)


def test_one_that_stays_has_no_other_port() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        await channel.send(Ack(0))
        _, us = await usual.receive_from()
        await usual.send(packets.emit(Ack(1)), us)
        await channel.hear()
        assert channel.port is None

    met(main)


def test_whoever_only_asked_gets_so_much() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        await channel.send(Ack(0))
        await channel.repeat()
        await channel.repeat()  # beyond it
        await channel.refuse(Code.UNDEFINED, "nor an error")
        assert [await usual.receive() for _ in range(2)] == [packets.emit(Ack(0))] * 2
        assert not usual._queue
        await channel.allow(4)
        assert await usual.receive() == packets.emit(Ack(0))
        channel.free(6)
        await channel.pass_on(Data(1, b"xx"))
        _, us = await usual.receive_from()
        await usual.send(packets.emit(Ack(1)), us)
        await channel.hear()
        for _ in range(20):
            await channel.repeat()
            await usual.receive()
        await channel.allow(4)
        assert not usual._queue, "who has answered isn't helped by it"

    met(main, allowance=8)


def test_what_is_no_packet() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        await channel.send(Ack(0))
        _, us = await usual.receive_from()
        await usual.send(b"hello?", us)
        with pytest.raises(RemoteProtocolError) as caught:
            await channel.hear()
        await forbid(channel, caught.value)
        told = packets.parse(await usual.receive())
        assert isinstance(told, Refusal)
        assert told.code == Code.ILLEGAL

    met(main)


def test_what_still_comes() -> None:
    async def main(channel: Channel, usual: Datagrams, _other: Datagrams) -> None:
        assert channel.quiet is None
        await channel.send(Ack(0))
        _, us = await usual.receive_from()
        assert await channel.linger(1.0) is None
        await usual.send(packets.emit(Ack(1)), us)
        assert await channel.linger(1.0) == Ack(1)
        await usual.send(packets.emit(Ack(1)), us)
        await channel.hear()
        await asyncio.sleep(3)
        assert channel.quiet == pytest.approx(3)

    met(main)
