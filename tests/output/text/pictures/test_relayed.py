"""What a table shows of a connection that was relayed."""

from __future__ import annotations

import pytest

from netloom.errors import Status
from netloom.output.text.pictures.relayed import lines
from netloom.output.text.style import Style
from netloom.output.text.words import clock, seconds, size, width
from netloom.relaying.relay import Relayed

PLAIN = Style(colour=False, unicode=False)
GOOD = Relayed(
    at=1.7e9,
    endpoint="tcp://127.0.0.1:1",
    target="tcp://10.0.0.1:2",
    peer="127.0.0.1:40000",
    status=Status.SUCCESS,
    sent=3000,
    received=7,
    duration=0.25,
)
BAD = Relayed(
    at=1.7e9,
    endpoint="tcp://127.0.0.1:1",
    target="tcp://10.0.0.1:2",
    peer="[2001:db8::1]:40000",
    status=Status.RESOLVE_ERROR,
    message="nobody knows no.where.example, which is a rather long name for a machine that isn't there",
)


def shown(record: Relayed, columns: int = 120) -> list[str]:
    return list(lines(record, PLAIN, columns))


def test_one_line() -> None:
    (line,) = shown(GOOD)
    assert line.split() == [
        clock(GOOD.at),
        "127.0.0.1:40000",
        PLAIN.arrow,
        "tcp://10.0.0.1:2",
        *f"{size(3000)} there, {size(7)} back".split(),
        *seconds(0.25).split(),
    ]


def test_a_failure_says_why() -> None:
    words = " ".join(" ".join(shown(BAD)).split())
    assert "resolve error: nobody knows no.where.example" in words
    assert "isn't there" in words


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("record", [GOOD, BAD])
def test_any_width(record: Relayed, columns: int) -> None:
    found = shown(record, columns)
    assert all(width(line) <= max(columns, 60) for line in found), found
    assert "".join("".join(found).split()).count(record.target) == 1


def test_what_others_say_does_nothing_to_a_terminal() -> None:
    hostile = Relayed(
        at=0.0, endpoint="x", target="\x1b[2J", peer="\x1b[1m", status=Status.ERROR, message="\x1b]0;x\x07\r\n"
    )
    assert not set("".join(shown(hostile))) & set("\x1b\x07\r\n")
