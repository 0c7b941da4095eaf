"""Records on their way from an operation: in order, with what it waits for, and to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom import loop
from netloom.emitting import QUEUE, Stop, records_in_turn, records_of_task
from netloom.records import Note, Record

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from netloom.emitting import Emit, Work

FIRST, SECOND = Note(title="first"), Note(title="second")


async def test_it_waits_between_records() -> None:
    async def work(emit: Emit) -> None:
        await emit(FIRST)
        async with asyncio.timeout(5):  # which wants to know its task
            assert await asyncio.to_thread(lambda: 5) == 5
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        await emit(SECOND)

    assert [record async for record in records_in_turn(work)] == [FIRST, SECOND]


async def test_it_stands_still_while_its_reader_works() -> None:
    seen: list[int] = []

    async def work(emit: Emit) -> None:
        for number in range(3):
            seen.append(number)
            await emit(FIRST)

    records = records_in_turn(work)
    assert seen == []
    await anext(records)
    await asyncio.sleep(0.01)
    assert seen == [0]
    await records.aclose()
    assert seen == [0]


async def test_others_have_their_turn() -> None:
    seen: list[int] = []

    async def work(emit: Emit) -> None:
        for _ in range(3 * QUEUE):
            await emit(FIRST)

    async def other() -> None:
        while True:
            seen.append(read)
            await asyncio.sleep(0)

    read = 0
    beside = asyncio.create_task(other())
    async for _ in records_in_turn(work):
        read += 1
    beside.cancel()
    assert seen == [QUEUE, 2 * QUEUE, 3 * QUEUE]


def test_whoever_began_by_hand_has_its_turn() -> None:
    read = 0

    async def work(emit: Emit) -> None:
        for _ in range(3 * QUEUE):
            await emit(FIRST)

    async def reading() -> None:
        nonlocal read
        async for _ in records_in_turn(work):
            read += 1

    begun = reading()
    assert not loop.begin(begun, lambda: read >= 2 * QUEUE)
    assert read == 2 * QUEUE
    begun.close()


async def test_one_within_another() -> None:
    async def inner(emit: Emit) -> None:
        await emit(FIRST)
        await asyncio.sleep(0)
        await emit(SECOND)

    async def outer(emit: Emit) -> None:
        async for record in records_in_turn(inner):
            await emit(record)
            await emit(record)

    assert [record async for record in records_in_turn(outer)] == [FIRST, FIRST, SECOND, SECOND]


async def test_a_reader_that_is_cancelled_while_it_waits() -> None:
    heard: list[str] = []

    async def work(emit: Emit) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # it ends in its own time
            heard.append("cancelled")
            raise

    task = asyncio.create_task(read_all(work))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert heard == ["cancelled"]


async def test_a_reader_that_stops_waits_for_its_end() -> None:
    heard: list[str] = []

    async def work(emit: Emit) -> None:
        try:
            await emit(FIRST)
        finally:
            await asyncio.sleep(0.01)
            await emit(SECOND)  # nobody reads it
            heard.append("over")
            raise ValueError("nor this")

    records = records_in_turn(work)
    await anext(records)
    await records.aclose()
    assert heard == ["over"]


async def test_who_is_cancelled_while_it_ends_hears_it() -> None:
    async def work(emit: Emit) -> None:
        try:
            await emit(FIRST)
        finally:
            await asyncio.Event().wait()

    async def stop() -> None:
        records = records_in_turn(work)
        await anext(records)
        await records.aclose()

    task = asyncio.create_task(stop())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


def test_it_asks_for_a_loop_through_all_that_stands_between() -> None:
    seen: list[Record] = []

    async def work(emit: Emit) -> None:
        await emit(FIRST)
        await loop.needed()
        await asyncio.sleep(0)
        await emit(SECOND)

    async def reading() -> None:
        seen.extend([record async for record in records_in_turn(work)])

    async def main(begun: Coroutine[Any, Any, None]) -> None:
        await asyncio.get_running_loop().create_task(begun)

    begun = reading()
    assert not loop.begin(begun, lambda: False)
    asyncio.run(main(begun))
    assert seen == [FIRST, SECOND]


async def read_all(work: Work) -> None:
    async for _ in records_in_turn(work):
        pass


class TestStop:
    @pytest.mark.parametrize("told", [1, 2 * QUEUE])
    async def test_what_is_told_until_the_end_is_read(self, told: int) -> None:
        async def work(emit: Emit) -> None:
            try:
                for _ in range(told):
                    await emit(FIRST)
                await asyncio.Event().wait()
            finally:
                await emit(SECOND)

        stop = Stop()
        reading = records_of_task(work, stop)
        found = [await anext(reading)]
        await asyncio.sleep(0.01)
        assert stop.ask()
        async with asyncio.timeout(5):
            found += [record async for record in reading]
        # The one that waited for room when it was ended is told, and none of those that were to come.
        assert found == [FIRST] * min(told, QUEUE + 2) + [SECOND]

    async def test_there_is_something_to_stop(self) -> None:
        stop = Stop()
        assert not stop.ask()
        reading = records_of_task(_stands, stop)
        assert await anext(reading) == FIRST
        assert stop.ask()
        assert [record async for record in reading] == []

    async def test_what_is_over_is_read_to_its_end(self) -> None:
        async def work(emit: Emit) -> None:
            await emit(FIRST)
            await emit(SECOND)

        stop = Stop()
        reading = records_of_task(work, stop)
        assert await anext(reading) == FIRST
        assert stop.ask()
        assert [record async for record in reading] == [SECOND]

    async def test_what_goes_wrong_at_the_end_is_heard(self) -> None:
        async def work(emit: Emit) -> None:
            try:
                await _stands(emit)
            finally:
                raise ZeroDivisionError

        stop = Stop()
        reading = records_of_task(work, stop)
        await anext(reading)
        stop.ask()
        with pytest.raises(ZeroDivisionError):
            await anext(reading)

    async def test_a_work_that_is_cancelled_by_others_did_not_end(self) -> None:
        async def work(emit: Emit) -> None:
            await emit(FIRST)
            raise asyncio.CancelledError

        reading = records_of_task(work, Stop())
        await anext(reading)
        with pytest.raises(asyncio.CancelledError):
            await anext(reading)

    async def test_whoever_has_stopped_reading_is_not_waited_for(self) -> None:
        emitted: list[Record] = []

        async def work(emit: Emit) -> None:
            try:
                while True:
                    await emit(FIRST)
            finally:
                while True:
                    await emit(SECOND)
                    emitted.append(SECOND)

        reading = records_of_task(work)
        await anext(reading)
        async with asyncio.timeout(5):
            await reading.aclose()
        assert not emitted


async def _stands(emit: Emit) -> None:
    await emit(FIRST)
    await asyncio.Event().wait()
