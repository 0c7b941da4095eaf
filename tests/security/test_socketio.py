"""Socket.IO: pages from elsewhere stay outside, sessions aren't guessed, and whatever a client says has bounds."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import pytest

from netloom.contents.bus import Bus, Limits
from netloom.errors import ConnectionLost, Status
from netloom.links.virtual import run as virtual
from netloom.records import Message
from netloom.wire.socketio import engine
from tests.fuzzing import mutate
from tests.security.house import House, connected, elapsed, everything, peer, record, records, refused
from tests.security.test_ws import CLOSE, HELLO, ORIGINS, PING, TEXT, frame

if TYPE_CHECKING:
    from netloom.links.stream import Stream

AT = "socketio://127.0.0.1:0"
HOME = "/socket.io/?EIO=4"


async def asked(house: House, method: str, target: str, *fields: str, body: bytes = b"") -> tuple[int, bytes]:
    """A request's answer: its status and body."""
    stream = await connected(house.network, house.port)
    lines = [f"{method} {target} HTTP/1.1", "Host: h", "Connection: close", *fields]
    lines += [f"Content-Length: {len(body)}"] if method != "GET" else []
    await stream.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
    head, _, said = (await everything(stream)).partition(b"\r\n\r\n")
    stream.abort()
    return int(head[9:12] or 0), said


async def session(house: House, *fields: str) -> str:
    """The target of a session that is polled."""
    status, said = await asked(house, "GET", f"{HOME}&transport=polling", *fields)
    assert status == 200, said
    return f"{HOME}&transport=polling&sid={engine.parse_handshake(said[1:]).sid}"


async def opened(house: House, target: str = f"{HOME}&transport=websocket", extra: str = "") -> Stream:
    """A WebSocket."""
    stream = await house.raw()
    await stream.write((HELLO.replace("GET /", f"GET {target}", 1) + extra + "\r\n").encode())
    head = await stream.read_until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    return stream


async def heard(stream: Stream) -> bytes:
    """The next message; empty where it is a Close. Pings are left alone."""
    while True:
        first, second = await stream.read_exactly(2)
        size = second & 127
        if size == 126:
            size = int.from_bytes(await stream.read_exactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await stream.read_exactly(8), "big")
        said = await stream.read_exactly(size)
        if first & 15 != PING:
            return b"" if first & 15 == CLOSE else said


def text(said: str) -> bytes:
    return frame(TEXT, said.encode())


# Who may come


@pytest.mark.parametrize(("origin", "may"), ORIGINS, ids=[origin or "empty" for origin, _ in ORIGINS])
def test_pages_from_elsewhere_stay_outside(origin: str, may: bool) -> None:
    async def main() -> None:
        async with House(AT) as house:
            field = f"Origin: {origin}"
            assert (await asked(house, "GET", f"{HOME}&transport=polling", field))[0] == (200 if may else 403)
            target = await session(house)
            assert (await asked(house, "POST", target, field, "Content-Type: text/plain", body=b"40"))[0] == (
                200 if may else 403
            )
            stream = await house.raw()
            hello = HELLO.replace("GET /", f"GET {HOME}&transport=websocket", 1)
            await stream.write(f"{hello}{field}\r\n\r\n".encode())
            head = await stream.read_until(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 " if may else b"HTTP/1.1 403 "), head

    virtual(main())


@pytest.mark.parametrize("who", ["Basic YW5uOnk=", "Bearer x", "Basic ZXZlOng=", "Digest x", "x"])
def test_wrong_credentials_begin_no_session(who: str) -> None:
    async def main() -> None:
        async with House(AT, accounts=["ann:x"]) as house:
            for transport in ("polling", "websocket"):
                stream = await house.raw()
                hello = HELLO.replace("GET /", f"GET {HOME}&transport={transport}", 1)
                hello = hello if transport == "websocket" else hello.replace("Upgrade", "X")
                await stream.write(f"{hello}Authorization: {who}\r\n\r\n".encode())
                assert (await stream.read_until(b"\r\n\r\n")).startswith(b"HTTP/1.1 401 ")

    virtual(main())


@pytest.mark.parametrize(
    "auth", ["", '{"token":"x"}', '{"user":"ann","password":"y"}', '{"user":"eve","password":"x"}', '{"user":"ann"}']
)
def test_nobody_publishes_without_the_right(auth: str) -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus, accounts=["ann:x"]) as house, bus.subscribe("#") as messages:
            stream = await opened(house)
            for said in (
                f"40{auth}",
                '42["message","evil"]',
                '42["publish","a","evil",{"retain":true}]',
                '42["a","evil"]',
            ):
                await stream.write(text(said))
            await asyncio.sleep(10)
            bus.publish(Message("", b"end"))
            assert (await anext(messages)).payload == b"end"
            assert bus.retained_count == 0

    virtual(main())


def test_guesses_wait_for_each_other() -> None:
    """Over however many connections, sessions and namespaces."""

    async def main() -> None:
        async with House(AT, accounts=["ann:x"]) as house:

            async def guess(number: int) -> bytes:
                stream = await opened(house)
                await heard(stream)
                await stream.write(text(f'40{{"user":"ann","password":"{number}"}}'))
                return await heard(stream)

            began = elapsed()
            answers = await asyncio.gather(*(guess(number) for number in range(12)))
            assert set(answers) == {b'44{"message":"not authorized"}'}
            assert elapsed() - began > 10
            assert not any("0" in record.target or record.user for record in house.access)

    virtual(main())


def test_what_a_namespace_is_told_needs_it_connected() -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus) as house:
            stream = await opened(house)
            await heard(stream)
            bus.publish(Message("", b"secret"))
            await stream.write(text('42["subscribe","#"]'))
            assert await heard(stream) == b""
            assert bus.subscribers == 0

    virtual(main())


def test_sessions_are_not_guessed() -> None:
    async def main() -> None:
        async with House(AT) as house:
            target = await session(house)
            sid = target.rpartition("=")[2]
            assert len(sid) == 20
            for guess in (sid[:-1], sid + "x", sid.swapcase(), "", "../", "%00"):
                status, _ = await asked(house, "POST", f"{HOME}&transport=polling&sid={guess}", body=b"40")
                assert status == 400
            assert (await asked(house, "POST", target, body=b"40"))[0] == 200
            assert sid not in repr(house.access)

    virtual(main())


# Bounds


def test_sessions_have_a_number() -> None:
    async def main() -> None:
        async with House(f"{AT}#max_sessions=20,connect_timeout=30") as house:
            answers = [(await asked(house, "GET", f"{HOME}&transport=polling"))[0] for _ in range(30)]
            assert answers == [200] * 20 + [503] * 10
            await asyncio.sleep(31)
            await session(house)

    virtual(main())


BOMBS = {
    "a million packets": b"\x1e".join([b"2"] * 500_000),
    "nothing but separators": b"\x1e" * 900_000,
    "brackets": b"42" + b"[" * 900_000,
    "braces": b'42["a",' + b'{"a":' * 100_000,
    "digits": b"42" + b"9" * 900_000,
    "a long number": b'42["a",' + b"9" * 900_000 + b"]",
    "a long namespace": b"40/" + b"a" * 900_000 + b",",
    "many attachments": b'451000000-["a"]',
    "more attachments than there are numbers": b"45" + b"9" * 900_000 + b'-["a"]',
    "deep with an attachment": b'451-["a",'
    + b"[" * 5000
    + b'{"_placeholder":true,"num":0}'
    + b"]" * 5001
    + b"\x1ebAA==",
    "the same attachment everywhere": b'451-["a"' + b',{"_placeholder":true,"num":0}' * 25_000 + b"]\x1ebAA==",
    "surrogates": b'42["a","\\ud800"]',
    "a reserved name": b'42["disconnect"]',
    "base64 of nothing": b"b" * 900_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_end_their_session(bomb: bytes) -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus) as house:
            target = await session(house)
            assert (await asked(house, "POST", target, body=b"40"))[0] == 200
            began = time.process_time()
            status, _ = await asked(house, "POST", target, body=bomb)
            assert time.process_time() - began < 5, "it takes far less"
            assert status == 400
            assert (await asked(house, "GET", target))[0] == 400
            assert bus.subscribers == 0
            await session(house)

    virtual(main())


def test_a_payload_is_no_longer_than_was_said() -> None:
    async def main() -> None:
        async with House(f"{AT}#max_payload=10000") as house:
            target = await session(house)
            stream = await house.raw()
            await stream.write(f"POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n".encode())
            try:
                for _ in range(100):
                    await stream.write(b"4" * 1000)
            except ConnectionLost:
                pass
            assert (await everything(stream)).startswith(b"HTTP/1.1 413 ")
            stream = await opened(house)
            await heard(stream)
            await stream.write(frame(TEXT, b"4" * 20_000))
            assert await heard(stream) == b""

    virtual(main())


def test_who_asks_and_never_listens_is_let_go() -> None:
    """Acknowledgements pile up for a client that takes nothing; somebody else is served."""

    async def main() -> None:
        bus = Bus()
        async with House(f"{AT}#buffered=100,idle=30", bus) as house:
            target = await session(house)
            await asked(house, "POST", target, body=b"40")
            payload = b"\x1e".join([b'421["unsubscribe","a"]'] * 50)
            statuses = [(await asked(house, "POST", target, body=payload))[0] for _ in range(4)]
            assert statuses == [200, 200, 400, 400]
            assert bus.subscribers == 0
            stream = await opened(house)
            await heard(stream)
            await stream.write(text("40"))
            await heard(stream)
            stream.transport.pause_reading()
            try:
                for _ in range(3000):
                    await stream.write(text(f'421["unsubscribe","{"x" * 1000}"]') * 10)
            except ConnectionLost:
                pass
            await asyncio.sleep(61)
            assert bus.subscribers == 0
            await session(house)

    virtual(main())


def test_retained_messages_are_no_lever() -> None:
    """To ask again and again for all that is retained costs the server nothing that adds up."""

    async def main() -> None:
        bus = Bus()
        for number in range(1000):
            bus.publish(Message(f"a/{number}", bytes(1000), retain=True))
        async with House(f"{AT}#buffered=50", bus) as house:
            target = await session(house)
            await asked(house, "POST", target, body=b"40")
            statuses = [(await asked(house, "POST", target, body=b'42["subscribe","a/#"]'))[0] for _ in range(60)]
            assert statuses[-1] == 400
            assert 200 in statuses

    virtual(main())


def test_patterns_and_namespaces_have_a_number() -> None:
    async def main() -> None:
        bus = Bus(limits=Limits(patterns=10))
        async with House(AT, bus) as house:
            stream = await opened(house)
            await heard(stream)
            for number in range(150):
                await stream.write(text(f"40/{number},"))
            answers = [await heard(stream) for _ in range(150)]
            assert sum(answer.startswith(b"40/") for answer in answers) == 100
            assert bus.subscribers == 100
            for number in range(20):
                await stream.write(text(f'42/1,1["subscribe","{number}"]'))
            answers = [await heard(stream) for _ in range(20)]
            assert sum(b'"ok"' in answer for answer in answers) == 9

    virtual(main())


def test_a_slow_client_holds_up_nobody() -> None:
    async def main() -> None:
        bus = Bus()
        async with House(AT, bus) as house:
            slow, quick = await opened(house), await opened(house)
            for stream in (slow, quick):
                await heard(stream)
                await stream.write(text("40"))
                assert (await heard(stream)).startswith(b"40")
            slow.transport.pause_reading()
            for number in range(300):
                bus.publish(Message("", b"%05d" % number + bytes(20_000)))
                async with asyncio.timeout(1):
                    assert b"%05d" % number in await heard(quick)

    virtual(main())


def test_hostile_bytes_disturb_nobody() -> None:
    """Polled or in a WebSocket: an end of that session, and the next one begins."""
    generator = random.Random(1)
    payloads = [
        b'40\x1e42["subscribe","a/#"]\x1e421["a","x"]\x1e451-["b",{"_placeholder":true,"num":0}]\x1eb/w==\x1e3\x1e41',
        b'40/n,{"token":"x"}\x1e42/n,7["publish","a",{"b":[1]},{"retain":true}]\x1e437[]\x1e44{}\x1e1',
    ]
    messages = [
        text("40"),
        text('421["subscribe","#"]'),
        text('451-["a",{"_placeholder":true,"num":0}]') + frame(2, b"x"),
    ]

    async def main() -> None:
        bus = Bus()
        async with House(f"{AT}#idle=5,ping_interval=2,ping_timeout=1", bus) as house:
            for _ in range(200):
                target = await session(house)
                status, _ = await asked(house, "POST", target, body=mutate(generator, payloads))
                assert status in (200, 400)
                stream = await opened(house)
                await stream.write(mutate(generator, [b"".join(messages)]))
                await stream.write_eof()
                await everything(stream)
            await asyncio.sleep(60)
            assert bus.subscribers == 0
            await session(house)

    virtual(main())


def test_an_upgrade_says_what_it_has_to() -> None:
    generator = random.Random(3)

    async def main() -> None:
        async with House(AT) as house:
            for _ in range(100):
                target = (await session(house)).replace("polling", "websocket")
                stream = await opened(house, target)
                await stream.write(mutate(generator, [text("2probe") + text("5") + text("40"), text("2probe")]))
                await stream.write_eof()
                await everything(stream)
            await session(house)

    virtual(main())


# The client's side: whoever answers may be anybody

OPEN = '0{"sid":"abc","upgrades":["websocket"],"pingInterval":10000,"pingTimeout":5000,"maxPayload":1000}'


def answering(*bodies: bytes):  # type: ignore[no-untyped-def]
    """A server that says these to one request after the other, over however many connections."""
    left = list(bodies)

    async def handle(link: Stream) -> None:
        while not link.at_eof:
            head = await link.read_until(b"\r\n\r\n")
            size = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b": 0")
            await link.read_exactly(int(size.split(b": ")[1]))
            body = left.pop(0) if left else b"1"
            await link.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return handle


@pytest.mark.parametrize(
    "bomb", [*BOMBS.values(), b"40\x1e" + b"\x1e".join([b'42["x"]'] * 9000)], ids=[*BOMBS, "events"]
)
def test_bombs_are_no_more_than_an_error(bomb: bytes) -> None:
    async def main() -> None:
        async with peer(answering(OPEN.encode(), b"ok", bomb)) as house:
            target = f"socketio://127.0.0.1:{house.port}/#transport=polling,reply=ack"
            began = time.process_time()
            found = await record(house.network, "send", target, "hi", deadline=5.0)
            assert time.process_time() - began < 5
            assert found.status in (Status.PROTOCOL_ERROR, Status.CLOSED), found.message

    virtual(main())


def test_hostile_servers_are_no_more_than_an_error() -> None:
    generator = random.Random(2)
    samples = [
        OPEN.encode(), b'40{"sid":"x"}\x1e42["a",1]\x1e2\x1e43[]', b'451-["a",{"_placeholder":true,"num":0}]\x1eb/w==',
        b"1",
    ]  # fmt: skip

    async def main() -> None:
        for _ in range(150):
            bodies = [mutate(generator, samples[:1]) if generator.random() < 0.5 else samples[0], b"ok"]
            bodies += [mutate(generator, samples[1:]) for _ in range(3)]
            for operation in ("listen", "probe"):
                async with peer(answering(*bodies)) as house:
                    target = f"socketio://127.0.0.1:{house.port}/#transport=polling"
                    found = await records(house.network, operation, target, deadline=10.0)
                    assert found[-1].status is not Status.ERROR, (bodies, found[-1])  # type: ignore[attr-defined]

    virtual(main())


def test_a_large_answer_is_not_read_to_its_end() -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            await link.write(b"0" * 10_000)

    async def main() -> None:
        async with peer(handle) as house:
            target = f"socketio://127.0.0.1:{house.port}/#max_size=100000"
            found = await record(house.network, "send", target, "hi", deadline=20.0)
            assert found.status is Status.PROTOCOL_ERROR

    virtual(main())


@pytest.mark.parametrize(
    "option",
    ["headers=X: a\r\nEvil: 1", "origin=http://a\r\nEvil: 1", "place=/a\r\nEvil: 1", "place=/a b", "headers=x"],
)
def test_nothing_is_injected_into_a_request(option: str) -> None:
    async def main() -> None:
        async with House(AT) as house:
            for transport in ("polling", "websocket"):
                target = f"socketio://127.0.0.1:{house.port}/#transport={transport}"
                found = await record(house.network, "send", target, "x", options=[option], deadline=2.0)
                assert found.status is Status.INVALID_INPUT, found
            assert house.sent == b""

    virtual(main())


@pytest.mark.parametrize(("path", "topic"), [("/a%2Cb", ""), ("/a%0Ab", ""), ("", "disconnect"), ("", "connect")])
def test_a_namespace_and_an_event_stay_what_they_are(path: str, topic: str) -> None:
    async def main() -> None:
        async with House(AT) as house:
            words = await refused(house.network, "send", f"socketio://127.0.0.1:{house.port}{path}", "x", topic=topic)
            assert "no namespace" in words or "no event" in words

    virtual(main())
