from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus, Limits
from netloom.protocols.socketio import sockets
from netloom.records import Message
from tests.protocols.socketio.visit import AT, connected, heard, websocket
from tests.protocols.sse.visit import until
from tests.protocols.ws.stage import serving

if TYPE_CHECKING:
    from netloom.links.http.websocket import WebSocket

OK = '[{"status":"ok"}]'


async def asked(socket: WebSocket, said: str) -> list[Any]:
    """What comes up to the acknowledgement of an event."""
    await socket.send(said)
    came = [await heard(socket)]
    while not str(came[-1]).startswith("43"):
        came.append(await heard(socket))
    return came


class TestNamespaces:
    async def test_each_is_a_topic(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage) as root, connected(stage, "/house") as house:
            for topic in ("", "house", "house/kitchen", "else"):
                bus.publish(Message(topic, topic.encode() or b"root"))
            assert await heard(root) == '42["message","root"]'
            assert await heard(house) == '42/house,["message","house"]'
            assert await asked(house, '42/house,1["subscribe","#"]') == [f"43/house,1{OK}"]
            for topic in ("house/kitchen", "house", "house/a/b", "else", "house/connect", "house/error", "house/"):
                bus.publish(Message(topic, b"x"))
            assert [await heard(house) for _ in range(6)] == [
                f'42/house,["{event}","x"]' for event in ("kitchen", "message", "a/b", "message", "message", "message")
            ]

    async def test_several_in_one_session(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage) as socket:
            await socket.send("40/a,")
            assert (await heard(socket)).startswith('40/a,{"sid":"')
            await socket.send('42/a,["message","x"]')
            assert await heard(socket) == '42/a,["message","x"]'
            await socket.send("41/a,")
            await until(lambda: bus.subscribers == 1)
            await socket.send('42["message","y"]')
            assert await heard(socket) == '42["message","y"]'

    @pytest.mark.parametrize("namespace", ["/a#", "/+", "/a/#", "/" + "x/" * 200])
    async def test_what_is_none(self, namespace: str) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage) as socket:
            await socket.send(f"40{namespace},")
            assert await heard(socket) == f'44{namespace},{{"message":"Invalid namespace"}}'
            assert bus.subscribers == 1

    async def test_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sockets, "NAMESPACES", 2)
        async with serving(Bus(), at=AT) as stage, connected(stage) as socket:
            for name, answer in (("/a", "40/a,{"), ("/b", '44/b,{"message":"no more than 2')):
                await socket.send(f"40{name},")
                assert (await heard(socket)).startswith(answer)

    async def test_no_more_may_listen_than_the_bus_allows(self) -> None:
        async with (
            serving(Bus(limits=Limits(subscribers=1)), at=AT) as stage,
            connected(stage),
            websocket(stage) as other,
        ):
            await heard(other)
            await other.send("40")
            assert (await heard(other)).startswith('44{"message":"no more than 1')

    async def test_connecting_twice(self) -> None:
        async with serving(Bus(), at=AT) as stage, connected(stage) as socket:
            await socket.send("40")
            assert await heard(socket) is None


class TestSubscribing:
    async def test_and_no_longer(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage) as socket:
            assert await asked(socket, '421["subscribe","a/+","b"]') == [f"431{OK}"]
            bus.publish(Message("a/x", b"1"))
            bus.publish(Message("b", b"2"))
            assert [await heard(socket) for _ in range(2)] == ['42["a/x","1"]', '42["b","2"]']
            known = '432[{"status":"ok","known":[true,false]}]'
            assert await asked(socket, '422["unsubscribe","a/+","c"]') == [known]
            bus.publish(Message("a/x", b"3"))
            bus.publish(Message("b", b"4"))
            assert await heard(socket) == '42["b","4"]'

    async def test_what_is_retained_comes_after_the_answer(self) -> None:
        bus = Bus()
        bus.publish(Message("", b"own", retain=True))
        bus.publish(Message("a/1", b"x", retain=True))
        bus.publish(Message("a/2", b"y", retain=True))
        async with serving(bus, at=AT) as stage, connected(stage) as socket:
            assert await heard(socket) == '42["message","own"]'
            assert await asked(socket, '421["subscribe","a/#","a/1"]') == [f"431{OK}"]
            bus.publish(Message("a/1", b"z"))
            assert [await heard(socket) for _ in range(3)] == ['42["a/1","x"]', '42["a/2","y"]', '42["a/1","z"]']

    @pytest.mark.parametrize("arguments", ["", ',"a#"', ",1", ',"a",null', ',["a"]', ',"a\\u0000"'])
    async def test_what_is_no_pattern(self, arguments: str) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage) as socket:
            (answer,) = await asked(socket, f'421["subscribe"{arguments}]')
            assert '"status":"error"' in answer
            bus.publish(Message("a", b"no"))
            bus.publish(Message("", b"yes"))
            assert await heard(socket) == '42["message","yes"]'

    async def test_so_many_patterns(self) -> None:
        async with serving(Bus(limits=Limits(patterns=2)), at=AT) as stage, connected(stage) as socket:
            assert await asked(socket, '421["subscribe","a"]') == [f"431{OK}"]
            (answer,) = await asked(socket, '422["subscribe","b"]')
            assert "no more than 2 patterns" in answer


class TestPublishing:
    @pytest.mark.parametrize(
        ("said", "topic", "payload", "kind", "retain"),
        [
            ('42["a/b","x"]', "a/b", b"x", "text", False),
            ('42["message","x"]', "", b"x", "text", False),
            ('42["a"]', "a", b"", "text", False),
            ('42["a",1,2]', "a", b"[1,2]", "json", False),
            ('42[7,"x"]', "7", b"x", "text", False),
            ('42["publish","a/b","x"]', "a/b", b"x", "text", False),
            ('42["publish","a/b"]', "a/b", b"", "text", False),
            ('42["publish","a/b",{"c":1},{"retain":true}]', "a/b", b'{"c":1}', "json", True),
            ('42["publish","a/b",null,{"retain":1}]', "a/b", b"null", "json", False),
            ('42["publish","subscribe","x"]', "subscribe", b"x", "text", False),
            ('42/n,["x","y"]', "n/x", b"y", "text", False),
            ('42/n,["publish","x","y"]', "n/x", b"y", "text", False),
            ('42/n,["publish","message","y"]', "n", b"y", "text", False),
        ],
    )
    async def test_what_a_bus_gets(self, said: str, topic: str, payload: bytes, kind: str, retain: bool) -> None:
        bus = Bus()
        namespace = "/n" if said.startswith("42/") else ""
        async with (
            serving(bus, at=AT) as stage,
            bus.subscribe("#") as messages,
            connected(stage, namespace) as socket,
        ):
            await socket.send(said)
            message = await anext(messages)
            assert (message.topic, message.payload, message.retain) == (topic, payload, retain)
            assert message.properties == {"type": kind}
            assert message.sender.startswith("127.0.0.1:")

    @pytest.mark.parametrize(
        "event",
        [
            '"a/#","x"',
            '"+"',
            '"publish"',
            '"publish",1,"x"',
            '"publish","a","b",{},1',
            '"publish","a","b",1',
            '"a\\u0000"',
        ],
    )
    async def test_what_is_refused(self, event: str) -> None:
        async with serving(Bus(), at=AT) as stage, connected(stage) as socket:
            (answer,) = await asked(socket, f"421[{event}]")
            assert answer.startswith('431[{"status":"error","message":"')
            await socket.send(f"42[{event}]")
            assert (await heard(socket)).startswith('42["error",{"event":'), "also where no answer was asked for"

    async def test_bytes_inside_of_something(self) -> None:
        async with serving(Bus(), at=AT) as stage, connected(stage) as socket:
            await socket.send('451-1["a",{"b":{"_placeholder":true,"num":0}}]')
            await socket.send(b"x")
            assert "by themselves" in await heard(socket)

    async def test_too_large(self) -> None:
        async with serving(Bus(limits=Limits(message=100)), at=AT) as stage, connected(stage) as socket:
            (answer,) = await asked(socket, f'421["a","{"x" * 200}"]')
            assert "no more than 100 bytes" in answer

    async def test_who_may_not_is_told(self) -> None:
        async with serving(Bus(), at=AT, accounts=("ann:secret",)) as stage, connected(stage) as socket:
            for event in ('"a","x"', '"publish","a","x"'):
                (answer,) = await asked(socket, f"421[{event}]")
                assert "only accounts that may write" in answer

    async def test_what_others_say(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage) as one, connected(stage) as two:
            for payload, kind in (
                (b"21.5", ""),
                (b"21.5", "json"),
                (b'{"a":[1]}', "json"),
                (b"x", "binary"),
                (b"\xff", ""),
            ):
                bus.publish(Message("", payload, properties={"type": kind}))
            said = ['42["message","21.5"]', '42["message",21.5]', '42["message",{"a":[1]}]']
            for socket in (one, two):
                assert [await heard(socket) for _ in range(3)] == said
                for payload in (b"x", b"\xff"):
                    assert str(await heard(socket)).startswith("451-")
                    assert await heard(socket) == payload


async def test_acknowledgements_that_nobody_asked_for() -> None:
    async with serving(Bus(), at=AT) as stage, connected(stage) as socket:
        await socket.send("431[]")
        await socket.send('42["message","x"]')
        assert await heard(socket) == '42["message","x"]'
