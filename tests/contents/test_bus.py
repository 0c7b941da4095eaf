from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents import TooLarge
from netloom.contents.bus import (
    CONTENT,
    Bus,
    Delivery,
    Limits,
    Overflow,
    Publication,
    Subscription,
    check_pattern,
    check_topic,
    matches,
)
from netloom.errors import UsageError
from netloom.links.virtual import run
from netloom.records import Message


def message(topic: str, payload: bytes = b"x", *, retain: bool = False) -> Message:
    return Message(topic=topic, payload=payload, retain=retain)


async def drain(subscription: Subscription) -> list[bytes]:
    subscription.close()
    return [heard.payload async for heard in subscription]


class TestPublish:
    async def test_to_those_who_listen(self) -> None:
        bus = Bus()
        async with bus.subscribe("a/b") as exact, bus.subscribe("a/+") as wild, bus.subscribe("c") as other:
            assert bus.publish(message("a/b", b"1")) == 2
            assert bus.publish(message("a/c", b"2")) == 1
            assert bus.publish(message("none", b"3")) == 0
            assert await drain(exact) == [b"1"]
            assert await drain(wild) == [b"1", b"2"]
            assert await drain(other) == []

    async def test_once_for_overlapping_patterns(self) -> None:
        bus = Bus()
        async with bus.subscribe("#", "a/#", "a/b", "a/+") as heard:
            assert bus.publish(message("a/b")) == 1
            assert await drain(heard) == [b"x"]

    async def test_wakes_who_waits(self) -> None:
        bus = Bus()
        async with bus.subscribe("a") as heard:
            waiting = asyncio.ensure_future(anext(heard))
            await asyncio.sleep(0)
            bus.publish(message("a", b"now"))
            assert (await waiting).payload == b"now"
            ending = asyncio.ensure_future(anext(heard))
            await asyncio.sleep(0)
            heard.close()
            with pytest.raises(StopAsyncIteration):
                await ending

    async def test_a_cancelled_reader_loses_nothing(self) -> None:
        bus = Bus()
        async with bus.subscribe("a") as heard:
            waiting = asyncio.ensure_future(anext(heard))
            await asyncio.sleep(0)
            bus.publish(message("a", b"kept"))
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await anext(heard)).payload == b"kept"

    async def test_leaving_leaves_nothing(self) -> None:
        bus = Bus()
        async with bus.subscribe("a/#", "b") as heard:
            assert bus.subscribers == 1
            assert heard.patterns == ("a/#", "b")
        assert bus.subscribers == 0
        assert bus.publish(message("b")) == 0
        assert not bus._patterns

    async def test_adding_and_discarding(self) -> None:
        bus = Bus()
        async with bus.subscribe() as heard:
            heard.add("a")
            heard.add("a")
            bus.publish(message("a", b"1"))
            assert heard.discard("a")
            assert not heard.discard("a")
            bus.publish(message("a", b"2"))
            assert await drain(heard) == [b"1"]

    async def test_the_empty_topic(self) -> None:
        bus = Bus()
        async with bus.subscribe("") as exact, bus.subscribe("#") as everything:
            bus.publish(message(""))
            assert await drain(exact) == await drain(everything) == [b"x"]


class TestRetained:
    async def test_for_later_subscribers(self) -> None:
        bus = Bus()
        bus.publish(message("a/2", b"old", retain=True))
        bus.publish(message("a/2", b"2", retain=True))
        bus.publish(message("a/1", b"1", retain=True))
        bus.publish(message("b", b"3", retain=True))
        bus.publish(message("a/3", b"not"))
        async with bus.subscribe("a/#") as heard, bus.subscribe("a/#", retained=False) as other:
            bus.publish(message("a/1", b"live"))
            assert await drain(heard) == [b"1", b"2", b"live"]
            assert await drain(other) == [b"live"]
        assert [m.topic for m in bus.retained()] == ["a/1", "a/2", "b"]

    def test_an_empty_one_removes(self) -> None:
        bus = Bus(limits=Limits(retained_bytes=10))
        for _ in range(5):
            bus.publish(message("a", b"12345678", retain=True))
            bus.publish(message("a", b"", retain=True))
        bus.publish(message("none", b"", retain=True))
        assert bus.retained() == ()
        bus.publish(message("a", b"123456789", retain=True))

    async def test_limits(self) -> None:
        bus = Bus(limits=Limits(retained=2, retained_bytes=20))
        bus.publish(message("a", retain=True))
        bus.publish(message("b", retain=True))
        async with bus.subscribe("#", retained=False) as heard:
            for refused in (message("c", retain=True), message("a", b"x" * 30, retain=True)):
                with pytest.raises(TooLarge):
                    bus.publish(refused)
            bus.publish(message("a", b"again", retain=True))
            assert await drain(heard) == [b"again"]


class TestOverflow:
    @pytest.mark.parametrize(
        ("overflow", "heard"), [(Overflow.DROP_OLDEST, [b"3", b"4"]), (Overflow.DROP_NEWEST, [b"0", b"1"])]
    )
    async def test_dropped_ones_are_counted(self, overflow: Overflow, heard: list[bytes]) -> None:
        bus = Bus(limits=Limits(queue=2))
        async with bus.subscribe("a", overflow=overflow) as slow, bus.subscribe("a", overflow=overflow) as quick:
            for number in range(5):
                bus.publish(message("a", b"%d" % number))
                assert (await anext(quick)).payload == b"%d" % number
            assert slow.dropped == bus.dropped == 3
            assert quick.dropped == 0
            assert await drain(slow) == heard

    async def test_end(self) -> None:
        bus = Bus(limits=Limits(queue=2))
        async with bus.subscribe("a", overflow=Overflow.END) as slow:
            for number in range(5):
                bus.publish(message("a", b"%d" % number))
            assert [(await anext(slow)).payload for _ in range(2)] == [b"0", b"1"]
            with pytest.raises(TooLarge):
                await anext(slow)

    async def test_bytes(self) -> None:
        bus = Bus(limits=Limits(queue_bytes=103))
        async with bus.subscribe("a") as slow:
            for size in (50, 30, 60, 10):
                bus.publish(message("a", b"x" * size))
            assert slow.dropped == 1
            assert [len(p) for p in await drain(slow)] == [30, 60, 10]


class TestLimits:
    def test_message(self) -> None:
        bus = Bus(limits=Limits(message=10))
        bus.publish(message("a", b"x" * 9))
        for refused in (message("a", b"x" * 10), Message(topic="a", payload=b"", properties={"key": "x" * 7})):
            with pytest.raises(TooLarge):
                bus.publish(refused)

    async def test_subscribers_and_patterns(self) -> None:
        bus = Bus(limits=Limits(subscribers=1, patterns=2))
        async with bus.subscribe("a", "b") as heard:
            with pytest.raises(TooLarge):
                heard.add("c")
            with pytest.raises(TooLarge):
                async with bus.subscribe("a"):
                    pass
        async with bus.subscribe("a"):
            pass

    async def test_a_bad_pattern_leaves_nothing(self) -> None:
        bus = Bus()
        with pytest.raises(UsageError):
            async with bus.subscribe("good", "b#"):
                pass
        assert bus.subscribers == 0
        assert bus.publish(message("good")) == 0


class Ear:
    """Hears at once: what, and on what terms."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Any]] = []
        self.planned = 0

    def plan(self, terms: list[Any]) -> Any:
        self.planned += 1
        return sorted(terms)

    def hear(self, delivery: Delivery, plan: Any) -> None:
        self.heard.append((delivery.message.payload, plan))
        delivery.forms.setdefault("by", []).append(self)


class TestReceivers:
    def test_they_hear_at_once_on_the_terms_of_all_that_match(self) -> None:
        bus, ear = Bus(), Ear()
        bus.attach(ear)
        for pattern, terms in (("a/#", 1), ("a/+", 2), ("b", 3), ("#", 0)):
            bus.listen(ear, pattern, terms)
        assert bus.publish(message("a/b", b"1")) == 1
        assert bus.publish(message("b", b"2")) == 1
        bus.listen(ear, "a/+", 9)
        bus.publish(message("a/b", b"3"))
        assert ear.heard == [(b"1", [0, 1, 2]), (b"2", [0, 3]), (b"3", [0, 1, 9])]
        assert bus.patterns_of(ear) == ("a/#", "a/+", "b", "#")
        assert bus.unlisten(ear, "#")
        assert not bus.unlisten(ear, "#")
        assert bus.publish(message("c")) == 0
        bus.detach(ear)
        assert bus.publish(message("b")) == 0
        assert not bus.unlisten(ear, "b")
        assert not bus._patterns
        assert bus._pattern_bytes == 0

    def test_who_hears_is_looked_up_once(self) -> None:
        bus, ears = Bus(), [Ear(), Ear()]
        for ear in ears:
            bus.attach(ear)
        bus.listen(ears[0], "a")
        for _ in range(5):
            bus.publish(message("a"))
        assert ears[0].planned == 1
        bus.listen(ears[1], "a")
        bus.publish(message("a"))
        assert ears[0].planned == 2
        assert len(ears[1].heard) == 1

    def test_what_is_remembered_is_bounded(self) -> None:
        bus, ear = Bus(), Ear()
        bus.attach(ear)
        bus.listen(ear, "#")
        for number in range(60_000):
            bus.publish(message(f"{number}"))
        assert len(bus._found) <= 50_001
        bus.publish(message("x" * 60_000))
        assert bus._remembered <= 100_000

    def test_forms_are_shared(self) -> None:
        bus, ears = Bus(), [Ear(), Ear()]
        made: list[Delivery] = []
        for ear in ears:
            bus.attach(ear)
            bus.listen(ear, "a")
        ears[1].hear = lambda delivery, plan: made.append(delivery)  # type: ignore[method-assign]
        bus.publish(message("a"))
        assert made[0].forms == {"by": [ears[0]]}

    def test_limits(self) -> None:
        bus = Bus(limits=Limits(subscribers=2, patterns=2, pattern_bytes=2000))
        first, second = Ear(), Ear()
        bus.attach(first)
        bus.attach(second)
        with pytest.raises(TooLarge):
            bus.attach(Ear())
        bus.listen(first, "a")
        bus.listen(first, "b")
        bus.listen(first, "b", 1)
        with pytest.raises(TooLarge):
            bus.listen(first, "c")
        with pytest.raises(TooLarge):
            bus.listen(second, "/" * 10)
        bus.detach(first)
        with pytest.raises(TooLarge):
            bus.listen(second, "x" * 2000)
        bus.listen(second, "x" * 1000)
        with pytest.raises(UsageError):
            bus.listen(second, "x#")


class TestExpiry:
    def test_what_has_expired_is_not_retained(self) -> None:
        async def main() -> None:
            bus = Bus(limits=Limits(retained=2))
            now = asyncio.get_running_loop().time()
            bus.publish(Publication(topic="a", payload=b"1", retain=True, expires=now + 10))
            bus.publish(Publication(topic="b", payload=b"2", retain=True, expires=now + 20))
            with pytest.raises(TooLarge):
                bus.publish(message("c", retain=True))
            assert len(bus.retained()) == bus.retained_count == 2
            await asyncio.sleep(10)
            bus.publish(message("c", retain=True))
            assert [kept.topic for kept in bus.retained()] == ["b", "c"]
            await asyncio.sleep(10)
            assert [kept.topic for kept in bus.retained("+")] == ["c"]
            assert bus.retained_count == 1

        run(main())

    def test_looking_for_room_is_not_done_all_the_time(self) -> None:
        async def main() -> None:
            bus = Bus(limits=Limits(retained=1))
            bus.publish(message("a", retain=True))
            looked = set()
            for _ in range(20):
                with pytest.raises(TooLarge):
                    bus.publish(message("b", retain=True))
                looked.add(bus._purged)
                await asyncio.sleep(0.1)
            assert len(looked) == 2

        run(main())


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "topic", "expected"),
        [  # MQTT 5.0 §4.7.1, its own examples first
            ("sport/tennis/player1/#", "sport/tennis/player1", True),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
            ("sport/#", "sport", True),
            ("sport/tennis/+", "sport/tennis/player1/ranking", False),
            ("sport/+", "sport", False),
            ("sport/+", "sport/", True),
            ("+/+", "/finance", True),
            ("/+", "/finance", True),
            ("+", "/finance", False),
            ("#", "$SYS/x", False),
            ("+/monitor", "$SYS/monitor", False),
            ("$SYS/#", "$SYS/x", True),
            ("a/+/c", "a/b/c", True),
            ("a/+/c", "a/b/d", False),
            ("a", "A", False),
        ],
    )
    def test_matches(self, pattern: str, topic: str, expected: bool) -> None:
        assert matches(pattern, topic) is expected

    @pytest.mark.parametrize(
        ("pattern", "column"),
        [("a#", 0), ("sport/tennis#", 6), ("a/#/b", 2), ("a+", 0), ("a/b+/c", 2), ("++", 0), ("##", 0)],
    )
    def test_mistakes(self, pattern: str, column: int) -> None:
        with pytest.raises(UsageError) as caught:
            check_pattern(pattern)
        assert caught.value.column == column

    @pytest.mark.parametrize("topic", ["a/+", "#", "a\0", "x" * 65_536, "/" * 128, "\ud800"])
    def test_no_topics(self, topic: str) -> None:
        with pytest.raises(UsageError):
            check_topic(topic)

    @given(st.text(alphabet="ab/$", max_size=20))
    def test_a_topic_matches_itself_and_all(self, topic: str) -> None:
        assert matches(topic, topic)
        assert matches("#", topic) is not topic.startswith("$")
        assert matches(topic + "/#", topic)

    @given(st.text(alphabet="ab/+#$", max_size=12), st.text(alphabet="ab/$", max_size=12))
    async def test_publishing_agrees(self, pattern: str, topic: str) -> None:
        try:
            expected = matches(pattern, topic)
        except UsageError:
            return
        bus = Bus()
        async with bus.subscribe(pattern):
            assert bus.publish(message(topic)) == expected


class TestArgument:
    def test_none(self) -> None:
        assert CONTENT.from_argument("").describe() == "bus in memory"
        with pytest.raises(UsageError):
            CONTENT.from_argument("x")
