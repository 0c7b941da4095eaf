from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.contents.bus import Bus, Limits
from netloom.errors import ConnectionLost, UsageError
from netloom.links.virtual import run
from netloom.protocols.sse.server import Asked, parse
from netloom.records import Message
from tests.protocols.sse.visit import AT, Hearing, ask, hearing, publish, until
from tests.protocols.ws.stage import serving

VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])


class TestTarget:
    @pytest.mark.parametrize(
        ("target", "asked"),
        [
            ("/events", Asked(topic="", patterns=(), event="", retain=False)),
            ("/events/", Asked(topic="", patterns=(), event="", retain=False)),
            ("/events/a/b/", Asked(topic="a/b", patterns=("a/b",), event="", retain=False)),
            ("/events/a%20%C3%A4/%23?x=y", Asked(topic="a ä/#", patterns=("a ä/#",), event="", retain=False)),
            (
                "/events/a?topic=b/%2B&topic=a&topic=c&event=topic&retain",
                Asked(topic="a", patterns=("a", "b/+", "c"), event="topic", retain=True),
            ),
        ],
    )
    def test_what_it_says(self, target: str, asked: Asked) -> None:
        assert parse(target, "/events") == asked

    @pytest.mark.parametrize("target", ["/events/%ff", "/events?topic=%ff", "/events?" + "topic=a&" * 70])
    def test_what_is_refused(self, target: str) -> None:
        with pytest.raises(UsageError):
            parse(target, "/events")


class TestHearing:
    @VERSIONS
    async def test_a_path_is_a_topic(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, hearing(stage, bus, "/events/house/a", version=version) as heard:
            for topic, payload in (("house/a", b"1"), ("house/b", b"2"), ("house/a", "ä\r\nb".encode())):
                bus.publish(Message(topic, payload))
            assert await heard.data(2) == ["1", "ä\nb"]
            fields = dict(heard.answer.response.headers)
            assert fields["content-type"] == "text/event-stream"
            assert fields["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("target", "heard"),
        [
            ("/events", ["a", "b/c", "b/d"]),
            ("/events/", ["a", "b/c", "b/d"]),
            ("/events/b/%23", ["b/c", "b/d"]),
            ("/events/b/+", ["b/c", "b/d"]),
            ("/events?topic=a&topic=b/c", ["a", "b/c"]),
            ("/events/a?topic=%23", ["a", "b/c", "b/d"]),
            ("/events?topic=$SYS/%23", ["$SYS/x"]),
        ],
    )
    async def test_patterns(self, target: str, heard: list[str]) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, hearing(stage, bus, target) as stream:
            for topic in ("a", "b/c", "b/d", "$SYS/x"):
                bus.publish(Message(topic, topic.encode()))
            assert await stream.data(len(heard)) == heard

    async def test_another_path_than_the_usual(self) -> None:
        bus = Bus()
        async with (
            serving(bus, at="sse://127.0.0.1:0/live") as stage,
            hearing(stage, bus, "/live/a") as heard,
        ):
            bus.publish(Message("a", b"x"))
            assert await heard.data(1) == ["x"]
            assert (await ask(stage, "/events/a")).status == 404

    async def test_names(self) -> None:
        bus = Bus()
        async with (
            serving(bus, at=AT) as stage,
            hearing(stage, bus, "/events?event=topic") as named,
            hearing(stage, bus, "/events") as plain,
        ):
            bus.publish(Message("a/b", b"1"))
            bus.publish(Message("two\nlines", b"2"))
            bus.publish(Message("c", b"3", properties={"event": "alarm"}))
            assert [(event.name, event.data) for _ in range(3) if (event := await named.next())] == [
                ("a/b", "1"),
                ("message", "2"),
                ("c", "3"),
            ]
            assert [event.name for _ in range(3) if (event := await plain.next())] == ["message", "message", "alarm"]

    async def test_what_is_no_text_comes_as_a_url(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, hearing(stage, bus, "/events") as heard:
            bus.publish(Message("a", b"\xff\x00"))
            bus.publish(Message("a", b""))
            assert await heard.data(2) == ["data:application/octet-stream;base64,/wA=", ""]

    async def test_retained_messages_come_first_and_once(self) -> None:
        bus = Bus()
        bus.publish(Message("a/x", b"old", retain=True))
        async with serving(bus, at=AT) as stage, hearing(stage, bus, "/events/a/%23?topic=a/x") as heard:
            bus.publish(Message("a/x", b"new"))
            first, second = await heard.next(), await heard.next()
            assert first is not None
            assert second is not None
            assert (first.data, second.data) == ("old", "new")
            assert second.id.endswith("-1")
            assert first.id.endswith("-0"), "it has none of its own"

    async def test_the_same_for_many(self) -> None:
        bus = Bus()
        async with (
            serving(bus, at=AT) as stage,
            hearing(stage, bus, "/events") as one,
            hearing(stage, bus, "/events") as two,
        ):
            for number in range(100):
                bus.publish(Message("a", b"%d" % number))
            said = [str(number) for number in range(100)]
            assert await one.data(100) == said
            assert await two.data(100) == said
            assert one.parser.last_id == two.parser.last_id


class TestComingBack:
    async def come(self, stage: Any, bus: Bus, last: str) -> Hearing:
        return await ask(stage, "/events/a/%23", ("last-event-id", last))

    async def test_what_was_missed_comes(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            async with hearing(stage, bus, "/events/a/%23") as heard:
                bus.publish(Message("a/1", b"1", retain=True))
                first = await heard.next()
                assert first is not None
            for topic in ("a/2", "b", "a/3"):
                bus.publish(Message(topic, topic.encode()))
            again = await self.come(stage, bus, first.id)
            bus.publish(Message("a/4", b"a/4"))
            assert await again.data(3) == ["a/2", "a/3", "a/4"], "and not what is retained"
            assert again.parser.last_id.endswith("-5")
            await again.answer.close()

    async def test_from_the_greeting_on(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            async with hearing(stage, bus, "/events/a/%23") as heard:
                while not heard.parser.last_id:
                    heard.parser.feed(await heard.answer.next())
            bus.publish(Message("a", b"1"))
            again = await self.come(stage, bus, heard.parser.last_id)
            assert await again.data(1) == ["1"]
            await again.answer.close()

    @pytest.mark.parametrize("last", ["7", "x-1", "-", "RUN-99", "RUN-x", "RUN--1", "RUN-٣".encode().decode("latin-1")])
    async def test_an_id_that_says_nothing(self, last: str) -> None:
        bus = Bus()
        bus.publish(Message("a/kept", b"kept", retain=True))
        async with serving(bus, at=AT) as stage:
            async with hearing(stage, bus, "/events/a/%23") as heard:
                await heard.data(1)
            bus.publish(Message("a", b"1"))
            again = await self.come(stage, bus, last.replace("RUN", heard.parser.last_id.partition("-")[0]))
            bus.publish(Message("a", b"2"))
            assert await again.data(2) == ["kept", "2"]
            assert again.comments == ["some events were missed"]
            await again.answer.close()

    async def test_not_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("netloom.protocols.sse.feed.HISTORY", 3)
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            async with hearing(stage, bus, "/events") as heard:
                bus.publish(Message("a", b"0"))
                await heard.data(1)
            last = heard.parser.last_id
            for number in range(1, 4):
                bus.publish(Message("a", b"%d" % number))
            whole = await self.come(stage, bus, last)
            assert await whole.data(3) == ["1", "2", "3"]
            bus.publish(Message("a", b"4"))
            late = await self.come(stage, bus, last)
            bus.publish(Message("a", b"5"))
            assert await late.data(1) == ["5"]
            for stream in (whole, late):
                await stream.answer.close()

    def test_what_is_kept_is_forgotten_when_nobody_comes(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with serving(bus, at=AT) as stage:
                async with hearing(stage, bus, "/events") as heard:
                    bus.publish(Message("a", b"0"))
                    await heard.data(1)
                assert bus.subscribers == 1
                await asyncio.sleep(121.0)
                assert bus.subscribers == 0
                again = await self.come(stage, bus, heard.parser.last_id)
                bus.publish(Message("a", b"1"))
                assert await again.data(1) == ["1"]
                assert again.comments == ["some events were missed"]
                await again.answer.close()

        run(main())


class TestPublishing:
    async def test_everybody_hears_it(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, bus.subscribe("#") as heard:
            assert await publish(stage, "/events/a/b?event=alarm&retain=1", b"\xff\r\n") == 204
            assert await publish(stage, "/events", b"") == 204
            assert await publish(stage, "/events?topic=c", b"1") == 204
            messages = [await anext(heard) for _ in range(3)]
        assert [(message.topic, message.payload, message.retain) for message in messages] == [
            ("a/b", b"\xff\r\n", True),
            ("", b"", False),
            ("c", b"1", False),
        ]
        assert messages[0].properties == {"event": "alarm"}
        assert messages[0].sender.startswith("127.0.0.1:")

    @pytest.mark.parametrize(
        ("target", "status"), [("/events/a/%23", 400), ("/events/%2b", 400), ("/events/%00", 400), ("/events/%ff", 400)]
    )
    async def test_what_is_no_topic(self, target: str, status: int) -> None:
        async with serving(Bus(), at=AT) as stage:
            assert await publish(stage, target) == status

    async def test_no_more_than_a_message_holds(self) -> None:
        bus = Bus(limits=Limits(message=100))
        async with serving(bus, at=AT) as stage:
            assert await publish(stage, "/events", bytes(101)) == 413
            assert await publish(stage, "/events/topic", bytes(99)) == 413
            assert await publish(stage, "/events", bytes(50)) == 204


class TestWhoMay:
    @pytest.mark.parametrize(
        ("who", "read", "write"),
        [
            ("", 200, 401),
            ("Basic YW5uOnNlY3JldA==", 200, 204),
            ("Basic Ym9iOnB3", 200, 403),
            ("Basic YW5uOndyb25n", 401, 401),
            ("Bearer x", 401, 401),
        ],
    )
    async def test_accounts(self, who: str, read: int, write: int) -> None:
        fields = (("authorization", who),) if who else ()
        async with serving(Bus(), at=AT, accounts=("ann:secret", "bob:pw:read")) as stage:
            assert await publish(stage, "/events", b"x", *fields) == write
            heard = await ask(stage, "/events", *fields)
            assert heard.status == read
            await heard.answer.close()
        assert [(record.verb, record.status) for record in stage.records] == [("POST", str(write)), ("GET", str(read))]

    async def test_without_accounts_anybody_may(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            assert await publish(stage, "/events", b"x", ("authorization", "Basic YW5uOnNlY3JldA==")) == 204

    @pytest.mark.parametrize(
        ("origins", "origin", "status", "allowed"),
        [
            ("", "http://HOST", 200, None),
            ("", "https://evil.example", 403, None),
            ("", "null", 403, None),
            ("https://b.example", "https://b.example", 200, "https://b.example"),
            ("https://b.example", "https://c.example", 403, None),
            ("*", "https://c.example", 200, "*"),
            ("*", "null", 200, "*"),
        ],
    )
    async def test_pages(self, origins: str, origin: str, status: int, allowed: str | None) -> None:
        async with serving(Bus(), at=AT, origins=origins or "https://else.example") as stage:
            said = ("origin", origin.replace("HOST", stage.serving.endpoint.authority))
            heard = await ask(stage, "/events", said)
            assert heard.status == status
            fields = dict(heard.answer.response.headers)
            assert fields.get("access-control-allow-origin") == allowed
            assert (fields.get("access-control-allow-credentials") == "true") is (allowed == "https://b.example")
            await heard.answer.close()
            assert await publish(stage, "/events", b"x", said) == (204 if status == 200 else 403)

    async def test_a_browser_asks_before(self) -> None:
        wanted = ("access-control-request-method", "POST"), ("access-control-request-headers", "last-event-id, x-y")
        async with serving(Bus(), at=AT, origins="https://b.example") as stage:
            answer = await ask(stage, "/events", ("origin", "https://b.example"), *wanted, method="OPTIONS")
            fields = dict(answer.answer.response.headers)
            assert answer.status == 204
            assert "POST" in fields["access-control-allow-methods"]
            assert fields["access-control-allow-headers"] == "last-event-id, x-y"
            assert (
                await ask(stage, "/events", ("origin", "https://c.example"), *wanted, method="OPTIONS")
            ).status == 403


class TestRequests:
    async def test_other_methods(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            put = await ask(stage, "/events", method="PUT", body=b"x")
            assert put.status == 405
            assert "POST" in dict(put.answer.response.headers)["allow"]
            head = await ask(stage, "/events", method="HEAD")
            assert (head.status, await head.answer.next()) == (200, b"")
            assert dict(head.answer.response.headers)["content-type"] == "text/event-stream"

    @pytest.mark.parametrize("target", ["/events/a%23", "/events?topic=a%23b", "/events/%00", "/events/%ff"])
    async def test_what_is_no_pattern(self, target: str) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            assert (await ask(stage, target)).status == 400
            await until(lambda: bus.subscribers <= 1)

    async def test_no_more_may_listen_than_the_bus_allows(self) -> None:
        bus = Bus(limits=Limits(subscribers=2))
        async with serving(bus, at=AT) as stage, hearing(stage, bus, "/events") as heard:
            assert (await ask(stage, "/events")).status == 503
            bus.publish(Message("a", b"1"))
            assert await heard.data(1) == ["1"]


class TestLasting:
    @VERSIONS
    async def test_who_goes_is_forgotten(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            for _ in range(3):
                heard = await ask(stage, "/events", version=version)
                await until(lambda: bus.subscribers == 2)
                await heard.answer.close()
                await until(lambda: bus.subscribers == 1)
            await until(lambda: len(stage.records) == 3)
        assert {(record.verb, record.target, record.status) for record in stage.records} == {("GET", "/events", "200")}

    @VERSIONS
    async def test_a_server_that_stops_ends_it(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            heard = await ask(stage, "/events", version=version)
            bus.publish(Message("a", b"last"))
            stopping = asyncio.ensure_future(stage.serving.stop(60.0))
            assert await heard.data(2) == ["last"], "and a whole end after it"
            await asyncio.wait_for(stopping, 5.0)
            assert bus.subscribers == 0

    def test_silence_is_broken_by_comments(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with serving(bus, at=AT, keep_alive="10", idle="15", retry="1.5") as stage:
                heard = await ask(stage, "/events")
                began = asyncio.get_running_loop().time()
                while heard.comments != ["", "", ""]:
                    for item in heard.parser.feed(await heard.answer.next()):
                        heard.comments += [item.text] if hasattr(item, "text") else []
                        heard.raw += b"%d" % item.milliseconds if hasattr(item, "milliseconds") else b""
                assert asyncio.get_running_loop().time() - began == pytest.approx(30.0)
                assert heard.raw == b"1500"
                bus.publish(Message("a", b"1"))
                assert await heard.data(1) == ["1"]
                await heard.answer.close()

        run(main())

    def test_one_that_takes_nothing_misses_the_oldest_and_is_let_go(self) -> None:
        async def main() -> None:
            bus = Bus(limits=Limits(queue=10))
            async with serving(bus, at=AT, idle="20") as stage:
                heard = await ask(stage, "/events")
                stream = heard.answer._connection.stream  # type: ignore[attr-defined]  # to be deaf with
                stream.transport.pause_reading()
                for number in range(2000):
                    bus.publish(Message("a", b"%05d" % number + bytes(2000)))
                    if number % 5 == 4:
                        await asyncio.sleep(0.01)
                assert bus.dropped > 500
                stream.transport.resume_reading()
                async with asyncio.timeout(5.0):
                    got = await heard.data(40)
                assert [int(text[:5]) for text in got[:20]] == list(range(20))
                assert int(got[-1][:5]) > 1980
                stream.transport.pause_reading()
                for number in range(2000):
                    bus.publish(Message("a", b"%05d" % number + bytes(2000)))
                    if number % 5 == 4:
                        await asyncio.sleep(0.01)
                await asyncio.sleep(21.0)
                await until(lambda: bus.subscribers == 1)
                stream.transport.resume_reading()
                async with asyncio.timeout(5.0):
                    with pytest.raises(ConnectionLost):
                        await heard.data(2000)

        run(main())
