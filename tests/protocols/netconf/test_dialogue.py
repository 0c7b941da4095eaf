"""NETCONF's client and servers that break the rules."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.contents.shell import Shell
from netloom.errors import ConnectionLost, PeerRefused, RemoteProtocolError, Unsupported
from netloom.protocols.netconf import client as client_module
from netloom.protocols.netconf import server as module
from netloom.wire.netconf import framing, messages
from netloom.wire.netconf.messages import BASE_10, BASE_11, Hello, Notification, Reply, RpcError
from netloom.wire.netconf.xml import Node
from tests.protocols.netconf.conftest import URL
from tests.protocols.places import places

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO = framing.emit(messages.emit_hello(Hello((BASE_10, BASE_11), 4)), chunked=False)


async def meet(monkeypatch: pytest.MonkeyPatch, said: list[bytes], act: Callable[[Any], Any], options: str = "") -> Any:
    """A client at a server that says one thing after another, the first at once, the others when it is asked."""

    async def serve(link: Any, content: Any, context: Any) -> None:
        for one in said:
            await link.stream.write(one)
            if not await link.stream.read():
                return
        await link.stream.write_eof()

    monkeypatch.setattr(module, "serve", serve)
    registry._loaded.pop(("", "netconf", "serve"), None)
    try:
        async with places(URL, contents=[Shell("edge")]) as place:
            return await act(place.client("netconf", options=options))
    finally:
        registry._loaded.pop(("", "netconf", "serve"), None)


async def begin(client: Any) -> Any:
    return await client.dialogue()


async def ask(client: Any) -> Any:
    return await client.run("get")


def chunk(message: bytes) -> bytes:
    return framing.emit(message, chunked=True)


class TestHellos:
    @pytest.mark.parametrize(
        "hello",
        [
            b"<x/>]]>]]>", b"\xff]]>]]>", framing.emit(messages.emit_hello(Hello((BASE_10,))), chunked=False),
            framing.emit(messages.emit_hello(Hello(("urn:x",), 4)), chunked=False), b"x" * 1_100_000,
            b'<!DOCTYPE a [<!ENTITY b "c">]><hello/>]]>]]>',
        ],
    )  # fmt: skip
    async def test_what_is_none(self, monkeypatch: pytest.MonkeyPatch, hello: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            await meet(monkeypatch, [hello], begin, "reply_limit=1000000")

    async def test_silence_and_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConnectionLost):
            await meet(monkeypatch, [b"<hello"], begin)

    async def test_another_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        old = framing.emit(messages.emit_hello(Hello((BASE_10,), 4)), chunked=False)
        with pytest.raises(Unsupported, match=r"doesn't speak version 1\.1"):
            await meet(monkeypatch, [old], begin, "version=1.1")


class TestReplies:
    @pytest.mark.parametrize(
        "reply",
        [
            b"\n#0\n", b"<rpc-reply/>]]>]]>", chunk(b"<a>"), chunk(b"<other/>"),
            chunk(messages.emit_reply(Reply({"message-id": "77"}, is_ok=True))),
            chunk(messages.emit_rpc(messages.Rpc(Node("get", messages.BASE), {"message-id": "1"}))),
            b"\n#4294967295\n",
        ],
    )  # fmt: skip
    async def test_what_was_not_asked_for(self, monkeypatch: pytest.MonkeyPatch, reply: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            await meet(monkeypatch, [HELLO, reply], ask)

    async def test_errors_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        errors = (RpcError(tag="in-use", message="no"), RpcError(tag="too-big", severity="warning", message="hm"))
        reply = chunk(messages.emit_reply(Reply({"message-id": "1"}, errors=errors)))
        with pytest.raises(PeerRefused) as caught:
            await meet(monkeypatch, [HELLO, reply], ask)
        assert (caught.value.code, caught.value.message) == ("in-use", "in-use: no")

    async def test_warnings_are_no_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        warning = RpcError(tag="operation-failed", severity="warning", message="hm")
        said = messages.emit_reply(Reply({"message-id": "1"}, errors=(warning,), is_ok=True))
        found = await meet(monkeypatch, [HELLO, chunk(said)], ask)
        assert found.meta == {"warnings": ["operation-failed: hm"]}

    async def test_notifications_in_between(self, monkeypatch: pytest.MonkeyPatch) -> None:
        told = chunk(messages.emit_notification(Notification("2026-01-01T00:00:00Z", Node("x", "urn:y"))))
        said = told * 3 + chunk(messages.emit_reply(Reply({"message-id": "1"}, is_ok=True)))
        await meet(monkeypatch, [HELLO, said], ask)

    async def test_an_answer_without_a_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As some servers answer what they couldn't read."""
        said = chunk(messages.emit_reply(Reply({}, errors=(RpcError(tag="malformed-message"),))))
        with pytest.raises(PeerRefused, match="malformed-message"):
            await meet(monkeypatch, [HELLO, said], ask)


async def test_a_server_that_answers_to_no_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "GOODBYE", 0.01)

    async def come_and_go(client: Any) -> None:
        await client.dialogue()
        async with asyncio.timeout(10):
            await client.close()

    await meet(monkeypatch, [HELLO, b"", b"", b""], come_and_go)
