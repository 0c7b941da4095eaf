"""Two links joined: what one says the other hears, until both have ended, whatever they are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import DeadlineExceeded
from netloom.links.join import join
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.virtual import run


def streams(idle: float | None = None) -> tuple[Stream, Stream]:
    loop = asyncio.get_running_loop()
    near, far = Stream(loop, idle=idle), Stream(loop)
    pair(near, far)
    return near, far


def test_both_ways_until_both_have_ended() -> None:
    async def main() -> None:
        left, ann = streams()
        right, bob = streams()
        joined = asyncio.ensure_future(join(left, right))
        await ann.write(b"hello bob")
        assert await bob.read() == b"hello bob"
        await bob.write(b"hi ann")
        assert await ann.read() == b"hi ann"
        await ann.write_eof()
        assert await bob.read() == b"", "an end is carried, too"
        await bob.write(b"still here")
        assert await ann.read() == b"still here"
        assert not joined.done()
        await bob.write_eof()
        assert await joined == (9, 16)

    run(main())


def test_backpressure_is_carried() -> None:
    async def main() -> None:
        left, ann = streams()
        right, bob = streams()
        bob.transport.pause_reading()
        joined = asyncio.ensure_future(join(left, right))
        sent = 0

        async def send() -> None:
            nonlocal sent
            while True:
                await ann.write(b"x" * 4096)
                sent += 4096

        sending = asyncio.ensure_future(send())
        await asyncio.sleep(60)
        assert sent < 2_000_000
        for task in (sending, joined):
            task.cancel()
        await asyncio.wait({sending, joined})

    run(main())


def test_one_that_is_reset_ends_the_other() -> None:
    async def main() -> None:
        left, ann = streams()
        right, bob = streams()
        joined = asyncio.ensure_future(join(left, right))
        await asyncio.sleep(1)
        ann.abort()
        assert await bob.read() == b""
        await bob.close()
        await joined

    run(main())


def test_another_error_ends_both() -> None:
    async def main() -> None:
        left, _ = streams(idle=3)
        right, _ = streams()
        with pytest.raises(DeadlineExceeded):
            await join(left, right)
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_cancelling() -> None:
    async def main() -> None:
        left, _ = streams()
        right, _ = streams()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(join(left, right), 5)
        assert len(asyncio.all_tasks()) == 1

    run(main())


@pytest.mark.usefixtures("leaves_nothing")
def test_a_stream_and_datagrams() -> None:
    import netloom
    from netloom.runs import Run
    from netloom.serving import Serving

    async def main() -> None:
        async with Serving([Endpoint.parse("udp://127.0.0.1:0")]) as serving:
            run: Run[Any] = Run.prepare("connect", ("tcp://127.0.0.1:0#listen", str(serving.endpoint)), {})
            records = aiter(run)
            announced = await anext(records)
            reading = asyncio.ensure_future(anext(records, None))
            found = await netloom.send(announced.endpoint, "through both", options=["reply=some"])
            assert found.body == b"through both"
            reading.cancel()
            await asyncio.wait({reading})
            await records.aclose()

    asyncio.run(main())
