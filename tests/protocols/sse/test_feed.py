from __future__ import annotations

import pytest

from netloom.contents import TooLarge
from netloom.contents.bus import Bus, Limits
from netloom.links.virtual import run
from netloom.protocols.sse import feed as feeds
from netloom.protocols.sse.feed import Feed, around, event_of, feed_of
from netloom.records import Message


async def test_a_bus_has_one_while_it_is_served() -> None:
    bus = Bus()
    async with around(bus):
        feed = feed_of(bus)
        async with around(bus):
            assert feed_of(bus) is feed
            with feed.reading():
                assert bus.subscribers == 1
        assert feed_of(bus) is feed
        assert bus.subscribers == 1, "for who comes back"
    assert bus.subscribers == 0
    with pytest.raises(KeyError):
        feed_of(bus)


def test_what_is_kept_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "HISTORY_BYTES", 1000)

    async def main() -> None:
        bus = Bus()
        feed = Feed(bus)
        with feed.reading():
            began = feed.now
            for _ in range(9):
                bus.publish(Message("a", bytes(99)))
            missed = feed.since(began, ["#"])
            assert missed is not None
            assert len(missed) == 9
            bus.publish(Message("a", bytes(199)))
            assert feed.since(began, ["#"]) is None
            ids = [number for number, _ in missed]
            assert len(feed.since(ids[0], ["#"]) or ()) == 9
            bus.publish(Message("a", bytes(5000)))
            assert feed.since(feed.now, ["#"]) == [], "what is too large for it isn't kept"
            assert feed.since(ids[-1], ["#"]) is None
        feed.close()

    run(main())


def test_patterns_count() -> None:
    async def main() -> None:
        bus = Bus()
        feed = Feed(bus)
        with feed.reading():
            began = feed.now
            for topic in ("a", "b/c", "$x"):
                bus.publish(Message(topic, b"1"))
            assert [message.topic for _, message in feed.since(began, ["b/#", "a", "$x"]) or ()] == ["a", "b/c"]
        feed.close()

    run(main())


def test_it_stays_a_while_and_begins_anew() -> None:
    async def main() -> None:
        bus = Bus()
        feed = Feed(bus)
        with feed.reading():
            first = feed.now
        with feed.reading():
            assert feed.now == first
        feed.close()
        assert bus.subscribers == 0
        with feed.reading():
            assert feed.now != first
            assert feed.since(first, ["#"]) is None
        feed.close()
        feed.close()

    run(main())


def test_a_bus_that_is_full() -> None:
    async def main() -> None:
        feed = Feed(Bus(limits=Limits(subscribers=0)))
        with pytest.raises(TooLarge), feed.reading():
            pass
        feed.close()

    run(main())


@pytest.mark.parametrize(
    ("message", "number", "named", "event"),
    [
        (Message("a", b"x"), "", False, b"data: x\n\n"),
        (Message("a", b"x"), "7-1", True, b"event: a\nid: 7-1\ndata: x\n\n"),
        (Message("a\rb", b"x"), "7-1", True, b"id: 7-1\ndata: x\n\n"),
        (Message("a", b"x", properties={"event": "b"}), "", False, b"event: b\ndata: x\n\n"),
        (Message("a", b"x", properties={"event": "b\ndata: evil"}), "", False, b"data: x\n\n"),
        (Message("a", b"x\n\nid: evil"), "", False, b"data: x\ndata: \ndata: id: evil\n\n"),
        (Message("a", b"\xff"), "", False, b"data: data:application/octet-stream;base64,/w==\n\n"),
    ],
)
def test_messages_as_events(message: Message, number: str, named: bool, event: bytes) -> None:
    assert event_of(message, number, named=named) == event
