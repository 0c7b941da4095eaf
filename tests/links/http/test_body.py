from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded, RemoteProtocolError
from netloom.links.http.body import TOO_LARGE, Inbox, collect
from netloom.links.http.limits import Limits
from netloom.links.virtual import run
from tests.links.http.lab_h1 import pieces

if TYPE_CHECKING:
    from collections.abc import Callable


def inbox(pace: Limits | None = None, taken: Callable[[int], None] = lambda _: None) -> Inbox:
    return Inbox(asyncio.get_running_loop(), pace, taken)


class TestInbox:
    async def test_pieces_in_order_then_the_end(self) -> None:
        taken: list[int] = []
        box = inbox(taken=taken.append)
        box.feed(b"abc")
        box.feed(b"de")
        box.end((("x", "y"),))
        assert (box.size, box.came) == (5, 5)
        assert [chunk async for chunk in box.chunks()] == [b"abc", b"de"]
        assert await box.next() == b""
        assert taken == [3, 2]
        assert (box.size, box.came) == (0, 5)
        assert box.trailers == (("x", "y"),)

    async def test_a_failure_comes_after_what_came(self) -> None:
        box = inbox()
        box.feed(b"abc")
        box.fail(ConnectionLost("gone"))
        assert await box.next() == b"abc"
        with pytest.raises(ConnectionLost):
            await box.next()

    async def test_after_the_end_nothing_fails(self) -> None:
        box = inbox()
        box.end()
        box.fail(ConnectionLost("gone"))
        assert await box.next() == b""

    async def test_whoever_waits_is_woken(self) -> None:
        box = inbox()
        waiting = asyncio.ensure_future(box.next())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await box.next()
        box.feed(b"abc")
        assert await waiting == b"abc"

    async def test_dropped(self) -> None:
        box = inbox()
        box.feed(b"abc")
        assert box.drop() == 3
        box.feed(b"de")
        assert box.take_all() == [b"de"]
        box.end()
        assert await box.next() == b""

    def test_only_waiting_counts(self) -> None:
        async def main() -> None:
            box = inbox(Limits(body_timeout=10.0, body_rate=100))
            loop = asyncio.get_running_loop()
            await asyncio.sleep(1000.0)
            loop.call_later(9.0, box.feed, b"x" * 100)
            assert await box.next() == b"x" * 100
            await asyncio.sleep(1000.0)
            began = loop.time()
            with pytest.raises(DeadlineExceeded):
                await box.next()
            assert loop.time() - began == pytest.approx(2.0)  # one second was left, and one was earned

        run(main())


class TestCollect:
    async def test_in_one_piece(self) -> None:
        assert await collect(pieces(b"ab", b"c"), 3) == b"abc"

    async def test_beyond_the_limit(self) -> None:
        with pytest.raises(RemoteProtocolError) as caught:
            await collect(pieces(b"ab", b"cd"), 3)
        assert caught.value.rule == TOO_LARGE
