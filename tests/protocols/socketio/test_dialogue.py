from __future__ import annotations

import asyncio

import pytest

from netloom.errors import ConnectionLost, DeadlineExceeded, PeerRefused
from netloom.links.virtual import run
from netloom.records import Message
from tests.protocols.socketio.server import LONE, OPEN, ok, saying, scripted


class TestUpgrade:
    async def test_a_websocket_takes_over(self) -> None:
        talk = saying(">2probe", "3probe", ">5", ">40", "40", '>42["message","x"]', ">41")
        async with scripted(ok(OPEN), talk=talk) as server, server.attempt() as attempt:
            reply = await attempt.client.send(Message(payload=b"x"))
            assert reply.meta["transport"] == "websocket"
            dialogue = attempt.client.dialogue
            assert dialogue.failure is None
            assert dialogue.probed >= 0
        assert attempt.error is None
        assert [head.split()[1] for head, _ in server.asked] == [
            "/socket.io/?EIO=4&transport=polling",
            "/socket.io/?EIO=4&transport=websocket&sid=abc",
        ]

    @pytest.mark.parametrize("script", [None, [], ["3"], ["3probes"], ["4"], [b"x"], [">2probe", "1"]], ids=str)
    async def test_one_that_does_not_come_about(self, script: list[str | bytes] | None) -> None:
        polls = [ok(OPEN), ok("ok"), ok("40"), ok("ok"), ok("ok")]
        talk = saying(*script) if script is not None else None
        async with scripted(*polls, talk=talk) as server, server.attempt() as attempt:
            reply = await attempt.client.send(Message(payload=b"x"))
            assert reply.meta["transport"] == "polling"
            assert attempt.client.dialogue.failure is not None
        assert attempt.error is None
        assert [body for head, body in server.asked if head.startswith("POST")] == [
            b"40",
            b'42["message","x"]',
            b"41\x1e1",
        ]

    async def test_it_is_not_asked_for_where_it_is_not_offered(self) -> None:
        async with scripted(ok(LONE), ok("ok"), ok("40"), ok("ok"), ok("ok")) as server, server.attempt() as attempt:
            await attempt.client.send(Message(payload=b"x"))
        assert attempt.error is None
        assert not any("websocket" in head for head, _ in server.asked)


class TestPolling:
    async def test_several_packets_at_once(self) -> None:
        first = OPEN + "\x1e2\x1e6"
        event = '42["a"]\x1e451-["b",{"_placeholder":true,"num":0}]\x1eb/w==\x1e41'
        async with (
            scripted(ok(first), ok("ok"), ok("ok"), ok("40\x1e" + event), ok("ok")) as server,
            server.attempt(transport="polling") as attempt,
        ):
            messages = [message async for message in attempt.client.listen("")]
        assert attempt.error is None
        assert [(message.topic, message.payload) for message in messages] == [("a", b""), ("b", b"\xff")]
        assert [body for head, body in server.asked if head.startswith("POST")] == [b"40", b"3", b"1"]
        assert all("sid=abc" in head for head, _ in server.asked[1:])

    async def test_no_more_than_the_server_takes(self) -> None:
        async with scripted(ok(OPEN), ok("ok"), ok("40")) as server, server.attempt(transport="polling") as attempt:
            await attempt.client.send(Message(payload=b"x" * 2000))
        assert isinstance(attempt.error, PeerRefused)
        assert attempt.error.code == "maxPayload"
        assert len(server.asked) == 3

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (ok('{"code":1,"message":"Session ID unknown"}', 400), PeerRefused),
            (b"", ConnectionLost),
            (ok("1"), ConnectionLost),
        ],
    )
    async def test_how_it_ends(self, answer: bytes, error: type) -> None:
        async with scripted(ok(OPEN), ok("ok"), answer) as server, server.attempt(transport="polling") as attempt:
            await attempt.client.send(Message(payload=b"x"))
        assert type(attempt.error) is error


class TestTime:
    @pytest.mark.parametrize("transport", ["polling", "websocket"])
    def test_a_server_without_a_heartbeat(self, transport: str) -> None:
        async def main() -> None:
            async def talk(socket: object) -> None:
                await saying(LONE, ">40", "40")(socket)  # type: ignore[arg-type]
                await asyncio.sleep(1000.0)

            async with (
                scripted(ok(OPEN), ok("ok"), ok("40"), None, talk=talk) as server,
                server.attempt(deadline="1000", transport=transport) as attempt,
            ):
                async for _ in attempt.client.listen(""):
                    raise AssertionError
            assert isinstance(attempt.error, DeadlineExceeded)
            assert "no heartbeat for 15 s" in attempt.error.message
            assert attempt.outcome()["duration"] == pytest.approx(15.0)

        run(main())

    @pytest.mark.parametrize("transport", ["polling", "websocket"])
    def test_leaving_while_it_waits(self, transport: str) -> None:
        async def main() -> None:
            async with (
                scripted(ok(OPEN), ok("ok"), ok("40"), None, talk=saying(LONE, ">40", "40", ">never")) as server,
                server.attempt(transport=transport) as attempt,
            ):
                listening = asyncio.ensure_future(anext(attempt.client.listen("")))
                await asyncio.sleep(1.0)
                listening.cancel()
                await asyncio.wait({listening})
                assert listening.cancelled()

        run(main())
