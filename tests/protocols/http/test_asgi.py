"""Applications: scopes, events in their order, and what a server says when they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from netloom.accounts import Account, Accounts
from netloom.contents.app import App
from netloom.endpoint import Secret
from netloom.errors import LocalProtocolError, NetloomError
from netloom.protocols.http import asgi
from tests.protocols.http.said import ask
from tests.protocols.http.stage import collected, pieces, serving

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def app(function: Callable[[Any, Receive, Send], Awaitable[None]]) -> App:
    """An application that knows http only."""

    async def application(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        await function(scope, receive, send)

    return App(application, "asgi")


def answering(body: bytes = b"ok", *headers: tuple[bytes, bytes], status: int = 200) -> App:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app(application)


async def test_a_scope() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async with serving(app(application), path="/shop") as (stage, url):
        said = await ask(stage, url, "GET /shop/a%20b%C3%A4?x=%20", None, x_two="1")
        assert said.status == 204
    (scope,) = seen
    assert scope["type"] == "http"
    assert (scope["method"], scope["http_version"], scope["scheme"]) == ("GET", "1.1", "http")
    assert (scope["path"], scope["raw_path"]) == ("/shop/a bä", b"/shop/a%20b%C3%A4")
    assert (scope["root_path"], scope["query_string"]) == ("/shop", b"x=%20")
    assert scope["headers"] == [(b"host", b"a.test"), (b"connection", b"close"), (b"x-two", b"1")]
    assert scope["server"] == ("a.test", 80)
    assert scope["client"][0] == "127.0.0.1"
    assert "state" not in scope


async def test_an_answer() -> None:
    async with serving(answering(b"hello", (b"X-A", b"1"), (b"x-a", "ü".encode()), status=201)) as (stage, url):
        said = await ask(stage, url, "GET /?token=canary")
        assert (said.status, said.body, said["content-length"]) == (201, b"hello", "5")
        assert said.all("x-a") == ["1", "ü".encode().decode("latin-1")]
        (record,) = stage.seen
        assert (record.verb, record.target, record.status, record.size) == ("GET", "/", "201", 5)


async def test_a_stream() -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with serving(app(application)) as (stage, url):
        said = await ask(stage, url, "GET /")
        assert (said["transfer-encoding"], said.body) == ("chunked", b"012")


async def test_trailers() -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        assert "http.response.trailers" in scope["extensions"]
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"x"})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})

    async with serving(app(application)) as (stage, url):
        stream = await stage.raw(url)
        await stream.write(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        assert (await collected(stream.chunks())).endswith(b"1\r\nx\r\n0\r\nx-sum: 1\r\n\r\n")


async def test_a_body_arrives_in_events() -> None:
    events: list[Any] = []

    async def application(scope: Any, receive: Receive, send: Send) -> None:
        while True:
            events.append(event := await receive())
            if not event["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})
        events.append(await receive())

    async with serving(app(application)) as (stage, url):
        await stage.client(f"{url}/x").put("/x", pieces(*[bytes(300_000)] * 5))
        assert sum(len(event["body"]) for event in events[:-1]) == 1_500_000
        assert events[-1] == {"type": "http.disconnect"}
        events.clear()
        await ask(stage, url, "GET /")
        assert events == [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]


async def test_a_client_that_goes() -> None:
    gone = asyncio.Event()

    async def application(scope: Any, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"
        gone.set()

    async with serving(app(application)) as (stage, url):
        stream = await stage.raw(url)
        await stream.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        await asyncio.sleep(0)
        stream.abort()
        await gone.wait()


async def test_one_that_fails_before_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        raise RuntimeError("canary")

    async with serving(app(application)) as (stage, url):
        said = await ask(stage, url, "GET /")
        assert (said.status, said.body) == (500, b"Internal Server Error\n")
        assert "RuntimeError: canary" in caplog.text


async def test_one_that_fails_in_the_middle_is_not_taken_for_whole() -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("oops")

    async with serving(app(application)) as (stage, url):
        reply = await stage.client(url).get("/")
        with pytest.raises(NetloomError):
            await collected(reply.chunks())


@pytest.mark.parametrize(
    "events",
    [
        [],
        [{"type": "http.response.start", "status": 200, "headers": []}],
        [{"type": "http.response.body", "body": b"x"}],
        [{"type": "http.response.start", "status": 200, "headers": []}] * 2,
        [{"type": "http.response.start", "status": 200, "headers": [("a", "b")]}],
        [
            {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b\r\nc: d")]},
            {"type": "http.response.body"},
        ],
        [{"type": "websocket.accept"}],
    ],
)
async def test_events_out_of_their_order(events: list[Any]) -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        for event in events:
            await send(event)

    async with serving(app(application)) as (stage, url):
        said = await ask(stage, url, "GET /")
        assert said.status == 500
        assert said.get("c") is None


async def test_rights() -> None:
    known = Accounts([Account(name="ann", password=Secret("secret"))], anonymous=frozenset())
    async with serving(answering(), known) as (stage, url):
        assert (await ask(stage, url, "GET /")).status == 401
        assert (await stage.client(url.replace("//", "//ann:secret@")).get("/")).meta["status"] == 200
        assert [record.user for record in stage.seen] == ["", "ann"]


async def test_credentials_may_be_the_applications_business() -> None:
    async with serving(answering(), ["ann:secret"]) as (stage, url):
        assert (await ask(stage, url, "GET /", None, authorization="Bearer the-apps-own")).status == 200


def test_addresses() -> None:
    assert asgi.address_of("127.0.0.1:80") == ("127.0.0.1", 80)
    assert asgi.address_of("[::1]:80") == ("::1", 80)
    assert asgi.address_of("") is None
    assert asgi.server_of("a.test:8080", "http") == ("a.test", 8080)
    assert asgi.server_of("a.test", "https") == ("a.test", 443)
    assert asgi.server_of("[::1]", "http") == ("::1", 80)
    assert asgi.server_of("", "http") == ("localhost", 80)


def test_fields_of_an_application() -> None:
    assert asgi.texts([(b"a", "ü".encode())]) == (("a", "ü"),)
    assert asgi.texts([(b"a", b"\xfc")]) == (("a", "ü"),)
    for wrong in ([("a", "b")], [(b"a",)], 5, [5]):
        with pytest.raises(LocalProtocolError):
            asgi.texts(wrong)
