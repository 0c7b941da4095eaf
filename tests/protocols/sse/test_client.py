from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, LocalProtocolError, PeerRefused, RemoteProtocolError, Status, Unauthenticated
from netloom.links.virtual import run
from netloom.records import Message
from tests.protocols.sse.server import STREAM, scripted
from tests.protocols.sse.visit import AT, until
from tests.protocols.ws.stage import serving


async def heard(attempt: Any, path: str = "") -> list[Message]:
    attempt.stands()
    async with aclosing(attempt.client.listen(path)) as messages:
        return [message async for message in messages]


class TestListen:
    async def test_events_have_names_and_ids(self) -> None:
        said = STREAM + b"data: a\n\nevent: x\nid: 7\ndata: b\ndata: \xc3\xa4\n\n"
        async with scripted(lambda head, number: said) as server, server.attempt("/s%20t?q=1") as attempt:
            messages = await heard(attempt)
            assert [(message.topic, message.payload, message.properties) for message in messages] == [
                ("s t", b"a", {"event": "message"}),
                ("s t", "b\nä".encode(), {"event": "x", "id": "7"}),
            ]
            assert messages[0].sender == f"127.0.0.1:{server.port}"
        (head,) = server.asked
        assert head.startswith("GET /s%20t?q=1 HTTP/1.1\r\n")
        assert "\r\naccept: text/event-stream\r\n" in head.lower()
        assert "last-event-id" not in head.lower()

    async def test_the_usual_path(self) -> None:
        async with scripted(lambda head, number: STREAM) as server:
            async with server.attempt() as attempt:
                await heard(attempt)
            async with server.attempt("/") as attempt:
                await heard(attempt)
        assert [head.split()[1] for head in server.asked] == ["/events", "/"]

    async def test_only_some_names(self) -> None:
        said = STREAM + b"data: a\n\nevent: x\ndata: b\n\nevent: y\ndata: c\n\n"
        async with scripted(lambda head, number: said) as server, server.attempt(events="x") as attempt:
            assert [message.payload for message in await heard(attempt)] == [b"b"]

    async def test_what_is_said_with_it(self) -> None:
        async with (
            scripted(lambda head, number: STREAM) as server,
            server.attempt(last_event_id="ä", headers="Accept: x/y", token="abc") as attempt,
        ):
            await heard(attempt)
        (head,) = server.asked
        assert "\r\nlast-event-id: ä\r\n".encode().decode("latin-1") in head
        assert "\r\naccept: x/y\r\n" in head
        assert "text/event-stream" not in head
        assert "\r\nauthorization: Bearer abc\r\n" in head

    @pytest.mark.parametrize("bad", ["x", "X: a\r\nEvil: b", "X Y: a"])
    async def test_fields_that_are_none(self, bad: str) -> None:
        async with scripted(lambda head, number: STREAM) as server:
            attempt = server.attempt()
            client = type(attempt.client)(attempt.dial, attempt.endpoint, attempt.client.Options(headers=[bad]))
            with pytest.raises(LocalProtocolError):
                await anext(client.listen(""))
            options = attempt.client.Options(last_event_id="a\r\nb: c")
            with pytest.raises(LocalProtocolError):
                await anext(type(attempt.client)(attempt.dial, attempt.endpoint, options).listen(""))
            await attempt.dial.close()
        assert not server.asked

    @pytest.mark.parametrize(
        ("said", "error", "words"),
        [
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", PeerRefused, "404 Not Found"),
            (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", Unauthenticated, "401"),
            (
                b"HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnope",
                PeerRefused,
                "403 No: nope",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\ndata: x\n\n", RemoteProtocolError, "text/html"),
            (b"HTTP/1.1 200 OK\r\n\r\ndata: x\n\n", RemoteProtocolError, "no type"),
            (STREAM[:-2] + b"Content-Encoding: gzip\r\n\r\n", RemoteProtocolError, "gzip"),
            (STREAM + b"data: " + b"x" * 2000, RemoteProtocolError, "more than 1000"),
            (b"220 ESMTP\r\n", RemoteProtocolError, "HTTP"),
            (b"", ConnectionLost, "closed"),
            (STREAM[:-2] + b"Content-Length: 100\r\n\r\ndata: a\n", ConnectionLost, "missing"),
        ],
    )
    async def test_what_is_no_stream(self, said: bytes, error: type, words: str) -> None:
        async with (
            scripted(lambda head, number: said) as server,
            server.attempt("/x", max_event="1000", reconnect="0") as attempt,
        ):
            await heard(attempt)
        assert attempt.error is not None
        assert type(attempt.error) is error
        assert words in attempt.error.message
        assert len(server.asked) == 1

    async def test_nothing_more_to_hear(self) -> None:
        said = b"HTTP/1.1 204 No Content\r\n\r\n"
        async with scripted(lambda head, number: said) as server, server.attempt(reconnect="9") as attempt:
            assert await heard(attempt) == []
        assert attempt.error is None
        assert len(server.asked) == 1


class TestReconnecting:
    def test_it_comes_back_after_the_last_id(self) -> None:
        def answer(head: str, number: int) -> bytes:
            if number == 3:
                return b"HTTP/1.1 204 No Content\r\n\r\n"
            retry = b"retry: 5000\n" if number == 1 else b""
            return STREAM + retry + b"id: %d\ndata: a\n\nid: %d\n\n" % (number, number * 10)

        async def main() -> None:
            async with scripted(answer) as server, server.attempt(reconnect="1") as attempt:
                assert [message.properties["id"] for message in await heard(attempt)] == ["1", "2"]
                assert asyncio.get_running_loop().time() == pytest.approx(10.0)
            assert attempt.error is None
            assert ["last-event-id: 10" in server.asked[1], "last-event-id: 20" in server.asked[2]] == [True, True]

        run(main())

    @pytest.mark.parametrize(("option", "seconds"), [("", 3.0), ("0", 0.0), ("7.5", 7.5)])
    def test_so_often_in_a_row(self, option: str, seconds: float) -> None:
        async def main() -> None:
            options = {"retry": option} if option else {}
            async with (
                scripted(lambda head, number: STREAM) as server,
                server.attempt(reconnect="4", **options) as attempt,
            ):
                assert await heard(attempt) == []
                assert asyncio.get_running_loop().time() == pytest.approx(4 * seconds)
            assert attempt.error is None
            assert len(server.asked) == 5

        run(main())

    def test_one_that_breaks_off_is_an_error_at_last(self) -> None:
        said = STREAM[:-2] + b"Content-Length: 100\r\n\r\ndata: a\n\n"

        async def main() -> None:
            async with (
                scripted(lambda head, number: said if number == 1 else said[:20]) as server,
                server.attempt(reconnect="2") as attempt,
            ):
                await heard(attempt)
            assert isinstance(attempt.error, ConnectionLost)
            assert len(server.asked) == 3

        run(main())

    def test_one_that_never_stood_is_an_error_at_once(self) -> None:
        async def main() -> None:
            async with scripted(lambda head, number: b"") as server, server.attempt(reconnect="5") as attempt:
                await heard(attempt)
            assert isinstance(attempt.error, ConnectionLost)
            assert len(server.asked) == 1

        run(main())

    def test_nobody_waits_for_ever(self) -> None:
        async def main() -> None:
            said = STREAM + b"retry: " + b"9" * 15 + b"\n"
            async with scripted(lambda head, number: said) as server, server.attempt(reconnect="1") as attempt:
                await heard(attempt)
                assert asyncio.get_running_loop().time() == pytest.approx(3600.0)
            assert len(server.asked) == 2

        run(main())

    def test_leaving_while_it_waits(self) -> None:
        async def main() -> None:
            async with scripted(lambda head, number: STREAM) as server, server.attempt(reconnect="5") as attempt:
                listening = asyncio.ensure_future(heard(attempt))
                await asyncio.sleep(1.0)
                listening.cancel()
                await asyncio.wait({listening})
                assert listening.cancelled()
            assert len(server.asked) == 1

        run(main())


class TestRedirects:
    async def test_they_are_followed(self) -> None:
        def answer(head: str, number: int) -> bytes:
            target = head.split()[1]
            if target == "/a":
                return b"HTTP/1.1 307 x\r\nLocation: b?c=%C3%A4\r\nContent-Length: 0\r\n\r\n"
            return STREAM + b"data: " + target.encode() + b"\n\n"

        async with scripted(answer) as server, server.attempt("/a", token="x") as attempt:
            assert [message.payload for message in await heard(attempt)] == [b"/b?c=%C3%A4"]
        assert all("authorization: Bearer x" in head for head in server.asked)

    async def test_credentials_stay_at_home(self) -> None:
        def answer(head: str, number: int) -> bytes:
            if number == 1:
                return f"HTTP/1.1 302 x\r\nLocation: http://localhost:{server.port}/b\r\n\r\n".encode()
            return STREAM

        async with scripted(answer) as server:
            attempt = server.attempt("/a", headers="Cookie: a=b", resolve="127.0.0.1")
            client = type(attempt.client)(
                attempt.dial, attempt.endpoint.replace(user="ann"), attempt.client.Options(headers=["Cookie: a=b"])
            )
            assert [message async for message in client.listen("")] == []
            await client.close()
        assert "authorization: Basic" in server.asked[0]
        assert "cookie" in server.asked[0]
        assert "authorization" not in server.asked[1]
        assert "cookie" not in server.asked[1]

    @pytest.mark.parametrize("where", ["/a", "ftp://h/", "http://[", "//h:99999/", "javascript:alert(1)", "sse://h/"])
    async def test_where_they_lead_nowhere(self, where: str) -> None:
        said = f"HTTP/1.1 302 x\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
        async with (
            scripted(lambda head, number: said) as server,
            server.attempt("/a", max_redirects="3") as attempt,
        ):
            await heard(attempt)
        assert isinstance(attempt.error, PeerRefused | RemoteProtocolError)
        assert len(server.asked) == (4 if where == "/a" else 1)

    async def test_none_are(self) -> None:
        said = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
        async with scripted(lambda head, number: said) as server, server.attempt("/a", max_redirects="0") as attempt:
            await heard(attempt)
        assert isinstance(attempt.error, PeerRefused)
        assert attempt.error.code == 302
        assert "/b" in attempt.error.hint


class TestSend:
    async def test_a_topic_is_a_path_below(self) -> None:
        bus = Bus()
        async with serving(bus, at=AT) as stage, bus.subscribe("#") as messages:
            for path, topic, options in (
                ("", "", {}),
                ("", "a/b c", {}),
                ("/events/x", "", {"event": "alarm"}),
                ("/events/x/", "y", {"version": "2-prior"}),
            ):
                async with stage.attempt(path, **options) as attempt:
                    reply = await attempt.client.send(Message(topic, b"\xff", retain=topic == "y"))
                    assert reply.meta == {"status": 204}
                assert attempt.error is None
            said = [await anext(messages) for _ in range(4)]
        assert [(message.topic, message.retain, message.properties) for message in said] == [
            ("", False, {}),
            ("a/b c", False, {}),
            ("x", False, {"event": "alarm"}),
            ("x/y", True, {}),
        ]

    async def test_a_server_that_takes_nothing(self) -> None:
        said = b"HTTP/1.1 405 x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno"
        async with scripted(lambda head, number: said) as server, server.attempt() as attempt:
            await attempt.client.send(Message(payload=b"x"))
        assert attempt.outcome()["status"] is Status.REFUSED_BY_PEER

    async def test_with_accounts(self) -> None:
        async with serving(Bus(), at=AT, accounts=("ann:secret",)) as stage:
            async with stage.attempt() as attempt:
                await attempt.client.send(Message(payload=b"x"))
            assert isinstance(attempt.error, Unauthenticated)
            stage.url = stage.url.replace("sse://", "sse://ann:secret@")
            async with stage.attempt() as attempt:
                await attempt.client.send(Message(payload=b"x"))
            assert attempt.error is None


async def test_ours_and_ours() -> None:
    bus = Bus()
    async with serving(bus, at=AT) as stage:
        endpoint = Endpoint.parse(stage.url)
        async with stage.attempt("/events/a/%23?event=topic", version="2-prior") as attempt:
            listening = attempt.client.listen("")
            first = asyncio.ensure_future(anext(listening))
            await until(lambda: bus.subscribers)
            bus.publish(Message("a/b", b"x"))
            message = await first
            assert (message.topic, message.payload, message.properties["event"]) == ("events/a/#", b"x", "a/b")
            await listening.aclose()
        assert attempt.error is None
        assert endpoint.scheme == "sse"
