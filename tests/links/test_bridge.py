"""Streams joined at their transports: every byte, both ends, backpressure, and rest at any moment without waiting."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import ConnectionLost
from netloom.links.bridge import Bridge
from netloom.links.join import ENOUGH, Joined, join
from netloom.links.memory import pair
from netloom.links.sockets import reset_when_closed
from netloom.links.stream import Stream
from netloom.links.virtual import run
from tests.links.test_splice import both_ends
from tests.worlds import LOOPS, on_loop

if TYPE_CHECKING:
    from netloom.errors import NetloomError

Ends = Callable[[], Awaitable[tuple[Stream, Stream]]]


async def in_memory() -> tuple[Stream, Stream]:
    near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
    pair(near, far)
    return near, far


async def speak(stream: Stream, said: bytes, sizes: random.Random) -> None:
    """In pieces of any size; then the end."""
    at = 0
    while at < len(said):
        size = sizes.choice((1, 100, 4096, 65536, 300_000))
        await stream.write(said[at : at + size])
        at += size
        if sizes.random() < 0.3:
            await asyncio.sleep(0)
    await stream.write_eof()


async def hear(stream: Stream) -> bytes:
    return b"".join([chunk async for chunk in stream])


async def exchange(there: bytes, back: bytes, seed: int, ends: Ends) -> tuple[Joined, bytes, bytes]:
    """What both sides of a join heard who speak at once."""
    ann, left = await ends()
    right, bob = await ends()
    sizes = random.Random(seed)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        joined = group.create_task(join(left, right))
        group.create_task(speak(ann, there, sizes))
        group.create_task(speak(bob, back, sizes))
        at_bob, at_ann = group.create_task(hear(bob)), group.create_task(hear(ann))
    for stream in (ann, left, right, bob):
        await stream.close()
    return joined.result(), at_bob.result(), at_ann.result()


amounts = st.one_of(
    st.integers(0, 3),
    st.integers(ENOUGH - 3, ENOUGH + 3),
    st.integers(0, 6 * ENOUGH),
)


@pytest.mark.parametrize("loop", LOOPS)
@settings(max_examples=30, deadline=None)
@given(there=amounts, back=amounts, seed=st.integers(0, 1000))
def test_every_byte_arrives_whenever_the_kernel_takes_over(loop: str, there: int, back: int, seed: int) -> None:
    chance = random.Random(seed)
    one, other = chance.randbytes(there), chance.randbytes(back)
    joined, at_bob, at_ann = on_loop(loop, exchange(one, other, seed, both_ends))
    assert joined == Joined(there, back)
    assert (at_bob == one, at_ann == other) == (True, True)


@settings(max_examples=30, deadline=None)
@given(there=amounts, back=amounts, seed=st.integers(0, 1000))
def test_every_byte_arrives_in_memory(there: int, back: int, seed: int) -> None:
    chance = random.Random(seed)
    one, other = chance.randbytes(there), chance.randbytes(back)
    joined, at_bob, at_ann = run(exchange(one, other, seed, in_memory))
    assert joined == Joined(there, back)
    assert (at_bob == one, at_ann == other) == (True, True)


@pytest.mark.parametrize("loop", LOOPS)
def test_rest_comes_when_nothing_waits_on_either_side(loop: str) -> None:
    async def main() -> None:
        ann, left = await both_ends()
        right, bob = await both_ends()
        bridge = Bridge(left, right, enough=100_000)
        carrying = asyncio.ensure_future(bridge.carry())
        async with asyncio.timeout(30):
            await ann.write(bytes(99_999))
            await bob.read_exactly(99_999)
            assert not carrying.done()
            await ann.write(b"x")
            assert await carrying is False
        assert (bridge.left.size, bridge.right.size) == (100_000, 0)
        assert not any(stream.transport.get_write_buffer_size() for stream in (left, right))
        assert not any(stream.transport.is_reading() for stream in (left, right))
        for stream in (ann, left, right, bob):
            stream.abort()

    on_loop(loop, main())


class Held(asyncio.Transport):
    """Takes what it is given, and sends it when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0
        self.high: int | None = 65536
        self.reading = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.waits += len(data)

    def get_write_buffer_size(self) -> int:
        return self.waits

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """The test calls it."""


async def test_what_waits_is_sent_before_the_rest_and_nothing_is_read_meanwhile() -> None:
    one, other = Held(), Held()
    streams = [Stream(asyncio.get_running_loop()) for _ in range(2)]
    for stream, transport in zip(streams, (one, other), strict=True):
        stream.connection_made(transport)
    bridge = Bridge(streams[0], streams[1], enough=10)
    carrying = asyncio.ensure_future(bridge.carry())
    await asyncio.sleep(0)
    bridge.left.data_received(b"too much at once")
    assert (one.high, other.high) == (0, 0), "it is told as soon as nothing waits"
    bridge.right.pause_writing()
    assert (one.reading, other.reading, bridge.at_rest) == (False, True, False)
    bridge.right.data_received(b"heard meanwhile")
    assert not bridge.at_rest
    one.waits = other.waits = 0
    bridge.right.resume_writing()
    assert (one.reading, other.reading, bridge.at_rest) == (False, False, True)
    bridge.left.data_received(b"late")
    assert other.waits == 0
    assert await carrying is False
    assert (one.high, streams[0].take_waiting(), bridge.left.size) == (None, b"late", 16)


@pytest.mark.parametrize("loop", LOOPS)
def test_rest_comes_although_the_speaker_is_always_faster(loop: str) -> None:
    async def main() -> None:
        ann, left = await both_ends()
        right, bob = await both_ends()
        carrying = asyncio.ensure_future(Bridge(left, right, enough=ENOUGH).carry())
        speaking = asyncio.ensure_future(speak(ann, bytes(256 * 1024 * 1024), random.Random(1)))
        async with asyncio.timeout(30):
            await asyncio.sleep(0.2)  # until all buffers are full
            while not carrying.done():
                await bob.read(4096)
        assert carrying.result() is False
        assert not speaking.done()
        assert not right.transport.get_write_buffer_size()
        assert not any(stream.transport.is_reading() for stream in (left, right))
        speaking.cancel()
        for stream in (ann, left, right, bob):
            stream.abort()

    on_loop(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
def test_an_echo_that_reads_only_when_it_was_heard_goes_on(loop: str) -> None:
    """It blocks in writing while the other side is slow: a relay that stopped to hear it would wait for ever."""

    async def main() -> None:
        ann, left = await both_ends()
        right, bob = await both_ends()
        joined = asyncio.ensure_future(join(left, right))

        async def echo() -> None:
            async for chunk in bob:
                await bob.write(chunk)
            await bob.write_eof()

        echoing = asyncio.ensure_future(echo())
        speaking = asyncio.ensure_future(speak(ann, bytes(32 * 1024 * 1024), random.Random(1)))
        await asyncio.sleep(0.2)  # until all buffers are full, both ways
        async with asyncio.timeout(60):
            assert len(await hear(ann)) == 32 * 1024 * 1024
            await asyncio.gather(joined, echoing, speaking)
        for stream in (ann, left, right, bob):
            await stream.close()

    on_loop(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_slow_reader_slows_the_speaker_down(loop: str) -> None:
    async def main() -> None:
        ann, left = await both_ends()
        right, bob = await both_ends()
        bob.transport.pause_reading()
        bridge = Bridge(left, right)
        carrying = asyncio.ensure_future(bridge.carry())
        speaking = asyncio.ensure_future(speak(ann, bytes(64 * 1024 * 1024), random.Random(1)))
        before = -1
        while bridge.left.size != before:
            before = bridge.left.size
            await asyncio.sleep(0.2)
        assert 0 < before < 64 * 1024 * 1024
        assert right.transport.get_write_buffer_size() < 1024 * 1024
        for task in (carrying, speaking):
            task.cancel()
        await asyncio.wait({carrying, speaking})
        for stream in (ann, left, right, bob):
            stream.abort()

    on_loop(loop, main())


def test_early_words_count_against_the_room_that_there_is() -> None:
    """What came before the bridge stood may fill the other side: whoever said it waits from the first on."""

    async def main() -> None:
        ann, left = await in_memory()
        right, bob = await in_memory()
        bob.transport.pause_reading()
        ann.write_soon(bytes(200_000))
        await asyncio.sleep(1)
        bridge = Bridge(left, right)
        carrying = asyncio.ensure_future(bridge.carry())
        await asyncio.sleep(1)
        assert not left.transport.is_reading()
        bob.transport.resume_reading()
        assert len(await bob.read_exactly(200_000)) == 200_000
        await asyncio.sleep(1)
        assert left.transport.is_reading()
        carrying.cancel()
        await asyncio.wait({carrying})

    run(main())


@pytest.mark.parametrize("size", [10, 4 * ENOUGH])
@pytest.mark.parametrize("broken", ["left", "right"])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_reset_is_the_one_sides(loop: str, broken: str, size: int) -> None:
    async def main() -> tuple[NetloomError | None, NetloomError | None]:
        ann, left = await both_ends()
        right, bob = await both_ends()
        joined = asyncio.ensure_future(join(left, right))
        async with asyncio.timeout(30):
            await ann.write(bytes(size))
            await bob.read_exactly(size)
            victim = ann if broken == "left" else bob
            reset_when_closed(victim.info("socket"))
            victim.abort()
            found = await joined
        for stream in (ann, left, right, bob):
            stream.abort()
        return found.left, found.right

    errors = dict(zip(("left", "right"), on_loop(loop, main()), strict=True))
    assert errors.pop(broken) is not None
    assert list(errors.values()) == [None]


@pytest.mark.parametrize("size", [10, 4 * ENOUGH])
@pytest.mark.parametrize("broken", ["left", "right"])
@pytest.mark.parametrize("loop", LOOPS)
def test_where_the_caller_resets_a_loss_is_no_end(loop: str, broken: str, size: int) -> None:
    """Whoever heard the end first would take what came before it for the whole."""

    async def main() -> None:
        ann, left = await both_ends()
        right, bob = await both_ends()
        joined = asyncio.ensure_future(join(left, right, resets=True))
        victim, other = (ann, bob) if broken == "left" else (bob, ann)
        async with asyncio.timeout(30):
            await victim.write(bytes(size))
            await other.read_exactly(size)
            reset_when_closed(victim.info("socket"))
            victim.abort()
            found = await joined
            hearing = asyncio.ensure_future(other.read())
            await asyncio.sleep(0.05)
            assert not hearing.done()
            (right if broken == "left" else left).reset()
            with pytest.raises(ConnectionLost):
                await hearing
        assert (found.left is None, found.right is None) == (broken == "right", broken == "left")
        for stream in (ann, left, right, bob):
            stream.abort()

    on_loop(loop, main())


async def test_one_that_had_gone_before_is_noticed() -> None:
    ann, left = await both_ends()
    right, bob = await both_ends()
    reset_when_closed(ann.info("socket"))
    ann.abort()
    with pytest.raises(ConnectionLost):
        await left.read()
    async with asyncio.timeout(5):
        joined = await join(left, right)
    assert (joined.left is not None, joined.right) == (True, None)
    for stream in (left, right, bob):
        stream.abort()


@pytest.mark.parametrize("size", [10, 2 * ENOUGH])
async def test_who_has_ended_may_still_be_told_much(size: int) -> None:
    ann, left = await both_ends()
    right, bob = await both_ends()
    joined = asyncio.ensure_future(join(left, right))
    await ann.write(b"all?")
    await ann.write_eof()
    assert await hear(bob) == b"all?"
    async with asyncio.timeout(30):
        speaking = asyncio.ensure_future(speak(bob, bytes(size), random.Random(1)))
        assert len(await hear(ann)) == size
        assert await joined == Joined(4, size)
        await speaking
    for stream in (ann, left, right, bob):
        await stream.close()


async def test_a_bridge_that_is_cancelled_gives_the_streams_back() -> None:
    ann, left = await both_ends()
    right, bob = await both_ends()
    carrying = asyncio.ensure_future(Bridge(left, right).carry())
    await ann.write(b"one")
    assert await bob.read_exactly(3) == b"one"
    carrying.cancel()
    await asyncio.wait({carrying})
    await ann.write(b"two")
    assert await left.read_exactly(3) == b"two"
    await right.write(b"three")
    assert await bob.read_exactly(5) == b"three"
    for stream in (ann, left, right, bob):
        await stream.close()
