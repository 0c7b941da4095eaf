"""Two links joined: what one says the other hears, until both have ended, whatever they are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, RemoteProtocolError
from netloom.links.join import Joined, join
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
        assert await joined == Joined(9, 16)

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


@pytest.mark.parametrize("broken", ["left", "right"])
def test_an_error_ends_both_and_is_the_one_sides(broken: str) -> None:
    async def main() -> None:
        left, _ = streams(idle=3 if broken == "left" else None)
        right, _ = streams(idle=3 if broken == "right" else None)
        joined = await join(left, right)
        errors = {"left": joined.left, "right": joined.right}
        assert isinstance(errors.pop(broken), DeadlineExceeded)
        assert list(errors.values()) == [None]
        assert len(asyncio.all_tasks()) == 1

    run(main())


class Side:
    """One that says what it is given, and fails as it is told."""

    def __init__(self, *says: bytes | Exception, writing: Exception | None = None) -> None:
        self.says = list(says)
        self.writing = writing
        self.heard: list[bytes] = []

    async def read(self) -> bytes:
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    async def write(self, data: bytes) -> None:
        if self.writing is not None:
            raise self.writing
        self.heard.append(data)

    async def write_eof(self) -> None:
        self.heard.append(b"")


RESET, WRONG = ConnectionLost("reset"), RemoteProtocolError("wrong")


@pytest.mark.parametrize("error", [RESET, WRONG])
async def test_each_failure_belongs_to_its_side(error: NetloomError) -> None:
    quiet = Side(b"")
    assert (await join(Side(error), quiet)).left is error
    assert quiet.heard == [b""], "it hears that nothing more comes"
    assert (await join(Side(b""), Side(error))).right is error
    assert (await join(Side(b"x", b""), Side(b"", writing=error))).right is error
    assert (await join(Side(b"", writing=error), Side(b"x", b""))).left is error


async def test_one_that_takes_no_more_may_still_be_heard() -> None:
    left = Side(b"much", b"more", b"")
    joined = await join(left, Side(b"that is too much", b"", writing=RESET))
    assert left.heard == [b"that is too much", b""]
    assert (joined.left, joined.right) == (None, RESET)


async def test_what_nobody_foresaw_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await join(Side(ZeroDivisionError()), Side(b""))


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
