"""A maildrop's server that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Phase
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

GET = Sample(verb="get", place="/1")
LIST = Sample(verb="list")


@pytest.mark.parametrize(
    ("fault", "sample", "said", "phase"),
    [
        ("SYS/TEMP", LIST, "[SYS/TEMP]", Phase.GREETING),
        ("SYS/PERM:text=closed", LIST, "[SYS/PERM] closed", Phase.GREETING),
        ("IN-USE", LIST, "[IN-USE]", Phase.AUTH),
        ("LOGIN-DELAY", LIST, "[LOGIN-DELAY]", Phase.AUTH),
        ("-ERR", LIST, "LIST was refused", Phase.REQUEST),
        ("SYS/TEMP:at=RETR", GET, "RETR was refused: [SYS/TEMP]", Phase.TRANSFER),
        ("-ERR:at=STAT", Sample(verb="probe"), "STAT was refused", Phase.REQUEST),
    ],
)
def test_each_answer_where_it_is_said(fault: str, sample: Sample, said: str, phase: Phase) -> None:
    (met,) = outcomes("pop3", fault, sample)
    assert met.status is REFUSED
    assert said in met.message
    assert met.phase is phase


def test_a_login() -> None:
    (met,) = outcomes("pop3", "AUTH", LIST)
    assert met.status is UNKNOWN


@pytest.mark.parametrize("fault", ["-ERR:at=QUIT", "-ERR:at=TOP", "-ERR:at=STAT"])
def test_what_a_client_can_do_without(fault: str) -> None:
    (met,) = outcomes("pop3", fault, LIST)
    assert met.status is SUCCESS


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("pop3", "-ERR:times=2:at=LIST", LIST, LIST, LIST)] == TWICE


def test_only_for_some_messages() -> None:
    met = outcomes("pop3", "-ERR:at=RETR:target=2", GET, Sample(verb="get", place="/2"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
