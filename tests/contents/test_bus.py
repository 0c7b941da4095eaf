from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents import TooLarge
from netloom.contents.bus import CONTENT, Bus, Limits, Overflow, Subscription, check_pattern, check_topic, matches
from netloom.errors import UsageError
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
        assert not bus._exact
        assert not bus._wild

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
