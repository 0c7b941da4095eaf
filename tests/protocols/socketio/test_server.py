from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.contents.bus import Bus
from netloom.errors import PeerRefused
from netloom.links.virtual import run
from netloom.records import Message
from netloom.wire.socketio import engine
from tests.protocols.socketio.visit import AT, HOME, Polling, ask, connected, heard, websocket
from tests.protocols.sse.visit import until
from tests.protocols.ws.stage import serving

VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])


class TestHandshake:
    """https://socket.io/docs/v4/engine-io-protocol/."""

    @VERSIONS
    async def test_over_polling(self, version: Any) -> None:
        async with serving(Bus(), at=AT, ping_interval="5", ping_timeout="2", max_payload="5000") as stage:
            answered = await ask(stage, f"{HOME}&transport=polling", version=version)
            assert answered.status == 200
            assert answered.fields["content-type"] == "text/plain; charset=UTF-8"
            handshake = engine.parse_handshake(answered.body[1:])
            assert (handshake.ping_interval, handshake.ping_timeout, handshake.max_payload) == (5000, 2000, 5000)
            assert handshake.upgrades == ["websocket"]

    @VERSIONS
    async def test_over_a_websocket(self, version: Any) -> None:
        async with serving(Bus(), at=AT) as stage, websocket(stage, version=version) as socket:
            packet = engine.parse(str(await socket.receive()))
            assert isinstance(packet.data, str)
            assert engine.parse_handshake(packet.data).upgrades == []

    @pytest.mark.parametrize(
        ("target", "method", "status", "code"),
        [
            ("/socket.io/", "GET", 400, 5),
            ("/socket.io/?EIO=3&transport=polling", "GET", 400, 5),
            ("/socket.io/?EIO=abc&transport=polling", "GET", 400, 5),
            ("/socket.io/?" + "a=b&" * 100 + "EIO=4&transport=polling", "GET", 400, 5),
            (HOME, "GET", 400, 0),
            (f"{HOME}&transport=abc", "GET", 400, 0),
            (f"{HOME}&transport=polling&sid=abc", "GET", 400, 1),
            (f"{HOME}&transport=polling&sid=abc", "POST", 400, 1),
            (f"{HOME}&transport=polling", "POST", 400, 2),
            (f"{HOME}&transport=polling", "PUT", 400, 2),
            (f"{HOME}&transport=websocket", "GET", 400, 3),
        ],
    )
    async def test_what_is_refused(self, target: str, method: str, status: int, code: int) -> None:
        async with serving(Bus(), at=AT) as stage:
            answered = await ask(stage, target, method=method, body=b"" if method != "GET" else None)
            assert (answered.status, answered.code) == (status, code)

    @pytest.mark.parametrize(
        ("sid", "fields", "status"),
        [
            ("abc", (), 400),
            ("", (("origin", "https://evil.example"),), 403),
        ],
    )
    async def test_websockets_that_are_refused(self, sid: str, fields: Any, status: int) -> None:
        async with serving(Bus(), at=AT) as stage:
            with pytest.raises(PeerRefused) as caught:
                async with websocket(stage, sid, *fields):
                    raise AssertionError
            assert caught.value.code == status

    async def test_an_upgrade_where_polling_is_asked_for(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            fields = ("connection", "upgrade"), ("upgrade", "websocket")
            answered = await ask(stage, f"{HOME}&transport=polling", *fields)
            assert (answered.status, answered.code) == (400, 3)

    @pytest.mark.parametrize("target", ["/socket.io", "/socket.io/", "/socket.io//"])
    async def test_its_path(self, target: str) -> None:
        async with serving(Bus(), at=AT) as stage:
            assert (await ask(stage, f"{target}?EIO=4&transport=polling")).status == 200

    async def test_other_paths(self) -> None:
        async with serving(Bus(), at="socketio://127.0.0.1:0/live/") as stage:
            assert (await ask(stage, "/live/?EIO=4&transport=polling")).status == 200
            assert (await ask(stage, "/live?EIO=4&transport=polling")).status == 200
            assert (await ask(stage, "/live/x?EIO=4&transport=polling")).status == 404
            assert (await ask(stage, "/socket.io/?EIO=4&transport=polling")).status == 404

    async def test_so_many_sessions(self) -> None:
        async with serving(Bus(), at=AT, max_sessions="2") as stage:
            for status in (200, 200, 503):
                assert (await ask(stage, f"{HOME}&transport=polling")).status == status
        async with serving(Bus(), at=AT, max_sessions_per_peer="1") as stage:
            for status in (200, 503):
                assert (await ask(stage, f"{HOME}&transport=polling")).status == status

    async def test_other_methods(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            session = await Polling.begin(stage)
            answered = await ask(stage, session.target, method="PUT", body=b"x")
            assert (answered.status, answered.code) == (400, 3)


class TestPolling:
    @VERSIONS
    async def test_a_conversation(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            session = await Polling.begin(stage, version=version)
            answered = await session.say("40")
            assert (answered.status, answered.body) == (200, b"ok")
            assert (await session.hear()).startswith('40{"sid":"')
            assert (await session.say('420["subscribe","a/#"]', '42["a/b","x"]')).status == 200
            assert [await session.hear() for _ in range(2)] == ['430[{"status":"ok"}]', '42["a/b","x"]']
            waiting = asyncio.ensure_future(session.hear())
            await asyncio.sleep(0.01)
            bus.publish(Message("a/c", b"\xff"))
            bus.publish(Message("a/c", b"y"))
            assert await waiting == '451-["a/c",{"_placeholder":true,"num":0}]'
            assert await session.hear() == "b/w=="
            assert await session.hear() == '42["a/c","y"]'
            assert (await session.say("41", "1")).status == 200
            assert (await session.get()).code == 1
            assert bus.subscribers == 0

    async def test_what_is_no_payload_ends_it(self) -> None:
        for payload in (b"", b"abc", b"4\x1e", b"42[", b"40\x1e42[]", b"5", b"2", b"6\x1e7", b"42[1]", b"4\xff"):
            async with serving(Bus(), at=AT) as stage:
                session = await Polling.begin(stage)
                answered = await ask(stage, session.target, method="POST", body=payload)
                assert (answered.status, answered.code) == (400, 3), payload
                assert (await session.get()).code == 1

    async def test_payloads_have_a_size(self) -> None:
        async with serving(Bus(), at=AT, max_payload="1000") as stage:
            session = await Polling.begin(stage)
            assert (await session.say("4" + "0" * 2000)).status == 413
            assert (await session.get()).code == 1

    async def test_two_polls_at_once(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            session = await Polling.begin(stage)
            first = asyncio.ensure_future(session.get())
            await asyncio.sleep(0.01)
            assert (await session.get()).code == 3
            assert (await first).body == b"1"
            assert (await session.get()).code == 1

    async def test_a_poll_that_breaks_off(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            session = await Polling.begin(stage)
            await session.say("40")
            await session.hear()
            assert bus.subscribers == 1
            waiting = asyncio.ensure_future(session.get())
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.wait({waiting})
            stream = await stage.attempt().dial.tcp("127.0.0.1", stage.serving.endpoint.port or 0)
            await stream.write(f"GET {session.target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            stream.abort()
            await until(lambda: bus.subscribers == 0)

    def test_one_that_is_not_polled(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with serving(bus, at=AT, ping_interval="10", ping_timeout="5", idle="100") as stage:
                session = await Polling.begin(stage)
                await session.say("40")
                await session.hear()
                for _ in range(3):
                    assert await session.hear() == "2"
                    await session.say("3")
                assert bus.subscribers == 1
                await asyncio.sleep(16.0)
                assert bus.subscribers == 0
                assert (await session.get()).code == 1

        run(main())


class TestWebSocket:
    @VERSIONS
    async def test_a_conversation(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, connected(stage, version=version) as socket:
            await socket.send('420["subscribe","a/#"]')
            assert await heard(socket) == '430[{"status":"ok"}]'
            await socket.send('451-["a/b",{"_placeholder":true,"num":0}]')
            await socket.send(b"\xff")
            assert await heard(socket) == '451-["a/b",{"_placeholder":true,"num":0}]'
            assert await heard(socket) == b"\xff"
            await socket.send("41")
            await until(lambda: bus.subscribers == 0)
            await socket.send("40")
            assert (await heard(socket)).startswith("40{")
            await socket.send("1")
            assert await heard(socket) is None
            await until(lambda: bus.subscribers == 0)

    async def test_what_is_no_packet_ends_it(self) -> None:
        for said in ("", "abc", "4", "42[]", "42[1]", "5", "2", "0", b"x", "44{}", "40[]", "41/x,"):
            async with serving(Bus(), at=AT) as stage, websocket(stage) as socket:
                await heard(socket)
                await socket.send(said)
                assert await heard(socket) is None, said
                assert socket.close_reason == "parse error"

    def test_its_heartbeat(self) -> None:
        async def main() -> None:
            async with (
                serving(Bus(), at=AT, ping_interval="10", ping_timeout="5", idle="8") as stage,
                connected(stage) as socket,
            ):
                for _ in range(3):
                    assert await socket.receive() == "2"
                    await socket.send("3")
                assert await socket.receive() == "2"
                assert await socket.receive() is None
                assert socket.close_reason == "ping timeout"
                assert asyncio.get_running_loop().time() == pytest.approx(45.0)

        run(main())

    def test_one_that_connects_to_nothing(self) -> None:
        async def main() -> None:
            async with serving(Bus(), at=AT, connect_timeout="3") as stage, websocket(stage) as socket:
                await heard(socket)
                assert await heard(socket) is None
                assert asyncio.get_running_loop().time() == pytest.approx(3.0)

        run(main())

    async def test_messages_have_a_size(self) -> None:
        async with serving(Bus(), at=AT, max_payload="1000") as stage, connected(stage) as socket:
            await socket.send("4" * 2000)
            assert await heard(socket) is None
            assert socket.close_code == 1009

    def test_one_that_takes_nothing_misses_events_and_is_let_go(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with (
                serving(bus, at=AT, buffered="10", ping_interval="10", ping_timeout="5", idle="20") as stage,
                connected(stage) as socket,
            ):
                socket.stream.transport.pause_reading()
                for number in range(2000):
                    bus.publish(Message("", b"%05d" % number + bytes(2000)))
                    if number % 5 == 4:
                        await asyncio.sleep(0.01)
                assert bus.dropped > 500
                await asyncio.sleep(60.0)
                await until(lambda: bus.subscribers == 0)

        run(main())

    @VERSIONS
    async def test_those_that_go_leave_nothing(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            for _ in range(3):
                async with connected(stage, version=version):
                    assert bus.subscribers == 1
                await until(lambda: bus.subscribers == 0)


class TestUpgrade:
    @VERSIONS
    async def test_it_goes_over(self, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            session = await Polling.begin(stage)
            await session.say("40")
            await session.hear()
            waiting = asyncio.ensure_future(session.get())
            await asyncio.sleep(0.01)
            async with websocket(stage, session.sid, version=version) as socket:
                await socket.send("2probe")
                assert await heard(socket) == "3probe"
                assert (await waiting).body == b"6", "the poll is let go"
                bus.publish(Message("", b"1"))
                assert await session.hear() == '42["message","1"]', "polling goes on until then"
                bus.publish(Message("", b"2"))
                await socket.send("5")
                assert await heard(socket) == '42["message","2"]'
                await socket.send('42["message","3"]')
                assert await heard(socket) == '42["message","3"]'
                assert (await session.get()).code == 3
                assert bus.subscribers == 1
            await until(lambda: bus.subscribers == 0)

    @pytest.mark.parametrize(
        "said", [["2probes"], ["2"], ["5"], ["2probe", "2probe"], ["2probe", "6"], [b"x"], ["x"], [""]]
    )
    async def test_one_that_is_none(self, said: list[str | bytes]) -> None:
        async with serving(Bus(), at=AT) as stage:
            session = await Polling.begin(stage)
            async with websocket(stage, session.sid) as socket:
                for each in said:
                    await socket.send(each)
                while await heard(socket) is not None:
                    pass
            await session.say("40")
            assert (await session.hear()).startswith("40{"), "it stays with polling"
            async with websocket(stage, session.sid) as socket:
                await socket.send("2probe")
                assert await heard(socket) == "3probe", "and may try again"

    def test_one_that_takes_too_long(self) -> None:
        async def main() -> None:
            async with serving(Bus(), at=AT, upgrade_timeout="4") as stage:
                session = await Polling.begin(stage)
                async with websocket(stage, session.sid) as socket:
                    await socket.send("2probe")
                    assert await heard(socket) == "3probe"
                    assert await heard(socket) is None
                    assert asyncio.get_running_loop().time() == pytest.approx(4.0, abs=0.1)
                await session.say("40")
                assert (await session.hear()).startswith("40{")

        run(main())

    async def test_two_at_once_and_one_too_many(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            session = await Polling.begin(stage)
            async with websocket(stage, session.sid) as socket:
                await socket.send("2probe")
                assert await heard(socket) == "3probe"
                for _ in range(2):
                    with pytest.raises(PeerRefused):
                        async with websocket(stage, session.sid):
                            raise AssertionError
                    await socket.send("5")
                    await asyncio.sleep(0.01)


class TestEnds:
    @VERSIONS
    @pytest.mark.parametrize("transport", ["polling", "websocket"])
    async def test_a_server_that_stops(self, transport: str, version: Any) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage:
            if transport == "polling":
                session = await Polling.begin(stage, version=version)
                waiting = asyncio.ensure_future(session.get())
                await asyncio.sleep(0.01)
                stopping = asyncio.ensure_future(stage.serving.stop(60.0))
                assert (await waiting).body == b"1"
            else:
                async with connected(stage, version=version) as socket:
                    stopping = asyncio.ensure_future(stage.serving.stop(60.0))
                    assert await heard(socket) is None
                    assert socket.close_code == 1001
            await asyncio.wait_for(stopping, 5.0)
            assert bus.subscribers == 0


class TestWhoMay:
    @pytest.mark.parametrize(
        ("who", "status"),
        [("", 200), ("Basic YW5uOnNlY3JldA==", 200), ("Basic YW5uOndyb25n", 401), ("Bearer x", 401), ("Basic ?", 401)],
    )
    async def test_credentials_of_the_handshake(self, who: str, status: int) -> None:
        fields = (("authorization", who),) if who else ()
        async with serving(Bus(), at=AT, accounts=("ann:secret",)) as stage:
            answered = await ask(stage, f"{HOME}&transport=polling", *fields)
            assert answered.status == status
            assert ("www-authenticate" in answered.fields) is (status == 401)
            if status == 200:
                assert stage.records[-1].user == ("ann" if who else "")

    @pytest.mark.parametrize(
        ("auth", "answer", "published"),
        [
            ("", "40{", '430[{"status":"error","message":"only accounts that may write publish here"}]'),
            ('{"token":"x"}', '44{"message":"not authorized"}', ""),
            ('{"user":"ann","password":"x"}', '44{"message":"not authorized"}', ""),
            ('{"user":"ann","password":"secret"}', "40{", '430[{"status":"ok","subscribers":1}]'),
            ('{"username":"bob","password":"pw"}', "40{", '430[{"status":"error",'),
        ],
    )
    async def test_auth_of_connect(self, auth: str, answer: str, published: str) -> None:
        bus = Bus()
        async with serving(bus, at=AT, accounts=("ann:secret", "bob:pw:read")) as stage, websocket(stage) as socket:
            await heard(socket)
            await socket.send("40" + auth)
            assert (await heard(socket)).startswith(answer)
            if published:
                await socket.send('420["message","x"]')
                said = [await heard(socket) for _ in range(2 if "ok" in published else 1)]
                assert any(each.startswith(published) for each in said)
                assert ('42["message","x"]' in said) is ("ok" in published)
            else:
                await socket.send("40")
                assert (await heard(socket)).startswith("40{"), "it may try again"
        assert [record.verb for record in stage.records][:1] == ["CONNECT"]

    async def test_what_the_handshake_proves_holds_for_namespaces(self) -> None:
        who = ("authorization", "Basic YW5uOnNlY3JldA==")
        async with serving(Bus(), at=AT, accounts=("ann:secret",)) as stage, websocket(stage, "", who) as socket:
            await heard(socket)
            await socket.send("40/a,")
            await heard(socket)
            await socket.send('42/a,0["x","y"]')
            assert await heard(socket) == '43/a,0[{"status":"ok","subscribers":0}]'

    @pytest.mark.parametrize(
        ("origins", "origin", "status", "allowed"),
        [
            ("https://else.example", "http://HOST", 200, None),
            ("https://else.example", "https://evil.example", 403, None),
            ("https://b.example", "https://b.example", 200, "https://b.example"),
            ("*", "https://c.example", 200, "*"),
        ],
    )
    async def test_pages(self, origins: str, origin: str, status: int, allowed: str | None) -> None:
        async with serving(Bus(), at=AT, origins=origins) as stage:
            said = ("origin", origin.replace("HOST", stage.serving.endpoint.authority))
            answered = await ask(stage, f"{HOME}&transport=polling", said)
            assert (answered.status, answered.fields.get("access-control-allow-origin")) == (status, allowed)
            if status == 403:
                assert answered.code == 4
            else:
                async with websocket(stage, "", said) as socket:
                    assert str(await heard(socket)).startswith("0{")

    async def test_without_origins_only_its_own(self) -> None:
        async with serving(Bus(), at=AT) as stage:
            answered = await ask(stage, f"{HOME}&transport=polling", ("origin", "https://a.example"))
            assert (answered.status, answered.code) == (403, 4)
            session = await Polling.begin(stage)
            assert (
                await ask(stage, session.target, ("origin", "https://a.example"), method="POST", body=b"40")
            ).code == 4

    async def test_a_browser_asks_before(self) -> None:
        wanted = ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")
        async with serving(Bus(), at=AT, origins="https://b.example") as stage:
            answered = await ask(stage, HOME, ("origin", "https://b.example"), *wanted, method="OPTIONS")
            assert answered.status == 204
            assert "POST" in answered.fields["access-control-allow-methods"]
            assert answered.fields["access-control-allow-credentials"] == "true"
