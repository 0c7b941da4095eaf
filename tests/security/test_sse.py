"""Server-sent events: pages from elsewhere neither read nor write, a payload says only what it is, all has bounds."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from netloom.contents.bus import Bus, Limits
from netloom.errors import Status
from netloom.links.virtual import run as virtual
from netloom.records import Message
from netloom.wire import sse
from tests.fuzzing import mutate
from tests.security.house import House, everything, peer, record, records
from tests.security.test_ws import ORIGINS

if TYPE_CHECKING:
    from netloom.links.stream import Stream

AT = "sse://127.0.0.1:0"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


async def asked(house: House, method: str, target: str, *fields: str, body: bytes = b"") -> bytes:
    """What comes in two seconds, or until the end."""
    stream = await house.raw()
    lines = [f"{method} {target} HTTP/1.1", "Host: h", "Connection: close", *fields]
    lines += [f"Content-Length: {len(body)}"] if method != "GET" else []
    await stream.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
    heard = b""
    try:
        async with asyncio.timeout(2):
            async for chunk in stream:
                heard += chunk
    except TimeoutError:
        pass
    stream.abort()
    return heard


@pytest.mark.parametrize(("origin", "may"), ORIGINS, ids=[origin or "empty" for origin, _ in ORIGINS])
def test_pages_from_elsewhere_neither_read_nor_write(origin: str, may: bool) -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus) as house, bus.subscribe("#") as heard:
            said = await asked(house, "GET", "/events", f"Origin: {origin}")
            assert said.startswith(b"HTTP/1.1 200 " if may else b"HTTP/1.1 403 ")
            said = await asked(house, "POST", "/events", f"Origin: {origin}", "Content-Type: text/plain", body=b"x")
            assert said.startswith(b"HTTP/1.1 204 " if may else b"HTTP/1.1 403 ")
            bus.publish(Message("", b"end"))
            assert [(await anext(heard)).payload for _ in range(2 if may else 1)][-1] == b"end"

    virtual(main())


@pytest.mark.parametrize("who", ["", "Basic YW5uOnk=", "Bearer x", "Basic ZXZlOng=", "Digest x"])
def test_nobody_publishes_without_the_right(who: str) -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus, accounts=["ann:x"]) as house, bus.subscribe("#") as heard:
            said = await asked(house, "POST", "/events", *([f"Authorization: {who}"] if who else []), body=b"evil")
            assert said.startswith(b"HTTP/1.1 401 ")
            bus.publish(Message("", b"end"))
            assert (await anext(heard)).payload == b"end"

    virtual(main())


@pytest.mark.parametrize(
    ("topic", "payload", "event"),
    [
        ("a", b"x\n\nevent: evil\ndata: evil\n\n", ""),
        ("a", b"x\r\revent: evil\r\r", ""),
        ("a", b"x\r\n\r\nid: evil\r\n\r\n", ""),
        ("a\nid: evil\n\n", b"x", ""),
        ("a\r\rretry: 1\r\r", b"x", ""),
        ("a", b"x", "b\n\ndata: evil\n\n"),
        ("a", b"x", "b\revent: evil"),
        ("a", b"\xff\n\ndata: evil\n\n", ""),
    ],
)
def test_a_message_is_one_event_whatever_it_says(topic: str, payload: bytes, event: str) -> None:
    async def main() -> None:
        bus = Bus()
        bus.publish(Message(topic, payload, retain=True, properties={"event": event} if event else {}))
        for target in ("/events", "/events?event=topic"):
            async with House(AT, bus) as house:
                said = (await asked(house, "GET", target)).partition(b"\r\n\r\n")[2]
                body = b"".join(line for line in said.split(b"\r\n")[1::2])  # out of their chunks
                found = [item for item in sse.Parser().feed(body) if isinstance(item, sse.Event)]
                assert len(found) == 1, found
                assert "evil" not in found[0].id
                assert found[0].name in ("message", "a", topic if "\n" not in topic and "\r" not in topic else "a")
                assert not any(isinstance(item, sse.Retry) for item in sse.Parser().feed(body))

    virtual(main())


@pytest.mark.parametrize(
    "target", ["/events?event=a%0Adata:%20evil", "/events/a%0A%0Adata:%20evil", "/events/a%0d%0dretry:1?event=x%00"]
)
def test_what_is_published_injects_nothing(target: str) -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus) as house:
            listener = await house.raw()
            await listener.write(b"GET /events?event=topic HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.sleep(0.1)
            assert (await asked(house, "POST", target, body=b"x")).startswith(b"HTTP/1.1 204 ")
            said = listener.peek().partition(b"\r\n\r\n")[2]
            assert b"\ndata: evil" not in said
            assert b"\nretry" not in said
            assert b"\ndata: x\n" in said

    virtual(main())


def test_hostile_bytes_disturb_nobody() -> None:
    """Whatever is asked, there is an answer or an end, and the next one is served."""
    samples = [
        b"GET /events/a?topic=b&event=topic HTTP/1.1\r\nHost: h\r\nLast-Event-ID: a-1\r\nAccept: */*\r\n\r\n",
        b"POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
        b"OPTIONS /events HTTP/1.1\r\nHost: h\r\nOrigin: http://h\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    ]
    generator = random.Random(1)

    async def main() -> None:
        bus = Bus()
        async with House(f"{AT}#idle=5", bus) as house:
            for _ in range(300):
                stream = await house.raw()
                await stream.write(mutate(generator, samples))
                await stream.write_eof()
                await everything(stream)
            assert (await asked(house, "POST", "/events", body=b"x")).startswith(b"HTTP/1.1 204 ")
        assert bus.subscribers == 0

    virtual(main())


def test_what_is_said_without_end_has_one() -> None:
    for piece in (b"data: x\n", b"x" * 1000, b"data: " + b"x" * 1000, b"event: " + b"x" * 1000, b":" + b"x" * 1000):

        async def handle(link: Stream, piece: bytes = piece) -> None:
            await link.read_until(b"\r\n\r\n")
            await link.write(HEAD)
            while True:
                await link.write(piece * 100)

        async def main() -> None:
            async with peer(handle) as house:  # it is over before the next
                url = f"sse://127.0.0.1:{house.port}/#max_event=100000"
                found = await records(house.network, "listen", url, deadline=20.0)
                assert [one.status for one in found] == [Status.PROTOCOL_ERROR]  # type: ignore[attr-defined]

        virtual(main())


def test_hostile_servers_are_no_more_than_an_error() -> None:
    generator = random.Random(2)
    samples = [HEAD + b"id: 1\ndata: a\n\nretry: 5\nevent: x\ndata: b\ndata: c\n\n", HEAD.replace(b"200", b"307")]
    said: list[bytes] = []

    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(said[-1])

    async def main() -> None:
        async with peer(handle) as house:
            for _ in range(300):
                said.append(mutate(generator, samples))
                for operation in ("listen", "probe"):
                    target = f"sse://127.0.0.1:{house.port}/#idle=5"
                    found = await records(house.network, operation, target, deadline=10.0)
                    status = found[-1].status  # type: ignore[attr-defined]
                    assert status is not Status.ERROR, (said[-1], found[-1])

    virtual(main())


@pytest.mark.parametrize(
    "last", ["x" * 8000, "-", "9" * 5000, "abc-" + "9" * 5000, "\xff", "a-٣".encode().decode("latin-1"), "%00", "-1"]
)
def test_an_id_of_any_kind(last: str) -> None:
    async def main() -> None:
        bus = Bus()
        bus.publish(Message("a", b"kept", retain=True))
        async with House(AT, bus) as house:
            stream = await house.raw()
            await stream.write(
                b"GET /events HTTP/1.1\r\nHost: h\r\nLast-Event-ID: " + last.encode("latin-1") + b"\r\n\r\n"
            )
            await asyncio.sleep(0.1)
            assert b"data: kept\n" in stream.peek()

    virtual(main())


def test_many_streams_have_a_bound_and_others_publish() -> None:
    async def main() -> None:
        bus = Bus(limits=Limits(subscribers=50))
        async with House(AT, bus) as house:
            streams = [await house.raw() for _ in range(80)]
            for stream in streams:
                await stream.write(b"GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.sleep(0.1)
            answers = [stream.peek()[9:12] for stream in streams]
            assert (answers.count(b"200"), answers.count(b"503")) == (49, 31)
            assert (await asked(house, "POST", "/events", body=b"x")).startswith(b"HTTP/1.1 204 ")

    virtual(main())


def test_credentials_stay_at_home() -> None:
    async def main() -> None:
        heard: list[bytes] = []

        async def thief(link: Stream) -> None:
            heard.append(await link.read_until(b"\r\n\r\n"))
            await link.write(HEAD)

        async with peer(thief) as other:

            async def handle(link: Stream) -> None:
                await link.read_until(b"\r\n\r\n")
                await link.write(f"HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:{other.port}/\r\n\r\n".encode())

            async with peer(handle, network=other.network) as house:
                url = f"sse://ann:can4ry@127.0.0.1:{house.port}/"
                await records(house.network, "listen", url, options=["headers=Cookie: can4ry"], deadline=5.0)
        assert len(heard) == 1
        assert b"can4ry" not in heard[0]
        assert b"authorization" not in heard[0].lower()

    virtual(main())


@pytest.mark.parametrize("bad", ["a\r\nEvil: 1", "a\n", "a\0b"])
def test_nothing_is_injected_into_a_request(bad: str) -> None:
    async def main() -> None:
        async with House(AT) as house:
            for option in (f"last_event_id={bad}", f"headers=X: {bad}x", f"token={bad}"):
                target = f"sse://127.0.0.1:{house.port}/events"
                found = await records(house.network, "listen", target, options=[option], deadline=2.0)
                assert found[-1].status is Status.INVALID_INPUT  # type: ignore[attr-defined]
            assert house.sent == b""

    virtual(main())


def test_a_topic_stays_below_its_path() -> None:
    async def main() -> None:
        async with House(AT) as house:
            for topic in ("a b", "../x?y#z", "a\r\nEvil: 1", "ä"):
                found = await record(house.network, "send", f"sse://127.0.0.1:{house.port}/events/t", "x", topic=topic)
                assert found.status in (Status.SUCCESS, Status.REFUSED_BY_PEER)
            assert all(target.startswith("POST /events/t/") for target in house.asked()), house.asked()
            assert b"\r\nEvil" not in house.sent

    virtual(main())
