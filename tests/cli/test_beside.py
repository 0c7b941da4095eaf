"""What is said beside the records: details of a reply, the dialogue, whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.cli.beside import details, talker
from netloom.cli.progress import Progress
from netloom.output.text.style import Style
from tests.output.examples import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

PLAIN = Style(colour=False, unicode=True)


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
