"""What a test's server has received, from whichever thread it is asked."""

from __future__ import annotations

import threading
import time

import pytest

from netloom.contents.bus import Bus
from netloom.contents.echo import Echo
from netloom.contents.mail import Envelope, Mail
from netloom.records import AccessRecord, Message
from netloom.testing.heard import Heard


def access(verb: str) -> AccessRecord:
    return AccessRecord(at=0.0, endpoint="x://y", protocol="x", peer="z", verb=verb)


async def test_mails_are_its_content_s() -> None:
    mail = Mail()
    heard = Heard(mail)
    await mail.deliver(Envelope(sender="a@b", recipients=("c@d",), data=b"x"))
    heard.report(access("MAIL"))
    assert [each.data for each in heard.received] == [b"x"]
    assert [each.verb for each in heard.accesses] == ["MAIL"]


def test_messages_of_a_bus_also_of_the_system_s_topics() -> None:
    bus = Bus()
    heard = Heard(bus)
    bus.publish(Message("a", b"before"))
    heard.begin()
    for topic in ("a", "$SYS/b"):
        bus.publish(Message(topic, b"x"))
    assert [each.topic for each in heard.received] == ["a", "$SYS/b"]


def test_of_others_what_clients_did() -> None:
    heard = Heard(Echo())
    heard.report(access("echo"))
    assert heard.received == heard.accesses == [access("echo")]


@pytest.mark.parametrize("content", [Bus, Echo])
def test_whoever_waits_is_woken(content: type[Bus | Echo]) -> None:
    made = content()
    heard = Heard(made)
    heard.begin()
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.append(len(heard.wait_for(2, 30.0))))
    waiting.start()
    for _ in range(2):
        if isinstance(made, Bus):
            made.publish(Message("a", b"x"))
        else:
            heard.report(access("echo"))
    waiting.join(20.0)
    assert found == [2]


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard(Echo())
    began = time.monotonic()
    assert heard.wait_for(1, 0.01) == []
    assert time.monotonic() - began >= 0.01
