"""A server of a lab on a terminal, wide and narrow."""

from __future__ import annotations

from netloom.labs.lab import Stands
from netloom.output.text.pictures.stands import lines
from netloom.output.text.style import Style

RECORD = Stands(
    name="mail",
    endpoints=["smtp://127.0.0.1:25", "smtp://[::1]:25", "imap://10.0.0.7:143"],
    content="mail in memory",
    accounts=["ann"],
    faults=["latency:1s", "refuse:450"],
    namespace="town-mail",
    trust={"ca": "/a.pem"},
)


def test_all_that_matters() -> None:
    assert list(lines(RECORD, Style(colour=False, unicode=True), 100)) == [
        "  mail         smtp://127.0.0.1:25  imap://10.0.0.7:143",
        "               mail in memory · ann",
        "               broken: latency:1s, refuse:450",
        "               clients: -O ca=/a.pem",
        "               clients: ip netns exec town-mail …",
    ]


def test_narrow() -> None:
    assert max(map(len, lines(RECORD, Style(colour=False, unicode=True), 40))) <= 52
