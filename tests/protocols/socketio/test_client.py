from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from netloom.contents.bus import Bus
from netloom.errors import ConnectionLost, PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.records import Message
from tests.protocols.socketio.server import LONE, ok, saying, scripted
from tests.protocols.socketio.visit import AT
from tests.protocols.sse.visit import until
from tests.protocols.ws.stage import serving

TRANSPORTS = pytest.mark.parametrize("transport", ["upgrade", "websocket", "polling"])


async def body(reply: Any) -> bytes:
    return b"".join([chunk async for chunk in reply.chunks()])


async def heard(attempt: Any, path: str = "") -> list[Message]:
    async with aclosing(attempt.client.listen(path)) as messages:
        return [message async for message in messages]


class TestSend:
    @TRANSPORTS
    @pytest.mark.parametrize(
        ("payload", "options", "topic", "sent", "kind"),
        [
            (b"x", {}, "", b"x", "text"),
            (b"\xff", {}, "", b"\xff", "binary"),
            (b"x", {"type": "binary"}, "a/b", b"x", "binary"),
            (b"x", {"type": "text", "event": "a"}, "", b"x", "text"),
            (b'{"a": 1}', {"type": "json", "event": "a"}, "b", b'{"a":1}', "json"),
            (b'["x"]', {"type": "arguments"}, "", b"x", "text"),
            (b"[1,2]", {"type": "arguments"}, "", b"[1,2]", "json"),
            (b"[]", {"type": "arguments"}, "", b"", "text"),
        ],
    )
    async def test_to_our_own(
        self, transport: str, payload: bytes, options: dict[str, str], topic: str, sent: bytes, kind: str
    ) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, bus.subscribe("#") as messages:
            async with stage.attempt("", transport=transport, reply="ack", **options) as attempt:
                reply = await attempt.client.send(Message(topic, payload))
                assert reply.meta["transport"] == ("polling" if transport == "polling" else "websocket")
                assert reply.value["status"] == "ok"
                assert reply.meta["event"] == topic or options.get("event", "message")
            assert attempt.error is None
            message = await anext(messages)
            assert message.topic == (topic or options.get("event", "")).replace("message", "")
            assert (message.payload, message.properties) == (sent, {"type": kind})

    @TRANSPORTS
    async def test_an_event_as_the_reply(self, transport: str) -> None:
        async with (
            serving(Bus(), at=AT) as stage,
            stage.attempt("/room", transport=transport, reply="event") as attempt,
        ):
            reply = await attempt.client.send(Message(payload=b"\xff"))
            assert await body(reply) == b"\xff"
            assert (reply.meta["namespace"], reply.meta["answer"]) == ("/room", "message")

    async def test_without_a_reply_it_arrives(self) -> None:
        bus = Bus()
        for transport in ("upgrade", "websocket", "polling"):
            async with serving(bus, at=AT) as stage, bus.subscribe("#") as messages:
                async with stage.attempt("", transport=transport) as attempt:
                    await attempt.client.send(Message(payload=b"x"))
                assert (await anext(messages)).payload == b"x"

    async def test_values_of_acknowledgements(self) -> None:
        for said, value, raw in (
            ('430["a",1]', ["a", 1], None),
            ("430[]", [], None),
            ('430[{"a":null}]', {"a": None}, None),
            ('461-0[{"_placeholder":true,"num":0}]', None, b"\xff"),
        ):
            talk = saying(LONE, ">40", "40", '42["x"]', "2", '>420["message","x"]', said, *([raw] if raw else []), ">3")
            async with scripted(talk=talk) as server, server.attempt(transport="websocket", reply="ack") as attempt:
                reply = await attempt.client.send(Message(payload=b"x"))
                assert reply.value == value
                assert await body(reply) == (raw or b"")
            assert attempt.error is None

    @pytest.mark.parametrize(
        ("payload", "options", "words"),
        [
            (b"\xff", {"type": "text"}, "isn't UTF-8"),
            (b"{", {"type": "json"}, "isn't JSON"),
            (b"\xff", {"type": "json"}, "isn't JSON"),
            (b"[" * 100_000, {"type": "json"}, "isn't JSON"),
            (b"{}", {"type": "arguments"}, "no JSON array"),
            (b"x", {"event": "connect"}, "no event to send"),
            (b"x", {"tokens": "token"}, "NAME=VALUE"),
            (b"x", {"tokens": "=x"}, "NAME=VALUE"),
        ],
    )
    async def test_what_is_the_callers_mistake(self, payload: bytes, options: dict[str, str], words: str) -> None:
        async with scripted() as server:
            client = server.attempt(**options).client
            with pytest.raises(UsageError, match=words):
                await client.send(Message(payload=payload))
        assert not server.asked

    async def test_accounts(self) -> None:
        for transport in ("upgrade", "websocket", "polling"):
            async with serving(Bus(), at=AT, accounts=("ann:secret",)) as stage:
                plain = stage.url
                for user, options, error in (
                    ("ann:secret@", {}, None),
                    ("ann:wrong@", {}, Unauthenticated),
                    ("", {"tokens": "user=ann,tokens=password=secret"}, None),
                    ("", {"token": "x"}, Unauthenticated),
                ):
                    stage.url = plain.replace("socketio://", f"socketio://{user}")
                    async with stage.attempt("", transport=transport, reply="ack", **options) as attempt:
                        reply = await attempt.client.send(Message(payload=b"x"))
                        assert reply.value["status"] == "ok"
                    assert (type(attempt.error) if attempt.error else None) is error, (user, options)


class TestListen:
    @TRANSPORTS
    async def test_our_own(self, transport: str) -> None:
        bus = Bus()
        async with (
            serving(bus, at=AT) as stage,
            stage.attempt("/house", transport=transport, subscribe="%23") as attempt,
        ):
            listening = attempt.client.listen("")
            first = asyncio.ensure_future(anext(listening))
            await until(lambda: bus.subscribers and "house/#" in bus.patterns_of(next(iter(bus._receivers))))
            bus.publish(Message("house/a", b"1"))
            bus.publish(Message("house", b"\xff"))
            bus.publish(Message("house/b", b'{"c": [1]}', properties={"type": "json"}))
            messages = [await first, await anext(listening), await anext(listening)]
            assert [(m.topic, m.payload, m.properties) for m in messages] == [
                ("a", b"1", {"type": "text", "namespace": "/house"}),
                ("message", b"\xff", {"type": "binary", "namespace": "/house"}),
                ("b", b'{"c":[1]}', {"type": "json", "namespace": "/house"}),
            ]
            assert messages[0].sender == stage.serving.endpoint.authority
            await listening.aclose()
        assert attempt.error is None
        await until(lambda: not bus.subscribers)

    async def test_events_of_all_kinds(self) -> None:
        talk = saying(
            LONE, ">40", "40", '42["a"]', '42["b",1,"x"]', '42[7,null]', '42/x,["no"]', "430[]",
            '451-["c",[{"_placeholder":true,"num":0}]]', b"\xff", '425["d","x"]', ">435[]", "2", ">3", "6", "41",
        )  # fmt: skip
        async with scripted(talk=talk) as server, server.attempt(transport="websocket") as attempt:
            messages = await heard(attempt)
        assert attempt.error is None
        assert [(message.topic, message.payload, message.properties["type"]) for message in messages] == [
            ("a", b"", "text"),
            ("b", b'[1,"x"]', "json"),
            ("7", b"null", "json"),
            ("c", b'["/w=="]', "json"),
            ("d", b"x", "text"),
        ]

    async def test_nothing_is_acknowledged(self) -> None:
        talk = saying(LONE, ">40", "40", '421["a"]', "2", ">3", "41")
        async with scripted(talk=talk) as server, server.attempt(transport="websocket", acknowledge="no") as attempt:
            assert len(await heard(attempt)) == 1
        assert attempt.error is None

    @pytest.mark.parametrize("path", ["", "/", "/a%20b"])
    async def test_namespaces(self, path: str) -> None:
        name = "" if path in ("", "/") else "/a b,"
        talk = saying(LONE, f">40{name}", f"40{name}", f"41{name}")
        async with scripted(talk=talk) as server, server.attempt(path, transport="websocket") as attempt:
            assert await heard(attempt) == []
        assert attempt.error is None

    @pytest.mark.parametrize(
        ("script", "error", "words"),
        [
            (["1"], ConnectionLost, "closed the session"),
            ([], ConnectionLost, "closed the WebSocket: 1000"),
            (["7"], RemoteProtocolError, "digit"),
            (["0{}"], RemoteProtocolError, "OPEN has no place"),
            (["5"], RemoteProtocolError, "UPGRADE has no place"),
            (["4x"], RemoteProtocolError, "digit"),
            (["42[]"], RemoteProtocolError, "no EVENT"),
            ([b"x"], RemoteProtocolError, "to nothing"),
            (['451-["a",{"_placeholder":true,"num":0}]', "42[]"], RemoteProtocolError, "attachments are due"),
        ],
    )
    async def test_how_it_ends(self, script: list[str | bytes], error: type, words: str) -> None:
        talk = saying(LONE, ">40", "40", *script)
        async with scripted(talk=talk) as server, server.attempt(transport="websocket") as attempt:
            await heard(attempt)
        assert attempt.error is not None
        assert type(attempt.error) is error
        assert words in attempt.error.message


class TestRefusals:
    @pytest.mark.parametrize(
        ("answer", "error", "words"),
        [
            (b"", ConnectionLost, "closed"),
            (b"220 smtp\r\n", RemoteProtocolError, "HTTP"),
            (
                ok('{"code":5,"message":"Unsupported protocol version"}', 400),
                PeerRefused,
                "400 OK: Unsupported protocol",
            ),
            (ok("<html>", 404), PeerRefused, "404 OK"),
            (ok("who?", 401), Unauthenticated, "401"),
            (ok("hello"), RemoteProtocolError, "digit"),
            (ok("40"), RemoteProtocolError, "MESSAGE where OPEN is due"),
            (ok("0{}"), RemoteProtocolError, "handshake"),
            (ok("0" + "x" * 20_000), RemoteProtocolError, "more than 10000"),
        ],
    )
    async def test_what_is_no_session(self, answer: bytes, error: type, words: str) -> None:
        async with scripted(answer) as server, server.attempt(max_size="10000") as attempt:
            await heard(attempt)
        assert attempt.error is not None
        assert type(attempt.error) is error
        assert words in attempt.error.message

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ('44{"message":"not authorized"}', Unauthenticated),
            ('44{"message":"Authentication error","data":{}}', Unauthenticated),
            ('44{"message":"Invalid namespace"}', PeerRefused),
            ('44"no"', PeerRefused),
            ("44{}", PeerRefused),
        ],
    )
    async def test_namespaces(self, answer: str, error: type) -> None:
        async with (
            scripted(talk=saying(LONE, ">40", answer)) as server,
            server.attempt(transport="websocket") as attempt,
        ):
            await heard(attempt)
        assert attempt.error is not None
        assert type(attempt.error) is error
        assert attempt.error.code == "CONNECT_ERROR"  # type: ignore[attr-defined]

    async def test_packets_without_end(self) -> None:
        talk = saying(LONE, ">40", *['42["x"]'] * 1100)
        async with scripted(talk=talk) as server, server.attempt(transport="websocket") as attempt:
            await heard(attempt)
        assert isinstance(attempt.error, RemoteProtocolError)
