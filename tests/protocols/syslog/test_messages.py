"""Messages as the house has them, and as syslog does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.contents.bus import Bus
from netloom.errors import UsageError
from netloom.protocols.syslog.messages import compose, elements, heard
from netloom.protocols.syslog.options import Options
from netloom.records import Message
from netloom.wire import syslog
from netloom.wire.syslog.message import Element
from netloom.wire.syslog.message import Message as Event

NOW = datetime(2003, 10, 11, 22, 14, 15, 3000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "topic"),
    [
        (Event(hostname="h", app="su", severity=2), "syslog/h/su/crit"),
        (Event(app="su"), "syslog/192.0.2.7/su/notice"),
        (Event(hostname="h"), "syslog/h/-/notice"),
        (Event(hostname="a/b", app="+"), "syslog/a%2Fb/%2B/notice"),
        (Event(hostname="#", app="100%"), "syslog/%23/100%25/notice"),
        (Event(hostname="h\0", app="é \ud800"), "syslog/h%00/é%20%ED%A0%80/notice"),
    ],
)
def test_topics(event: Event, topic: str) -> None:
    assert heard(event, "192.0.2.7:514").topic == topic


@settings(deadline=None)
@given(st.text(), st.text())
def test_whatever_a_host_is_called_it_is_a_topic_of_four_levels(hostname: str, app: str) -> None:
    message = heard(Event(hostname=hostname, app=app), "")
    assert message.topic.count("/") == 3
    assert message.topic.startswith("syslog/")
    assert Bus().publish(message) == 0


def test_properties() -> None:
    said = b'<165>1 2003-10-11T22:14:15.003Z h su 42 ID47 [a@1 b="c\\]"][d] \xef\xbb\xbfh\xc3\xa9'
    message = heard(syslog.parse(said), "[2001:db8::1]:514")
    assert message.payload.decode() == "hé"
    assert message.sender == "[2001:db8::1]:514"
    assert message.properties == {
        "facility": "local4",
        "severity": "notice",
        "timestamp": "2003-10-11T22:14:15.003Z",
        "hostname": "h",
        "app": "su",
        "procid": "42",
        "msgid": "ID47",
        "data": '[a@1 b="c\\]"][d]',
        "format": "5424",
    }
    assert heard(syslog.parse(b"<189>46: %A-1-B: x"), "").properties["sequence"] == "46"


def made(message: Message, **options: Any) -> Event:
    return compose(message, Options(**options), "here", NOW)


def test_what_is_composed() -> None:
    assert made(Message(payload=b"x")) == Event(
        timestamp="2003-10-11T22:14:15.003000Z", hostname="here", app="netloom", text=b"x"
    )
    event = made(
        Message(payload="é\n".encode()),
        facility="mail",
        severity="err",
        app="a",
        procid="1",
        msgid="m",
        hostname="h",
        data=['[x y="z"]'],
    )
    assert event.text.decode() == "é"
    assert (event.facility, event.severity, event.utf8) == (2, 3, True)
    assert event.data == (Element("x", (("y", "z"),)),)
    older = made(Message(payload="é\r\n".encode()), format="3164")
    assert (older.format, older.timestamp, older.utf8, older.text.decode()) == ("3164", "Oct 11 22:14:15", False, "é")


@pytest.mark.parametrize(
    ("payload", "text", "utf8"),
    [
        (b"x\n\n", b"x\n", False),
        (b"\xff", b"\xff", False),
        (b"\xef\xbb\xbfx", b"x", True),
        ("\ufeffé".encode(), "é".encode(), True),
        (b"", b"", False),
    ],
)
def test_texts(payload: bytes, text: bytes, utf8: bool) -> None:
    event = made(Message(payload=payload))
    assert (event.text, event.utf8) == (text, utf8)
    assert syslog.emit(event)


def test_what_was_heard_can_be_passed_on() -> None:
    said = b'<165>1 2003-10-11T22:14:15.003Z h su 42 ID47 [a@1 b="c\\]"] weft'
    message = heard(syslog.parse(said), "192.0.2.7:514")
    again = made(Message(payload=message.payload, properties=message.properties))
    assert syslog.emit(again) == said
    assert made(Message(payload=b"x", properties={"timestamp": "Oct 11 22:14:15"})).timestamp.startswith("2003"), (
        "what can't be said isn't"
    )


@pytest.mark.parametrize(
    ("message", "options"),
    [
        (Message(topic="a"), {}),
        (Message(properties={"facility": "x"}), {}),
        (Message(properties={"severity": "bad"}), {}),
        (Message(), {"data": ["x"]}),
        (Message(), {"data": ["[a]x"]}),
        (Message(), {"data": ['[a b="\ud800"]']}),
        (Message(payload=b"\xef\xbb\xbf\xef\xbb\xbfx"), {}),
    ],
)
def test_mistakes(message: Message, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        made(message, **options)


def test_a_mistake_has_its_column() -> None:
    with pytest.raises(UsageError) as refused:
        elements(["[a]", "[b c=d]"])
    assert refused.value.column == 2
