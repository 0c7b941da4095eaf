"""Rings in an event loop: frames come as they pass, and the loop isn't held up by them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import NetworkError
from netloom.packet.live import watch
from tests.packet.live.lab import Lab, lab
from tests.packet.live.test_ring import OURS, made, ring
from tests.worlds import LOOPS, on_loop

if TYPE_CHECKING:
    from netloom.packet.frame import Frame
    from netloom.packet.live.ring import Ring

pytestmark = [pytest.mark.parametrize("loop", LOOPS), pytest.mark.usefixtures("leaves_nothing")]


async def heard(rings: list[Ring], count: int) -> list[tuple[Ring, Frame]]:
    found: list[tuple[Ring, Frame]] = []
    async with asyncio.timeout(30), contextlib.aclosing(watch.frames(rings)) as frames:
        async for one in frames:
            found.append(one)
            if len(found) == count:
                break
    return found


def test_frames_of_several_rings(loop: str, wire: Lab) -> None:
    async def main() -> None:
        with ring(wire, "here", "va", program=OURS) as near, ring(wire, "there", "vb", program=OURS) as far:
            with wire.wires() as out:
                waiting = asyncio.create_task(heard([near, far], 200))
                await asyncio.sleep(0)
                for number in range(100):
                    out.send(made(number))
                found = await waiting
            for one in (near, far):
                assert [frame.data for whose, frame in found if whose is one] == [made(number) for number in range(100)]

    on_loop(loop, main())


def test_others_have_their_turn(loop: str, wire: Lab) -> None:
    async def main() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
            for number in range(640):
                out.send(made(number))
            await asyncio.to_thread(far.wait, 10)
            task = asyncio.create_task(other())
            await heard([far], 640)
            task.cancel()
        assert turns >= 640 // watch.TURN - 2

    on_loop(loop, main())


def test_so_many_seconds(loop: str, wire: Lab) -> None:
    async def main() -> None:
        with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
            out.send(made(1))
            async with asyncio.timeout(30):
                found = [frame.data async for _, frame in watch.frames([far], 0.3)]
        assert found == [made(1)]

    on_loop(loop, main())


def test_cancelling(loop: str, wire: Lab) -> None:
    async def main() -> None:
        with ring(wire, "there", "vb", program=OURS) as far:
            task = asyncio.create_task(heard([far], 1))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    on_loop(loop, main())


def test_an_interface_that_goes(loop: str) -> None:
    async def main() -> None:
        with lab() as pair, ring(pair, "there", "vb", program=OURS) as far:
            task = asyncio.create_task(heard([far], 1))
            await asyncio.sleep(0.05)
            await asyncio.to_thread(pair.script, "there", "ip link set vb down")
            with pytest.raises(NetworkError, match="vb went down"):
                await task

    on_loop(loop, main())
