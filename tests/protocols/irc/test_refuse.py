"""A server of channels that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Phase
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

SEND = Sample(verb="send", place="/weaving", text="warp")
LIST = Sample(verb="list")


@pytest.mark.parametrize(
    ("fault", "sample", "said", "phase"),
    [
        ("ERROR:text=full", SEND, "(full)", Phase.GREETING),
        ("432:at=NICK", SEND, "432", Phase.GREETING),
        ("405:at=JOIN", SEND, "#weaving can't be joined: 405", Phase.REQUEST),
        ("404:at=PRIVMSG", SEND, "404", Phase.REQUEST),
        ("ERROR:at=JOIN", SEND, "the server ended it", Phase.REQUEST),
        ("421:at=LIST", LIST, "421", Phase.REQUEST),
        ("ERROR:at=registration", LIST, "the server ended it", Phase.GREETING),
        ("500", LIST, "500", Phase.REQUEST),
    ],
)
def test_each_answer_where_it_is_said(fault: str, sample: Sample, said: str, phase: Phase) -> None:
    (met,) = outcomes("irc", fault, sample)
    assert met.status is REFUSED
    assert said in met.message
    assert met.phase is phase


@pytest.mark.parametrize("fault", ["464", "465:text=out", "465:at=connect"])
def test_who_isnt_let_in(fault: str) -> None:
    (met,) = outcomes("irc", fault, SEND)
    assert met.status is UNKNOWN
    assert met.code == fault[:3]


def test_another_name_is_tried() -> None:
    (met,) = outcomes("irc", "433:times=1", SEND)
    assert met.status is SUCCESS


def test_a_server_without_capabilities() -> None:
    (met,) = outcomes("irc", "421:at=CAP", SEND)
    assert met.status is SUCCESS


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("irc", "437:times=2:at=JOIN", SEND, SEND, SEND)] == TWICE


def test_only_for_some_channels() -> None:
    met = outcomes("irc", "471:target=#wea*", SEND, Sample(verb="send", place="/weft", text="warp"))
    assert [each.status for each in met] == [REFUSED, SUCCESS]
