"""One operation from its request to its exit code: records to output, signals, progress, the dialogue."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.cli.failures import FAILED, say, stderr_columns
from netloom.cli.spout import PipeClosed, Spout
from netloom.errors import Status
from netloom.output.text.outcome import phases_in_words
from netloom.output.text.style import Style
from netloom.output.text.words import clean, seconds, wrap
from netloom.records import TLS, Outcome, Record, ReplyRecord
from netloom.runs import Run, new_event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.cli.progress import Progress
    from netloom.output import Writer

_SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Session:
    """Runs an operation and tells of its records. `verbosity` 1 adds phases, 2 the dialogue, on standard error."""

    def __init__(self, run: Run[Any], writer: Writer, spout: Spout, progress: Progress, verbosity: int) -> None:
        self._run = run
        self._writer = writer
        self._spout = spout
        self._progress = progress
        self._verbosity = verbosity
        self._style = Style(colour=writer.view.aside_colour, unicode=writer.view.unicode)
        self._failed = False
        self._stopped = 0
        self._task: asyncio.Task[None] | None = None

    def execute(self) -> int:
        """Do it on a loop of its own; give the exit code. Raises what the operation raises."""
        loop = new_event_loop()
        try:
            for number in _SIGNALS:
                if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                    loop.add_signal_handler(number, self._stop, number)
            self._task = loop.create_task(self._work())
            try:
                loop.run_until_complete(self._task)
            except PipeClosed:
                return 0
            except asyncio.CancelledError:
                if not self._stopped:
                    raise
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        if self._writer.exit_code is not None:
            return self._writer.exit_code
        return self._stopped or (FAILED if self._failed else 0)

    def _stop(self, number: signal.Signals) -> None:
        """The first signal ends the work cleanly, the second ends the process at once."""
        if self._stopped:
            os._exit(_SIGNALS[number])
        self._stopped = _SIGNALS[number]
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        self._progress.begin()
        try:
            async with aclosing(aiter(self._run)) as records:
                async for record in records:
                    await self._tell(record)
        except asyncio.CancelledError:
            if not self._stopped:
                raise
        finally:
            self._progress.end()
        await self._spout.write(self._writer.end(interrupted=bool(self._stopped)))

    async def _tell(self, record: Record) -> None:
        self._progress.clear()
        self._progress.heard()
        if self._run.operation.judges and isinstance(record, Outcome) and record.status is not Status.SUCCESS:
            self._failed = True
        await self._spout.write(self._writer.record(record))
        aside = self._writer.aside(record)
        if self._verbosity and isinstance(record, Outcome):
            wide = stderr_columns() - 7
            lines = [piece for line in details(record, self._style) for piece in wrap(line, wide)]
            aside += "".join(f"      {self._style.paint(line, 'dim')}\n" for line in lines)
        if aside:
            say(aside)


def teller(progress: Progress) -> Callable[[str], None]:
    """Who says what belongs beside the records: standard error."""

    def tell(words: str) -> None:
        progress.clear()
        say(f"netloom: {clean(words)}\n")

    return tell


def talker(progress: Progress, style: Style, *, several: bool = False) -> Callable[[str, str], None]:
    """Whom the dialogue is told to: standard error. Of `several` endpoints each stands above what is said there."""
    last = ""

    def tell(endpoint: str, words: str) -> None:
        nonlocal last
        progress.clear()
        if several and endpoint != last:
            last = endpoint
            say(f"    {style.paint(clean(endpoint), 'dim')}\n")
        look = "cyan" if words.startswith(">") else "grey"
        first, *more = wrap(clean(words).rstrip(), stderr_columns() - 9)
        said = [f"      {style.paint(first, look)}", *(f"        {style.paint(line, look)}" for line in more)]
        say("\n".join(said) + "\n")

    return tell


def details(record: Outcome, style: Style) -> Iterator[str]:
    """What -v adds: each phase, each address that was tried, what TLS agreed on."""
    if record.phases:
        yield phases_in_words(record.phases, style)
    for tried in record.addresses:
        place = f"[{tried.address}]" if tried.family == "ipv6" else tried.address
        fate = "connected" if tried.fate is Status.SUCCESS else tried.fate.replace("_", " ")
        yield f"{place}{f':{tried.port}' if tried.port else ''} {fate} {style.dot} {seconds(tried.duration)}"
    if record.tls is not None:
        yield _tls(record.tls, style)
    if isinstance(record, ReplyRecord):
        for name, value in record.meta.items():
            if value in (None, "", [], {}):
                continue
            shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            yield f"{clean(str(name))}: {clean(shown)}"


def _tls(tls: TLS, style: Style) -> str:
    said = [tls.version, tls.cipher, tls.group, tls.alpn and f"ALPN {tls.alpn}", "resumed" if tls.resumed else ""]
    said += [f"{clean(tls.chain[0].subject)} by {clean(tls.chain[0].issuer)}"] if tls.chain else []
    said += ["verified" if tls.verified else f"not verified: {clean(tls.problem)}"]
    return f" {style.dot} ".join(filter(None, said))
