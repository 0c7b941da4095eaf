"""The client's side of a tape: the order of conversations, and datagrams."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from netloom.errors import DeadlineExceeded
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.play_client import DatagramAsker, Order
from netloom.links.virtual import run
from netloom.packet.streams.events import CLIENT
from tests.packet.tape.tracks import SECOND, script, track

if TYPE_CHECKING:
    from netloom.links.played import Played
    from netloom.packet.tape.script import Script


def test_conversations_begin_when_those_before_are_as_far() -> None:
    async def main() -> None:
        one = track("> a", "< b", "> c")
        two = msgspec.structs.replace(track("> d", number=1), started=SECOND)
        order = Order([one, two])
        await order.turn(one)
        later = asyncio.ensure_future(order.turn(two))
        await asyncio.sleep(1)
        assert not later.done()
        order.reach(one, 0)
        await asyncio.sleep(1)
        assert not later.done()
        order.reach(one, SECOND)
        await later
        third = msgspec.structs.replace(two, started=9 * SECOND)
        order = Order([one, third])
        later = asyncio.ensure_future(order.turn(third))
        order.reach(one, None)
        await later

    run(main())


def ask(made: Script, *answers: bytes, timing: bool = False) -> tuple[Played, list[tuple[float, bytes]]]:
    """What comes of asking a peer that says so after the first question; and what it heard, and when."""

    async def main() -> tuple[Played, list[tuple[float, bytes]]]:
        loop, network, options = asyncio.get_running_loop(), MemoryNetwork(), LinkOptions()
        place = (socket.AF_INET, ("127.0.0.1", 53))
        peer, own = Datagrams(loop), Datagrams(loop, idle=20.0)
        own.peer = "127.0.0.1:53"
        await network.datagrams(None, place, lambda: peer, options)
        await network.datagrams(place, None, lambda: own, options)
        heard: list[tuple[float, bytes]] = []

        async def listen() -> None:
            while True:
                data, sender = await peer.receive_from()
                heard.append((loop.time(), data))
                if len(heard) == 1:
                    for answer in answers:
                        await peer.send(answer, sender)

        task = loop.create_task(listen())
        try:
            played = await DatagramAsker(own, made, timing=timing).play()
            await asyncio.sleep(0.1)
            return played, heard
        finally:
            task.cancel()
            await asyncio.wait({task})
            await own.close()
            await peer.close()

    return run(main())


def test_answers_in_any_order_and_twice() -> None:
    made = script("> a", "< 1", "< 2", "> b", own=CLIENT, transport="udp")
    played, heard = ask(made, b"2", b"2", b"1")
    assert (played.departure, played.said, played.heard, played.cues) == (None, 2, 2, 4)
    assert [data for _, data in heard] == [b"a", b"b"]


def test_another_answer() -> None:
    played, _ = ask(script("> a", "< 1", "< 2", own=CLIENT, transport="udp"), b"1", b"3")
    assert played.departure is not None
    assert (played.departure.number, played.departure.heard) == (2, b"3")


def test_no_answer() -> None:
    with pytest.raises(DeadlineExceeded):
        ask(script("> a", "< 1", own=CLIENT, transport="udp"))


def test_recorded_pauses() -> None:
    _, heard = ask(script("> a", "> b", "> !end", own=CLIENT, transport="udp"), timing=True)
    assert heard == [(0.0, b"a"), (1.0, b"b")]
