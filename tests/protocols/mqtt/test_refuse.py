"""A broker that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Status
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

SEND = Sample(verb="send", place="/loom", text="warp")
LISTEN = Sample(verb="listen", place="/loom")


@pytest.mark.parametrize(
    ("fault", "sample", "said", "code"),
    [
        ("SERVER_BUSY:text=later", SEND, "server busy: later", 0x89),
        ("0x9C", SEND, "use another server", 0x9C),
        ("QUOTA_EXCEEDED", Sample(verb="send", place="/loom#qos=1", text="warp"), "the server didn't take it", 0x97),
        ("QUOTA_EXCEEDED", Sample(verb="send", place="/loom#qos=2", text="warp"), "the server didn't take it", 0x97),
        (
            "QUOTA_EXCEEDED:text=full",
            Sample(verb="send", place="/loom#qos=0", text="warp"),
            "quota exceeded: full",
            0x97,
        ),
        ("TOPIC_FILTER_INVALID", LISTEN, "no subscription to 'loom'", 0x8F),
        ("SERVER_BUSY:at=SUBSCRIBE", LISTEN, "the server ended it: server busy", 0x89),
        ("SERVER_SHUTTING_DOWN", SEND, "the server ended it", 0x8B),
        ("BANNED:at=PUBLISH", SEND, "unspecified error", 0x80),
    ],
)
def test_each_reason_where_it_is_said(fault: str, sample: Sample, said: str, code: int) -> None:
    (met,) = outcomes("mqtt", fault, sample, options="version=5")
    assert met.status is REFUSED
    assert said in met.message
    assert met.code == code


@pytest.mark.parametrize(
    ("fault", "sample", "status", "code"),
    [
        ("SERVER_UNAVAILABLE", SEND, REFUSED, 3),
        ("BANNED", SEND, REFUSED, 3),
        ("CLIENT_IDENTIFIER_NOT_VALID", SEND, REFUSED, 2),
        ("NOT_AUTHORIZED", SEND, UNKNOWN, 5),
        ("TOPIC_FILTER_INVALID", LISTEN, REFUSED, 0x80),
        ("QUOTA_EXCEEDED", SEND, Status.CLOSED, ""),
        ("MAXIMUM_CONNECT_TIME", SEND, Status.CLOSED, ""),
    ],
)
def test_what_the_old_version_has_no_words_for(fault: str, sample: Sample, status: Status, code: int | str) -> None:
    (met,) = outcomes("mqtt", fault, sample, options="version=3.1.1")
    assert met.status is status
    assert met.code == code


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("mqtt", "SERVER_BUSY:times=2", SEND, SEND, SEND)] == TWICE


def test_only_for_some_topics() -> None:
    met = outcomes(
        "mqtt",
        "NOT_AUTHORIZED:at=PUBLISH:target=house/*",
        SEND,
        Sample(verb="send", place="/house/fan#qos=1", text="on"),
    )
    assert [each.status for each in met] == [SUCCESS, UNKNOWN]


def test_through_a_websocket() -> None:
    met = outcomes("mqtt+ws", "SERVER_BUSY", Sample(verb="send", place="/mqtt/loom", text="x"))
    met += outcomes("mqtt+ws", "503", Sample(verb="send", place="/mqtt", text="x"))
    assert [(each.status, each.code) for each in met] == [(REFUSED, 0x89), (REFUSED, 503)]
