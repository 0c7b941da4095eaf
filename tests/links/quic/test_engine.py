from __future__ import annotations

import asyncio

from netloom.links.virtual import run
from tests.links.http.lab_h3 import hostile


def test_what_is_held_is_acknowledged_and_waits() -> None:
    async def main() -> None:
        async with hostile() as (place, server):
            peer = await place.raw()
            other = server.peers[0]
            other.link.hold()
            number = peer.ask(b"x" * (8 << 20))
            await asyncio.sleep(20.0)
            assert other.said == {}
            assert peer.link.engine.get_send_buffer_size(number) > 6 << 20  # no more than its windows let through
            assert peer.error is None
            other.link.release()
            await other.until(lambda: number in other.ended)
            assert len(other.said[number]) == 8 << 20

    run(main())


def test_the_end_is_heard_even_so() -> None:
    async def main() -> None:
        async with hostile() as (place, server):
            peer = await place.raw()
            other = server.peers[0]
            other.link.hold()
            peer.ask(b"x" * 1000)
            await asyncio.sleep(1.0)
            peer.link.close(0x100, "bye")
            assert "NO_ERROR (bye)" in await other.gone()

    run(main())


def test_its_version() -> None:
    async def main() -> None:
        async with hostile() as (place, _):
            assert (await place.raw()).link.engine.number == 1

    run(main())
