"""Applications over WebSockets, met by a client of nobody's making but wsproto's frames."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.app import App
from netloom.errors import PeerRefused
from netloom.links.http.client import open_http
from netloom.links.http.websocket_handshake import Wish, connect
from tests.protocols.http.said import ask
from tests.protocols.http.stage import Stage, serving

if TYPE_CHECKING:
    from netloom.links.http.websocket import WebSocket

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def app(function: Callable[[Any, Receive, Send], Awaitable[None]]) -> App:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        await function(scope, receive, send)

    return App(application, "asgi")


async def echo(scope: Any, receive: Receive, send: Send) -> None:
    assert (await receive()) == {"type": "websocket.connect"}
    chosen = scope["subprotocols"][-1] if scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": chosen, "headers": [(b"x-a", b"1")]})
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})


async def opened(stage: Stage, url: str, version: str, **wish: Any) -> WebSocket:
    client = stage.client(url)
    connection = await open_http(client._session._dial, client.endpoint, version="2-prior" if version == "2" else "1.1")
    socket, _ = await connect(connection, Wish(target="/chat?x=1", authority="a.test", **wish))
    return socket


@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_an_echo(version: str) -> None:
    async with serving(app(echo)) as (stage, url):
        socket = await opened(stage, url, version, subprotocols=("a", "b"))
        assert socket.subprotocol == "b"
        for message in ("text ä", b"bytes", "", b"", "x" * 100_000):
            await socket.send(message)
            assert await socket.receive() == message
        await socket.close(1000, "bye")
        assert await socket.receive() is None
        assert socket.close_code == 1000
        await socket.stream.close()


async def test_a_scope() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await echo(scope, receive, send)

    async with serving(app(application)) as (stage, url):
        socket = await opened(stage, url, "1.1")
        await socket.close()
        assert await socket.receive() is None
        await socket.stream.close()
    (scope,) = seen
    assert (scope["type"], scope["scheme"], scope["path"], scope["query_string"]) == (
        "websocket",
        "ws",
        "/chat",
        b"x=1",
    )
    assert scope["subprotocols"] == []
    assert "method" not in scope
    assert scope["extensions"] == {"websocket.http.response": {}}


async def test_the_application_closes() -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": b"last"})
        await send({"type": "websocket.close", "code": 4001, "reason": "enough"})

    async with serving(app(application)) as (stage, url):
        socket = await opened(stage, url, "1.1")
        assert await socket.receive() == b"last"
        assert await socket.receive() is None
        assert (socket.close_code, socket.close_reason) == (4001, "enough")
        await socket.stream.close()


async def test_it_hears_how_the_client_went() -> None:
    seen: list[Any] = []
    ended = asyncio.Event()

    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        seen.append(await receive())
        ended.set()

    async with serving(app(application)) as (stage, url):
        socket = await opened(stage, url, "1.1")
        await socket.close(4002, "done")
        await ended.wait()
        assert await socket.receive() is None
        await socket.stream.close()
        ended.clear()
        (await opened(stage, url, "1.1")).stream.abort()
        await ended.wait()
    assert seen[0] == {"type": "websocket.disconnect", "code": 4002, "reason": "done"}
    assert (seen[1]["type"], seen[1]["code"]) == ("websocket.disconnect", 1006)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([{"type": "websocket.close"}], 403),
        ([], 403),
        (
            [
                {"type": "websocket.http.response.start", "status": 418, "headers": [(b"x-a", b"1")]},
                {"type": "websocket.http.response.body", "body": b"no"},
            ],
            418,
        ),
        ([{"type": "websocket.send", "text": "early"}], 500),
        ([{"type": "websocket.accept", "subprotocol": "never-offered"}], 500),
    ],
)
async def test_refusing(events: list[Any], status: int) -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        for event in events:
            await send(event)

    async with serving(app(application)) as (stage, url):
        with pytest.raises(PeerRefused) as caught:
            await opened(stage, url, "1.1")
        assert caught.value.code == status


async def test_one_that_fails_is_closed_with_1011() -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise RuntimeError("oops")

    async with serving(app(application)) as (stage, url):
        socket = await opened(stage, url, "1.1")
        assert await socket.receive() is None
        assert socket.close_code == 1011
        await socket.stream.close()


async def test_handshakes_that_are_none() -> None:
    async with serving(app(echo)) as (stage, url):
        upgrade = {"connection": "upgrade", "upgrade": "websocket"}
        stream = await stage.raw(url)
        head = "".join(f"{name}: {value}\r\n" for name, value in upgrade.items())
        await stream.write(f"GET / HTTP/1.1\r\nhost: a\r\n{head}sec-websocket-version: 12\r\n\r\n".encode())
        assert (await stream.read_line()).startswith(b"HTTP/1.1 426")
        stream.abort()
        said = await ask(stage, url, "GET /")
        assert said.status == 500  # an application that knows WebSockets only
