"""A session: records to output in order, and the exit code that follows from them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.cli.progress import Progress
from netloom.cli.session import Session, details, talker, teller
from netloom.cli.spout import Spout
from netloom.errors import Unsupported
from netloom.output import View, named
from netloom.output.text.style import Style
from netloom.records import ProbeRecord, Record
from netloom.runs import Run
from netloom.shapes import Operation
from tests.output.examples import probed, refused, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from netloom.toolbox import Toolbox

PLAIN = Style(colour=False, unicode=True)


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


def test_details_of_a_reply() -> None:
    lines = list(details(reply(meta={"server": "x\x1b", "headers": {"a": "b"}}), PLAIN))
    assert "server: x\\x1b" in lines
    assert 'headers: {"a":"b"}' in lines


def test_the_dialogue(capsys: pytest.CaptureFixture[str]) -> None:
    tell: Callable[[str, str], None] = talker(Progress("probe", visible=False, unicode=True), PLAIN)
    tell("smtp://a", "> EHLO x")
    tell("smtp://a", "< 250 \x1b[2J")
    assert capsys.readouterr().err == "      > EHLO x\n      < 250 \\x1b[2J\n"


def test_the_dialogues_of_several_endpoints_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    tell = talker(Progress("probe", visible=False, unicode=True), PLAIN, several=True)
    for endpoint in ("tcp://a:1", "tcp://a:1", "tcp://b:1", "tcp://a:1"):
        tell(endpoint, "> hello")
    told = [line.strip() for line in capsys.readouterr().err.splitlines()]
    assert told == ["tcp://a:1", "> hello", "> hello", "tcp://b:1", "> hello", "tcp://a:1", "> hello"]


def test_what_is_said_beside_the_records(capsys: pytest.CaptureFixture[str]) -> None:
    teller(Progress("get", visible=False, unicode=True))("5 bytes are kept\x1b")
    assert capsys.readouterr().err == "netloom: 5 bytes are kept\\x1b\n"
