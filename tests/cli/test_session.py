"""A session: records to output in order, and the exit code that follows from them."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netloom import loop
from netloom.cli import session as cli_session
from netloom.cli.progress import Progress
from netloom.cli.session import Session, teller
from netloom.cli.spout import PipeClosed, Spout
from netloom.errors import Unsupported
from netloom.output import View, named
from netloom.records import ProbeRecord, Record
from netloom.runs import Run
from netloom.shapes import Operation
from tests.output.examples import probed, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.toolbox import Toolbox


class Request(msgspec.Struct, frozen=True):
    """Nothing is asked."""


def session(*records: Record | Exception, form: str = "ndjson", verbosity: int = 0) -> tuple[int | Exception, str]:
    """Run an operation that emits these records and raises these errors; the exit code, and what was written."""

    async def run(request: Any, toolbox: Toolbox) -> None:
        for record in records:
            if isinstance(record, Exception):
                raise record
            await toolbox.emit(record)

    operation = Operation(
        name="made", group="look", summary="", example="", request=Request, record=ProbeRecord, run=run
    )
    reader, writer = os.pipe()
    progress = Progress("made", visible=False, unicode=True)
    output = named(form).writer(View(operation=operation))
    made = Session(Run(operation, Request()), output, Spout(writer, "utf-8"), progress, verbosity)
    try:
        code: int | Exception = made.execute()
    except Exception as exc:
        code = exc
    os.close(writer)
    with os.fdopen(reader) as file:
        return code, file.read()


def test_codes() -> None:
    assert session()[0] == 0
    assert session(probed())[0] == 0
    assert session(probed(), refused(), probed())[0] == 1
    assert session(refused(), form="nagios")[0] == 2


def test_everything_is_written_in_order_and_the_end_is_there() -> None:
    code, text = session(probed(), refused(), form="json")
    assert code == 1
    assert text.startswith("[\n")
    assert text.index("example.com") < text.index("127.0.0.1")
    assert text.endswith("\n]\n")


def test_an_error_comes_through_after_what_was_found() -> None:
    error = Unsupported("no")
    code, text = session(probed(), error)
    assert code is error
    assert text.count("\n") == 1


def test_phases_are_told_beside(capsys: pytest.CaptureFixture[str]) -> None:
    session(probed(), verbosity=1)
    said = capsys.readouterr().err
    assert "      resolve 4.0 ms · connect 10 ms · tls 40 ms" in said
    assert "      192.0.2.1:443 connected · 10 ms" in said
    assert "TLSv1.3 · TLS_AES_256_GCM_SHA384 · CN=example.com by CN=R11 · verified" in said


def test_what_is_said_beside_the_records(capsys: pytest.CaptureFixture[str]) -> None:
    teller(Progress("get", visible=False, unicode=True))("5 bytes are kept\x1b")
    assert capsys.readouterr().err == "netloom: 5 bytes are kept\\x1b\n"


# Without an event loop


def begun(run: Callable[[Any, Toolbox], Any], form: str = "json") -> tuple[int, str]:
    """Run an operation that is offline; the exit code, and what was written."""
    operation = Operation(
        name="made", group="look", summary="", example="", request=Request, record=ProbeRecord, run=run, offline=True
    )
    reader, writer = os.pipe()
    progress = Progress("made", visible=False, unicode=True)
    made = Session(Run(operation, Request()), named(form).writer(View(operation=operation)), Spout(writer, "utf-8"),
                   progress, 0)  # fmt: skip
    before = [signal.getsignal(number) for number in STOPPING]
    code = made.execute()
    assert [signal.getsignal(number) for number in STOPPING] == before
    os.close(writer)
    with os.fdopen(reader) as file:
        return code, file.read()


STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def no_loop() -> asyncio.AbstractEventLoop:
    raise AssertionError("a loop was started")


def test_what_waits_for_nothing_has_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(request: Any, toolbox: Toolbox) -> None:
        assert not loop.running()
        await toolbox.emit(probed())
        await loop.turn()
        await toolbox.emit(refused())

    monkeypatch.setattr(loop, "new", no_loop)
    code, text = begun(run)
    assert code == 1
    assert text.endswith("\n]\n")


def test_what_has_to_wait_goes_on_with_one() -> None:
    async def run(request: Any, toolbox: Toolbox) -> None:
        await toolbox.emit(probed())
        await loop.needed()
        await asyncio.sleep(0.01)
        await toolbox.emit(refused())

    code, text = begun(run)
    assert code == 1
    assert text.count("endpoint") == 2


def test_what_takes_long_goes_on_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[bool] = []

    async def run(request: Any, toolbox: Toolbox) -> None:
        for _ in range(2):
            ways.append(loop.running())
            await loop.turn()

    monkeypatch.setattr(cli_session, "BY_HAND", -1.0)
    assert begun(run)[0] == 0
    assert ways == [False, True]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_first_signal_is_heard_at_the_next_turn(number: signal.Signals, code: int) -> None:
    heard: list[str] = []

    async def run(request: Any, toolbox: Toolbox) -> None:
        await toolbox.emit(probed())
        os.kill(os.getpid(), number)
        heard.append("goes on")
        try:
            await loop.turn()
            heard.append("never")
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            heard.append("cancelled")
            raise

    found, text = begun(run)
    assert (found, heard) == (code, ["goes on", "cancelled"])
    assert text.count("endpoint") == 1
    assert text.endswith("\n]\n")


def test_the_second_signal_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []

    async def run(request: Any, toolbox: Toolbox) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(os, "_exit", codes.append)
    begun(run)
    assert codes == [143]


def test_a_reader_that_has_gone_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    async def run(request: Any, toolbox: Toolbox) -> None:
        try:
            for _ in range(3):
                await toolbox.emit(probed())
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def gone(spout: Spout, text: str | bytes) -> None:
        raise PipeClosed

    monkeypatch.setattr(Spout, "write", gone)
    monkeypatch.setattr(loop, "new", no_loop)
    assert begun(run)[0] == 0
    assert heard == ["cancelled"]
