from __future__ import annotations

import asyncio

import pytest

from netloom.contents import TooLarge
from netloom.contents.bus import Bus, Limits
from netloom.errors import UsageError
from netloom.links.virtual import run
from netloom.protocols.sse.feed import Feed
from netloom.protocols.sse.reader import Reader
from netloom.records import Message


def test_what_was_kept_then_what_comes() -> None:
    async def main() -> None:
        bus = Bus()
        bus.publish(Message("a", b"kept", retain=True))
        feed = Feed(bus)
        with feed.reading():
            reader = Reader(feed, named=False)
            assert not reader.attach(["a", "+"])
            bus.publish(Message("a", b"new"))
            said = await reader.next(1.0)
            assert said is not None
            assert said.count(b"data: kept\n") == said.count(b"data: new\n") == 1
            assert await reader.next(1.0) == b""
            assert asyncio.get_running_loop().time() == pytest.approx(1.0)
            reader.close()
            assert await reader.next(1.0) is None
            bus.publish(Message("a", b"too late"))
            assert await reader.next(1.0) is None
            reader.detach()
            assert bus.subscribers == 1
        feed.close()

    run(main())


def test_what_comes_while_it_waits() -> None:
    async def main() -> None:
        bus = Bus()
        feed = Feed(bus)
        with feed.reading():
            reader = Reader(feed, named=True)
            reader.attach(["#"])
            waiting = asyncio.ensure_future(reader.next(100.0))
            await asyncio.sleep(5.0)
            bus.publish(Message("a", b"1"))
            assert b"event: a\n" in (await waiting or b"")
            waiting = asyncio.ensure_future(reader.next(100.0))
            await asyncio.sleep(5.0)
            reader.close()
            assert await waiting is None
            assert asyncio.get_running_loop().time() == pytest.approx(10.0)
            reader.detach()
        feed.close()

    run(main())


@pytest.mark.parametrize("limits", [Limits(queue=3), Limits(queue_bytes=100)])
def test_too_slow(limits: Limits) -> None:
    async def main() -> None:
        bus = Bus(limits=limits)
        feed = Feed(bus)
        with feed.reading():
            reader = Reader(feed, named=False)
            reader.attach(["#"])
            for number in range(10):
                bus.publish(Message("a", b"%d" % number))
            said = await reader.next(1.0) or b""
            assert reader.dropped == bus.dropped == 10 - said.count(b"data: ") >= 5
            assert said.endswith(b"data: 9\n\n")
            bus.publish(Message("a", b"again"))
            assert b"again" in (await reader.next(1.0) or b"")
            reader.detach()
        feed.close()

    run(main())


def test_much_is_taken_in_pieces() -> None:
    async def main() -> None:
        bus = Bus()
        for number in range(20):
            bus.publish(Message(f"a/{number}", bytes(10_000), retain=True))
        feed = Feed(bus)
        with feed.reading():
            reader = Reader(feed, named=False)
            reader.attach(["#"])
            for _ in range(20):
                bus.publish(Message("b", bytes(10_000)))
            sizes = [len(await reader.next(1.0) or b"") for _ in range(7)]
            assert max(sizes) < 80_000
            assert sum(sizes) > 400_000
            reader.detach()
        feed.close()

    run(main())


@pytest.mark.parametrize(
    ("patterns", "limits", "error"),
    [
        (["a#"], Limits(), UsageError),
        (["a", "b"], Limits(patterns=1), TooLarge),
        (["a"], Limits(subscribers=1), TooLarge),
    ],
)
def test_what_is_refused_leaves_nothing(patterns: list[str], limits: Limits, error: type[Exception]) -> None:
    async def main() -> None:
        bus = Bus(limits=limits)
        feed = Feed(bus)
        with feed.reading():
            with pytest.raises(error):
                Reader(feed, named=False).attach(patterns)
            assert bus.subscribers == 1
        feed.close()

    run(main())
