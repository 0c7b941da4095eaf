"""Runs in both worlds: for, async for, one, await; a blocking call in a loop is a mistake."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import pytest
from msgspec import Meta

import netloom
from netloom.emitting import QUEUE
from netloom.errors import UsageError
from netloom.records import Note, Record
from netloom.runs import Run
from netloom.shapes import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.toolbox import Toolbox

pytestmark = pytest.mark.usefixtures("leaves_nothing")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    count: Annotated[int, Meta(description="how many")] = 3


way = {"offline": False}


@pytest.fixture(params=[False, True], ids=["in a task", "in turn"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations that talk have a task of their own, those that are offline don't."""
    monkeypatch.setitem(way, "offline", request.param)


def made(run: Callable[[Request, Toolbox], Any], count: int = 3) -> Run[Record]:
    operation = Operation(
        name="try",
        group="look",
        summary="s",
        example="e",
        request=Request,
        record=Note,
        run=run,
        offline=way["offline"],
    )
    return Run(operation, Request(count=count))


class Counting:
    """An operation that notes how it ended."""

    def __init__(self) -> None:
        self.ended = ""
        self.emitted = 0

    async def __call__(self, request: Request, toolbox: Toolbox) -> None:
        try:
            for number in range(request.count):
                await toolbox.emit(Note(title=str(number)))
                self.emitted += 1
            self.ended = "well"
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise


async def failing(request: Request, toolbox: Toolbox) -> None:
    await toolbox.emit(Note(title="first"))
    raise UsageError("and then")


async def hanging(request: Request, toolbox: Toolbox) -> None:
    await toolbox.emit(Note(title="first"))
    await asyncio.Event().wait()


def titles(records: Any) -> list[str]:
    return [record.title for record in records]


@pytest.mark.usefixtures("both_ways")
class TestInAScript:
    def test_for(self) -> None:
        assert titles(made(Counting())) == ["0", "1", "2"]

    def test_one(self) -> None:
        assert made(Counting(), 1).one() == Note(title="0")
        with pytest.raises(UsageError, match="try gave 3 records, not one"):
            made(Counting()).one()

    def test_an_error_comes_after_the_records_before_it(self) -> None:
        seen: list[Any] = []
        with pytest.raises(UsageError, match="and then"):
            seen.extend(made(failing))
        seen.clear()
        run = iter(made(failing))
        assert next(run) == Note(title="first")
        with pytest.raises(UsageError, match="and then"):
            next(run)

    @pytest.mark.parametrize("count", [3, 10 * QUEUE])
    def test_a_break_ends_the_operation(self, count: int) -> None:
        """Also where more records wait than fit between it and its reader."""
        counting = Counting()
        for record in made(counting, count):
            assert record == Note(title="0")
            break
        assert counting.ended == ("well" if count == 3 and not way["offline"] else "cancelled")
        assert counting.emitted <= QUEUE + 2

    def test_a_break_of_one_that_hangs(self) -> None:
        for _ in made(hanging):
            break

    def test_nothing_happens_until_it_is_read(self) -> None:
        counting = Counting()
        run = made(counting)
        assert counting.ended == ""
        assert len(list(run)) == 3
        assert len(list(run)) == 3, "and it can be read again"

    def test_from_several_threads(self) -> None:
        seen: list[list[str]] = []
        threads = [threading.Thread(target=lambda: seen.append(titles(made(Counting(), 50)))) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(one) for one in seen] == [50] * 5


@pytest.mark.usefixtures("both_ways")
class TestInAsyncio:
    async def test_async_for(self) -> None:
        assert [record async for record in made(Counting())] == [Note(title=str(n)) for n in range(3)]

    async def test_await(self) -> None:
        assert await made(Counting(), 1) == Note(title="0")
        with pytest.raises(UsageError, match="gave 0 records"):
            await made(Counting(), 0)

    async def test_an_error(self) -> None:
        with pytest.raises(UsageError, match="and then"):
            await made(failing)

    async def test_a_break_ends_the_operation(self) -> None:
        counting = Counting()
        records = aiter(made(counting, 10 * QUEUE))
        assert await anext(records) == Note(title="0")
        await records.aclose()
        assert counting.ended == "cancelled"
        assert len(asyncio.all_tasks()) == 1

    async def test_a_break_without_closing(self) -> None:
        counting = Counting()
        async for _ in made(counting, 10 * QUEUE):
            break
        for _ in range(10):
            await asyncio.sleep(0)
        assert counting.ended == "cancelled"
        assert len(asyncio.all_tasks()) == 1

    async def test_cancelling_the_reader(self) -> None:
        async def read() -> None:
            async for _ in made(hanging):
                pass

        task = asyncio.ensure_future(read())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert len(asyncio.all_tasks()) == 1

    async def test_the_reader_is_not_overrun(self) -> None:
        counting = Counting()
        records = aiter(made(counting, 10 * QUEUE))
        await anext(records)
        for _ in range(50):
            await asyncio.sleep(0)
        assert counting.emitted <= QUEUE + 2
        assert len([record async for record in records]) == 10 * QUEUE - 1

    async def test_a_blocking_call_is_a_mistake(self) -> None:
        for blocking in (
            lambda: made(Counting(), 1).one(),
            lambda: list(made(Counting())),
            lambda: netloom.serve("tcp://127.0.0.1:0").__enter__(),
            lambda: netloom.connect("tcp://127.0.0.1:9").__enter__(),
        ):
            with pytest.raises(UsageError, match="would stop it") as caught:
                blocking()
            assert "await" in caught.value.hint


class TestPrepare:
    def test_arguments(self) -> None:
        run: Any = Run.prepare("probe", ("tcp://a:1", ["tcp://b:2"], ("tcp://c:3",)), {"deadline": 3})
        assert [target.host for target in run.request.targets] == ["a", "b", "c"]
        run = Run.prepare("send", ("tcp://a:1", "hello"), {})
        assert run.request.message == "hello"
        run = Run.prepare("send", (), {"target": "tcp://a:1"})
        assert run.request.message == "-"

    def test_too_many_or_unknown(self) -> None:
        with pytest.raises(UsageError, match="takes at most"):
            Run.prepare("send", ("tcp://a:1",) * 20, {})
        with pytest.raises(UsageError, match="no operation"):
            Run.prepare("sned", (), {})


async def test_a_recording_that_fails_in_the_end_is_told(tmp_path: Any) -> None:
    async def recorded(request: Request, toolbox: Toolbox) -> None:
        toolbox.recording(str(tmp_path / "x")).failure = UsageError("the disk is full")
        await toolbox.emit(Note(title="first"))

    with pytest.raises(UsageError, match="disk is full"):
        await made(recorded)
