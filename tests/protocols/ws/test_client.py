from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from netloom.contents.handler import Handler
from netloom.errors import LocalProtocolError, PeerRefused, Status, Unauthenticated, UsageError
from netloom.records import Message
from tests.protocols.ws.stage import serving

VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])


async def body(reply: Any) -> bytes:
    return b"".join([chunk async for chunk in reply.chunks()])


class TestSend:
    @VERSIONS
    @pytest.mark.parametrize(
        ("type_", "payload", "kind"),
        [
            ("auto", "hällo".encode(), "text"),
            ("auto", b"\xff\0", "binary"),
            ("binary", b"abc", "binary"),
            ("text", b"abc", "text"),
            ("auto", b"", "text"),
            ("auto", b"x" * 300_000, "text"),
        ],
    )
    async def test_an_echo(self, version: str, type_: str, payload: bytes, kind: str) -> None:
        async with serving() as stage, stage.attempt("/", version=version, type=type_, reply="message") as attempt:
            reply = await attempt.client.send(Message(payload=payload))
            assert await body(reply) == payload
            assert reply.meta == {"type": kind}
        assert attempt.error is None

    async def test_without_a_reply(self) -> None:
        async with serving() as stage, stage.attempt("/") as attempt:
            assert await attempt.client.send(Message(payload=b"x")) is None

    async def test_text_that_is_none(self) -> None:
        async with serving() as stage:
            client = stage.client("/", type="text")
            with pytest.raises(UsageError, match="UTF-8"):
                await client.send(Message(payload=b"\xff"))

    async def test_a_topic_is_a_path(self) -> None:
        async with serving() as stage, stage.attempt("/x") as attempt:
            await attempt.client.send(Message(topic="news/ä b?#", payload=b"x"))
        assert [record.target for record in stage.records] == ["/news/%C3%A4%20b%3F%23"]

    async def test_a_server_that_closes_instead(self) -> None:
        async def handle(link: Any) -> None:
            await link.socket.close(4001, "not now")

        async with serving(Handler(handle)) as stage, stage.attempt("/", reply="message") as attempt:
            await attempt.client.send(Message(payload=b"x"))
        assert isinstance(attempt.error, PeerRefused)
        assert attempt.error.code == 4001
        assert "4001 not now" in attempt.error.message


class TestListen:
    @VERSIONS
    async def test_until_the_server_closes(self, version: str) -> None:
        async def handle(link: Any) -> None:
            await link.send("one")
            await link.send(b"\xff")

        async with serving(Handler(handle)) as stage, stage.attempt("/a%20b?token=x", version=version) as attempt:
            heard = [message async for message in attempt.client.listen("")]
        assert [(m.topic, m.payload, m.properties) for m in heard] == [
            ("a b", b"one", {"type": "text"}),
            ("a b", b"\xff", {"type": "binary"}),
        ]
        assert attempt.error is None

    async def test_one_that_closes_with_an_error(self) -> None:
        async def handle(link: Any) -> None:
            await link.socket.close(1011, "broken")

        async with serving(Handler(handle)) as stage, stage.attempt("/") as attempt:
            async for _ in attempt.client.listen(""):
                raise AssertionError
        assert isinstance(attempt.error, PeerRefused)
        assert (attempt.error.code, attempt.error.text) == (1011, "broken")

    async def test_one_that_goes_without_a_word(self) -> None:
        async def handle(link: Any) -> None:
            link.socket.stream.abort()

        async with serving(Handler(handle)) as stage, stage.attempt("/") as attempt:
            async for _ in attempt.client.listen(""):
                raise AssertionError
        assert attempt.outcome()["status"] is Status.CLOSED

    async def test_leaving(self) -> None:
        async def handle(link: Any) -> None:
            while True:
                await link.send("more")

        async with (
            serving(Handler(handle)) as stage,
            stage.attempt("/") as attempt,
            aclosing(attempt.client.listen("")) as messages,
        ):
            async for _ in messages:
                break
        assert attempt.error is None


class TestOpen:
    @VERSIONS
    async def test_bytes_both_ways(self, version: str) -> None:
        async with serving() as stage, stage.attempt("/", version=version) as attempt:
            channel = await attempt.client.open()
            for data in (b"one", b"\xff\xfe", b"x" * 100_000):
                await channel.write(data)
                assert await channel.read() == data
            await channel.write_eof()
            await channel.write_eof()
            assert await channel.read() == b""
        assert attempt.error is None


class TestHandshake:
    async def test_what_is_said(self) -> None:
        seen: list[Any] = []

        async def handle(link: Any) -> None:
            seen.append(link)

        async with (
            serving(Handler(handle), subprotocol="b") as stage,
            stage.attempt("/", subprotocol="a,subprotocol=b", compressed="no") as attempt,
        ):
            socket = await attempt.client.connect()
            assert socket.subprotocol == "b"
            assert not socket.compressed
            assert attempt.client.response.status == 101

    @VERSIONS
    async def test_accounts(self, version: str) -> None:
        async with serving(accounts=("ann:secret",)) as stage:
            for user, wanted in (("ann:secret@", Status.SUCCESS), ("ann:wrong@", Status.UNAUTHENTICATED)):
                stage.url = stage.url.replace("ws://", f"ws://{user}")
                async with stage.attempt("/", version=version) as attempt:
                    await attempt.client.connect()
                assert attempt.outcome()["status"] is wanted
                assert "secret" not in repr(attempt.outcome())
                stage.url = stage.url.replace(user, "")
        assert [(r.user, r.status) for r in stage.records] == [
            ("ann", "101" if version == "1.1" else "200"),
            ("", "401"),
        ]

    async def test_no_websocket_there(self) -> None:
        async with serving(at="ws://127.0.0.1:0/only/here") as stage, stage.attempt("/elsewhere") as attempt:
            await attempt.client.connect()
        assert type(attempt.error) is PeerRefused
        assert attempt.error.code == 404

    async def test_a_wrong_token(self) -> None:
        async with serving(accounts=("ann:secret",)) as stage, stage.attempt("/", token="abc") as attempt:
            await attempt.client.connect()
        assert isinstance(attempt.error, Unauthenticated)

    @pytest.mark.parametrize(
        "options",
        [{"headers": "no%20colon"}, {"headers": "a:%0d%0ab"}, {"subprotocol": "a%20b"}, {"origin": "a%0d%0ab:c"}],
    )
    async def test_what_may_not_be_said(self, options: dict[str, str]) -> None:
        async with serving() as stage, stage.attempt("/", **options) as attempt:
            await attempt.client.connect()
        assert isinstance(attempt.error, LocalProtocolError)
        assert stage.records == []
