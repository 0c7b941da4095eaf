"""One operation from its request to its exit code: records to output, signals, progress, the dialogue."""

from __future__ import annotations

import os
import signal
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from netloom import loop
from netloom.cli.failures import FAILED, say
from netloom.cli.spout import PipeClosed, Spout
from netloom.emitting import Stop
from netloom.errors import Status
from netloom.records import Outcome, Record

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterator

    from netloom.cli.progress import Progress
    from netloom.output import Writer
    from netloom.runs import Run

_SIGNALS: dict[int, int] = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
BY_HAND = 0.5
"""Seconds that work may take without an event loop. Then its steps go on in threads, and somebody may watch."""


class Session:
    """Runs an operation and tells of its records. `verbosity` 1 adds phases, 2 the dialogue, on standard error."""

    def __init__(self, run: Run[Any], writer: Writer, spout: Spout, progress: Progress, verbosity: int) -> None:
        self._run = run
        self._writer = writer
        self._spout = spout
        self._progress = progress
        self._verbosity = verbosity
        self._failed = False
        self._stopped = 0
        self._task: asyncio.Task[None] | None = None
        self._stopping = Stop()
        self._writing = False

    def execute(self) -> int:
        """Do it, on a loop of its own if it needs one; give the exit code. Raises what the operation raises."""
        work = self._work()
        before = {number: signal.signal(number, self._stop) for number in _heard()}
        try:
            if not (self._run.operation.offline and self._by_hand(work)):
                self._on_a_loop(work)
        except PipeClosed:
            return 0
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._writer.exit_code is not None:
            return self._writer.exit_code
        return self._stopped or (FAILED if self._failed else 0)

    def _by_hand(self, work: Coroutine[Any, Any, None]) -> bool:
        """As far as it goes without a loop, and not for long; whether that was all."""
        until = time.monotonic() + BY_HAND
        return loop.begin(work, lambda: bool(self._stopped) or time.monotonic() > until)

    def _on_a_loop(self, work: Coroutine[Any, Any, None]) -> None:
        """The work, or what is left of it. If it is to be stopped already, that is the first that it hears of."""
        running = loop.new()
        try:
            for number in _heard():
                running.add_signal_handler(number, self._stop, number)
            running.call_soon(self._progress.begin)
            self._task = running.create_task(work)
            if self._stopped:
                self._task.cancel()
            try:
                running.run_until_complete(self._task)
            except BaseException as error:
                if not (self._stopped and loop.cancelled(error)):
                    raise
        finally:
            running.run_until_complete(running.shutdown_asyncgens())
            running.close()

    def _stop(self, number: int, frame: object = None) -> None:  # noqa: ARG002  # signal's shape
        """The first signal ends the work cleanly, the second ends the process at once.

        What the work tells of while it ends is still written, unless whoever reads us has fallen asleep.
        """
        if self._stopped:
            os._exit(_SIGNALS[number])
        self._stopped = _SIGNALS[number]
        if self._task is not None and (self._writing or not self._stopping.ask()):
            self._task.cancel()

    async def _work(self) -> None:
        try:
            async with aclosing(self._run.read(self._stopping)) as records:
                async for record in records:
                    await self._tell(record)
        except BaseException as error:
            if not (self._stopped and loop.cancelled(error)):
                raise
        finally:
            self._progress.end()
        await self._spout.write(self._writer.end(interrupted=bool(self._stopped)))

    async def _tell(self, record: Record) -> None:
        self._progress.clear()
        self._progress.heard()
        if self._run.operation.judges and isinstance(record, Outcome) and record.status is not Status.SUCCESS:
            self._failed = True
        self._writing = True
        await self._spout.write(self._writer.record(record))
        self._writing = False
        aside = self._writer.aside(record)
        if self._verbosity and isinstance(record, Outcome):
            from netloom.cli.beside import detailed

            aside += detailed(record, self._writer.view)
        if aside:
            say(aside)


def _heard() -> Iterator[int]:
    """The signals that end the work: not SIGHUP where nohup has started us."""
    for number in _SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            yield number


def teller(progress: Progress) -> Callable[[str], None]:
    """Who says what belongs beside the records: standard error."""

    def tell(words: str) -> None:
        from netloom.output.text.words import clean

        progress.clear()
        say(f"netloom: {clean(words)}\n")

    return tell
