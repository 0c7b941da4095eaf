"""A run: one operation at work, read from a script (`for`), from asyncio (`async for`), or for its only record."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from netloom import registry
from netloom.errors import UsageError
from netloom.requests import field_names, make
from netloom.toolbox import records_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator

    import msgspec

    from netloom.shapes import Operation

R = TypeVar("R")
T = TypeVar("T")


class Run(Generic[R]):
    """What calling an operation gives. Nothing happens until it is read."""

    def __init__(self, operation: Operation, request: msgspec.Struct, tools: dict[str, Any] | None = None) -> None:
        self.operation = operation
        self.request = request
        self._tools = tools or {}

    @classmethod
    def prepare(
        cls, name: str, args: tuple[Any, ...], fields: dict[str, Any], tools: dict[str, Any] | None = None
    ) -> Run[R]:
        """The run of an operation by its name. Positional arguments are its targets, or its first fields in order."""
        operation = registry.operation(name)
        names = field_names(operation.request)
        if args and names and names[0] == "targets":
            flat = [item for arg in args for item in (arg if isinstance(arg, list | tuple) else (arg,))]
            fields = {"targets": flat, **fields}
        elif len(args) > len(names):
            raise UsageError(f"{name} takes at most {len(names)} arguments", hint=", ".join(names))
        else:
            fields = {**dict(zip(names, args, strict=False)), **fields}
        return cls(operation, make(operation.request, fields), tools)

    def __aiter__(self) -> AsyncGenerator[R, None]:
        # The operation declares which records it emits.
        return cast("AsyncGenerator[R, None]", records_of(self.operation, self.request, self._tools))

    def __await__(self) -> Generator[Any, None, R]:
        return self._only().__await__()

    async def _only(self) -> R:
        found = [record async for record in self]
        if len(found) != 1:
            raise UsageError(f"{self.operation.name} gave {len(found)} records, not one", hint="read it with `for`")
        return found[0]

    def __iter__(self) -> Iterator[R]:
        scripts = background()
        iterator = self.__aiter__()
        try:
            while True:
                try:
                    yield scripts.wait(anext(iterator))
                except StopAsyncIteration:
                    return
        finally:
            scripts.wait(iterator.aclose())

    def one(self) -> R:
        """The only record. In asyncio: `await run`."""
        return background().wait(self._only())


class Background:
    """The one event loop, in a thread of its own, that scripts run on."""

    def __init__(self) -> None:
        self._loop = new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="netloom", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it there and wait here; Ctrl-C cancels it and waits until it is over, a second one doesn't wait."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            work.close()
            raise UsageError(
                "a blocking call inside a running event loop would stop it",
                hint="write `async for`, `async with` or `await` here",
            )
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = self._loop.create_task(_plain(work))
            task.add_done_callback(lambda done: _hand_over(done, outcome))
            tasks.append(task)

        self._loop.call_soon_threadsafe(begin)
        try:
            return outcome.result()
        except KeyboardInterrupt:
            self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
            outcome.exception()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the loop."""

        async def inside() -> T:
            return function()

        return self.wait(inside())


async def _plain(work: Awaitable[T]) -> T:
    return await work


def _hand_over(done: asyncio.Task[T], outcome: concurrent.futures.Future[T]) -> None:
    if done.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif (error := done.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(done.result())


_background: Background | None = None
_starting = threading.Lock()


def background() -> Background:
    """The background loop, started when it is first needed."""
    global _background  # noqa: PLW0603  # one loop a process is the point
    with _starting:
        if _background is None:
            _background = Background()
    return _background


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
