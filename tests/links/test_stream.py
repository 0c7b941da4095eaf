"""The stream: cutting the input anywhere changes nothing; every wait has an end; nothing is lost on the way."""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import ConnectionLost, DeadlineExceeded, Phase, RemoteProtocolError
from netloom.links.memory import BUFFER, MemoryTransport, pair
from netloom.links.stream import HIGH_WATER, Stream
from netloom.links.trace import Trace
from netloom.links.virtual import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Outcome = tuple[str, Any]


def streams(idle: float | None = None) -> tuple[Stream, Stream]:
    """Two ends of a connection in memory, the first with `idle`."""
    loop = asyncio.get_running_loop()
    left, right = Stream(loop, Trace(loop.time), idle=idle), Stream(loop)
    pair(left, right)
    return left, right


def alone() -> Stream:
    """A stream that is fed by hand."""
    stream = Stream(asyncio.get_running_loop())
    stream.connection_made(MemoryTransport(stream.loop, stream, *[("", ("127.0.0.1", 1))] * 2))
    return stream


def number(buffer: bytes) -> tuple[int, int] | None:
    """A parser: a length's digits, a colon, and so many bytes of which only the length is told."""
    head = re.match(rb"(\d{1,3}):", buffer)
    if head is None:
        if re.fullmatch(rb"\d{0,3}", buffer) is None:
            raise RemoteProtocolError("digits expected")
        return None
    end = head.end() + int(head[1])
    return (int(head[1]), end) if len(buffer) >= end else None


READS: dict[str, Callable[[Stream], Awaitable[Any]]] = {
    "read_exactly": lambda s: s.read_exactly(5),
    "read_until": lambda s: s.read_until(b"\r\n", 20),
    "read_line": lambda s: s.read_line(20),
    "read_line_or_rest": lambda s: s.read_line_or_rest(20),
    "expect": lambda s: s.expect(rb"b+\n", 20),
    "parse": lambda s: s.parse(number, 20),
}


async def told(stream: Stream, read: Callable[[Stream], Awaitable[Any]]) -> list[Outcome]:
    """What reading again and again gives, until an error, or until nothing more comes."""
    found: list[Outcome] = []
    while True:
        try:
            value = await read(stream)
        except (RemoteProtocolError, ConnectionLost) as exc:
            return [*found, (type(exc).__name__, exc.message)]
        found.append(("value", value.group() if isinstance(value, re.Match) else value))
        if not value and stream.at_eof:
            # At its end a stream gives nothing, any number of times: an empty line before it looks the same.
            while found and found[-1] == ("value", b""):
                found.pop()
            return found


@given(
    st.lists(st.sampled_from([b"a", b"b", b"bb\n", b"\r", b"\n", b"\r\n", b"3:", b"12:", b"x" * 9])).map(b"".join),
    st.lists(st.integers(0, 80)),
    st.sampled_from(sorted(READS)),
)
def test_cutting_the_input_anywhere_changes_nothing(data: bytes, cuts: list[int], kind: str) -> None:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]

    async def whole() -> list[Outcome]:
        stream = alone()
        if data:
            stream.data_received(data)
        stream.eof_received()
        return await told(stream, READS[kind])

    async def cut() -> list[Outcome]:
        stream = alone()

        async def feed() -> None:
            for piece in pieces:
                stream.data_received(piece)
                for _ in range(3):
                    await asyncio.sleep(0)
            stream.eof_received()

        async with asyncio.TaskGroup() as group:
            group.create_task(feed())
            return await told(stream, READS[kind])

    assert run(cut()) == run(whole())


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1), st.data())
def test_what_is_read_is_what_came(pieces: list[bytes], data: st.DataObject) -> None:
    async def main() -> bytes:
        stream = alone()
        for piece in pieces:
            stream.data_received(piece)
        stream.eof_received()
        read = b""
        while chunk := await stream.read(data.draw(st.integers(1, 60))):
            read += chunk
        assert stream.at_eof
        return read

    assert run(main()) == b"".join(pieces)


class TestReading:
    @pytest.mark.parametrize(
        ("read", "rest"),
        [
            (lambda s: s.read_until(b"\n", 4), b"abcd\n"),
            (lambda s: s.expect(b"\n", 4), b"abcd\n"),
            (lambda s: s.parse(lambda b: (1, 5) if len(b) >= 5 else None, 4), b"abcd\n"),
        ],
        ids=["read_until", "expect", "parse"],
    )
    def test_every_read_has_a_limit(self, read: Any, rest: bytes) -> None:
        async def main(pieces: list[bytes]) -> None:
            stream = alone()
            for piece in pieces:
                stream.data_received(piece)
            with pytest.raises(RemoteProtocolError) as caught:
                await read(stream)
            assert caught.value.offset == 4
            assert caught.value.seen
            assert stream.peek() == rest, "what wasn't understood isn't taken"

        run(main([rest]))
        run(main([rest[:2], rest[2:]]))

    def test_up_to_the_limit_is_allowed(self) -> None:
        async def main() -> None:
            stream = alone()
            stream.data_received(b"abc\nabc\nabc\n")
            assert await stream.read_until(b"\n", 4) == b"abc\n"
            assert (await stream.expect(b"\n", 4)).end() == 4
            assert await stream.parse(lambda b: (b[:4], 4), 4) == b"abc\n"

        run(main())

    def test_the_end_is_told(self) -> None:
        async def main() -> None:
            for read in ("read_exactly", "read_until", "read_line", "expect"):
                stream = alone()
                stream.data_received(b"abc")
                stream.eof_received()
                with pytest.raises(ConnectionLost, match="the peer closed the connection"):
                    await getattr(stream, read)(*{"read_exactly": (9,), "read_line": ()}.get(read, (b"\n",)))
                assert await stream.read() == b"abc"
                assert await stream.read() == b""
            stream = alone()
            stream.eof_received()
            assert await stream.read() == b""
            assert await stream.read_line_or_rest() == b""

        run(main())

    def test_two_readers_are_a_bug(self) -> None:
        async def main() -> None:
            stream, _ = streams()
            first = asyncio.ensure_future(stream.read())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task"):
                await stream.read()
            first.cancel()
            await asyncio.wait({first})

        run(main())

    def test_a_cancelled_read_loses_nothing(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            reading = asyncio.ensure_future(stream.read_exactly(6))
            await peer.write(b"abc")
            await asyncio.sleep(1)
            reading.cancel()
            await asyncio.wait({reading})
            await peer.write(b"def")
            assert await stream.read_exactly(6) == b"abcdef"

        run(main())

    def test_chunks_until_the_end(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            await peer.write(b"x" * 1000)
            await peer.write_eof()
            assert b"".join([chunk async for chunk in stream]) == b"x" * 1000

        run(main())

    def test_first_byte_turns_into_transfer_when_data_comes(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            stream.enter(Phase.FIRST_BYTE)
            await asyncio.sleep(2)
            await peer.write(b"x")
            await stream.read()
            assert stream.trace is not None
            assert stream.trace.phase is Phase.TRANSFER
            await asyncio.sleep(3)
            assert stream.trace.phases() == {"first_byte": 2.0, "transfer": 3.0}

        run(main())


class TestBackpressure:
    def test_a_reader_that_waits_for_nothing_stops_the_peer(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            sent = 0

            async def send() -> None:
                nonlocal sent
                while True:
                    await peer.write(b"x" * 4096)
                    sent += 4096

            sending = asyncio.ensure_future(send())
            await asyncio.sleep(60)
            assert len(stream.peek()) <= HIGH_WATER + BUFFER
            assert sent <= HIGH_WATER + 2 * BUFFER
            before = sent
            await stream.read_exactly(len(stream.peek()))
            await asyncio.sleep(1)
            assert sent > before, "it goes on once there is room"
            sending.cancel()
            await asyncio.wait({sending})

        run(main())

    def test_more_than_the_high_water_can_be_asked_for(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            sending = asyncio.ensure_future(peer.write(b"x" * (3 * HIGH_WATER)))
            assert len(await stream.read_exactly(3 * HIGH_WATER)) == 3 * HIGH_WATER
            await sending

        run(main())

    def test_a_writer_that_waits_learns_of_the_end(self) -> None:
        async def main() -> None:
            for end in ("abort", "close"):
                stream, peer = streams()
                peer.transport.pause_reading()
                writing = asyncio.ensure_future(stream.write(b"x" * (BUFFER + 1)))
                await asyncio.sleep(1)
                assert not writing.done()
                getattr(stream.transport, end)()
                with pytest.raises(ConnectionLost):
                    await writing

        run(main())

    def test_writing_to_a_dead_transport_lets_the_loop_turn(self) -> None:
        """Otherwise whoever writes in a loop would never hear that there is nobody."""

        async def main() -> None:
            stream, peer = streams()
            peer.abort()

            async def write() -> None:
                while True:
                    await stream.write(b"x")

            with pytest.raises(ConnectionLost):
                await write()

        run(main())


class TestIdle:
    def test_silence_ends_a_read(self) -> None:
        async def main() -> None:
            stream, peer = streams(idle=5)
            stream.enter(Phase.REQUEST)
            for _ in range(3):
                await asyncio.sleep(4)
                await peer.write(b"x")
                await asyncio.sleep(0.1)
                assert await stream.read() == b"x"
            began = stream.loop.time()
            with pytest.raises(DeadlineExceeded, match="silence for 5 s") as caught:
                await stream.read()
            assert stream.loop.time() == pytest.approx(began + 5)
            assert caught.value.phase is Phase.REQUEST
            with pytest.raises(ConnectionLost):
                await peer.read_exactly(1)

        run(main())

    def test_dribbling_is_no_silence(self) -> None:
        async def main() -> None:
            stream, peer = streams(idle=5)

            async def drip() -> None:
                for _ in range(10):
                    await asyncio.sleep(4)
                    await peer.write(b"x")

            dripping = asyncio.ensure_future(drip())
            assert await stream.read_exactly(10) == b"x" * 10
            await dripping
            assert stream.loop.time() == pytest.approx(40)

        run(main())

    def test_a_peer_that_takes_nothing_ends_a_write(self) -> None:
        async def main() -> None:
            stream, peer = streams(idle=5)
            peer.transport.pause_reading()
            with pytest.raises(DeadlineExceeded):
                await stream.write(b"x" * (2 * BUFFER))
            assert stream.loop.time() == pytest.approx(5)

        run(main())

    def test_it_may_be_set_while_somebody_waits(self) -> None:
        async def main() -> None:
            stream, _ = streams()
            reading = asyncio.ensure_future(stream.read())
            await asyncio.sleep(3)
            stream.set_idle(2)
            with pytest.raises(DeadlineExceeded):
                await reading
            assert stream.loop.time() == pytest.approx(5)

        run(main())

    def test_nobody_waits_nothing_ends(self) -> None:
        async def main() -> None:
            stream, peer = streams(idle=5)
            await asyncio.sleep(100)
            await peer.write(b"x")
            assert await stream.read() == b"x"

        run(main())

    def test_it_bounds_a_close(self) -> None:
        """What is left is sent to a peer that takes it; one that doesn't is cut off."""

        class Stuck(MemoryTransport):
            def close(self) -> None:
                """Waits for a peer that never takes anything."""

        async def main() -> None:
            loop = asyncio.get_running_loop()
            stream = Stream(loop, idle=5)
            stream.connection_made(Stuck(loop, stream, *[("", ("127.0.0.1", 1))] * 2))
            await stream.close()
            assert loop.time() == pytest.approx(5)

        run(main())


class TestEnds:
    def test_half_close(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            await stream.write(b"question")
            await stream.write_eof()
            assert await peer.read() == b"question"
            assert await peer.read() == b""
            await peer.write(b"answer")
            assert await stream.read() == b"answer"
            await peer.close()
            assert await stream.read() == b""

        run(main())

    def test_abort_resets(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            peer.abort()
            with pytest.raises(ConnectionLost, match="reset"):
                await stream.read()
            with pytest.raises(ConnectionLost, match="reset"):
                await stream.write(b"x")

        run(main())

    def test_several_wait_for_a_close_and_one_gives_up(self) -> None:
        async def main() -> None:
            stream, _ = streams()
            closing = [asyncio.ensure_future(stream.close()) for _ in range(3)]
            await asyncio.sleep(0)
            closing[0].cancel()
            done, _ = await asyncio.wait(closing)
            assert [task.cancelled() for task in closing] == [True, False, False]
            assert len(done) == 3
            with pytest.raises(ConnectionLost, match="closed"):
                await stream.write(b"x")

        run(main())

    def test_after_a_close_nothing_is_sent(self) -> None:
        async def main() -> None:
            stream, _ = streams()
            await stream.close()
            await stream.close()
            with pytest.raises(ConnectionLost, match="closed"):
                await stream.write(b"x")
            await stream.write_eof()
            stream.abort()

        run(main())

    def test_a_block_that_ends_well_closes_and_one_that_fails_aborts(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            async with stream:
                await stream.write(b"bye")
            assert await peer.read() == b"bye"
            assert await peer.read() == b""
            stream, peer = streams()
            with pytest.raises(ValueError, match="oops"):
                async with stream:
                    raise ValueError("oops")
            with pytest.raises(ConnectionLost, match="reset"):
                await peer.read()

        run(main())

    def test_before_it_stands_closing_does_nothing(self) -> None:
        async def main() -> None:
            stream = Stream(asyncio.get_running_loop())
            await stream.close()
            stream.abort()

        run(main())


class Library(asyncio.Protocol):
    """A library's own protocol."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.said.append("made")

    def data_received(self, data: bytes) -> None:
        self.said.append(data)

    def eof_received(self) -> bool:
        self.said.append("eof")
        return True


class TestAttach:
    def test_what_was_not_taken_is_handed_on(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            await peer.write(b"line\nrest")
            assert await stream.read_line() == b"line\n"
            library = Library()
            assert stream.attach(library) is stream.transport
            await peer.write(b" and more")
            await asyncio.sleep(0)
            await peer.write_eof()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert library.said == ["made", b"rest", b" and more", "eof"]

        run(main())

    def test_an_end_that_came_before_is_told(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            await peer.write_eof()
            assert await stream.read() == b""
            library = Library()
            stream.attach(library)
            assert library.said == ["made", "eof"]

        run(main())

    def test_a_full_stream_goes_on_reading(self) -> None:
        async def main() -> None:
            stream, peer = streams()
            sending = asyncio.ensure_future(peer.write(b"x" * (2 * HIGH_WATER)))
            await asyncio.sleep(1)
            library = Library()
            stream.attach(library)
            await sending
            assert sum(len(part) for part in library.said if isinstance(part, bytes)) == 2 * HIGH_WATER

        run(main())
