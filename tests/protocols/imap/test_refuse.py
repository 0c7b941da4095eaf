"""A server of mailboxes that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Phase
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

GET = Sample(verb="get", place="/INBOX")
LIST = Sample(verb="list", place="/INBOX")
PUT = Sample(verb="put", place="/INBOX", text="Subject: loom\n\nwarp\n")


@pytest.mark.parametrize(
    ("fault", "sample", "said", "phase"),
    [
        ("BYE:text=[UNAVAILABLE]%20closed", LIST, "[UNAVAILABLE] closed", Phase.GREETING),
        ("NO:text=[INUSE]%20busy", GET, "EXAMINE was refused: [INUSE] busy", Phase.REQUEST),
        ("BAD", PUT, "APPEND was refused", Phase.REQUEST),
        ("BYE:at=FETCH", GET, "the server ends the session", Phase.TRANSFER),
        ("NO:at=APPEND", PUT, "APPEND was refused", Phase.REQUEST),
        ("BYE:at=LOGIN", LIST, "the server ends", Phase.AUTH),
        ("NO", Sample(verb="listen", place="/INBOX"), "EXAMINE was refused", Phase.REQUEST),
        ("NO", Sample(verb="probe"), "STATUS was refused", Phase.REQUEST),
    ],
)
def test_each_answer_where_it_is_said(fault: str, sample: Sample, said: str, phase: Phase) -> None:
    (met,) = outcomes("imap", fault, sample)
    assert met.status is REFUSED
    assert said in met.message
    assert met.phase is phase


def test_a_login_by_whichever_command() -> None:
    (met,) = outcomes("imap", "NO:at=login:text=[AUTHENTICATIONFAILED]%20no", LIST)
    assert met.status is UNKNOWN
    assert met.code == "AUTHENTICATIONFAILED"


@pytest.mark.parametrize("fault", ["NO:at=LOGOUT", "BAD:at=ID", "NO:at=CAPABILITY"])
def test_what_a_client_can_do_without(fault: str) -> None:
    (met,) = outcomes("imap", fault, Sample(verb="probe"))
    assert met.status is SUCCESS


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("imap", "NO:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_mailboxes() -> None:
    met = outcomes("imap", "NO:target=Sent*", GET, Sample(verb="get", place="/Sent"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
    assert "on purpose" in met[1].message
