"""The HTTP side of controlling relays: what may ask, and how."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.app import App
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.relaying.control import BODY, QUESTIONS, Control
from netloom.relaying.relays import Relays
from tests.relaying.test_relays import maker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Headers = list[tuple[bytes, bytes]]


class Client:
    """Asks a control without a server between."""

    def __init__(self, relays: Relays) -> None:
        self.control = Control(relays)

    async def ask(self, method: str, path: str, body: Any = b"", headers: Headers | None = None) -> tuple[int, Any]:
        """The status, and what the body says."""
        said = body if isinstance(body, bytes) else json.dumps(body).encode()
        pieces: list[dict[str, Any]] = [
            {"type": "http.request", "body": said[:5], "more_body": True},
            {"type": "http.request", "body": said[5:]},
        ]
        told: list[Any] = []

        async def receive() -> Any:
            return pieces.pop(0)

        async def send(event: Any) -> None:
            told.append(event)

        scope = {"type": "http", "method": method, "path": path, "headers": headers or []}
        await self.control(scope, receive, send)
        start, end = told
        fields = dict(start["headers"])
        assert int(fields.get(b"content-length", 0)) == len(end["body"])
        if not end["body"]:
            return start["status"], None
        is_json = fields[b"content-type"] == b"application/json"
        return start["status"], json.loads(end["body"]) if is_json else end["body"].decode()


def with_client(work: Callable[[Client, Relays, MemoryNetwork], Awaitable[None]]) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Relays(maker(network)) as relays:
            await work(Client(relays), relays, network)

    run(main())


def test_it_is_an_application() -> None:
    async def main() -> None:
        async with Relays(maker(MemoryNetwork())) as relays:
            assert App(Control(relays), name="control").describe() == "asgi control"

    run(main())


@pytest.mark.parametrize(
    "headers",
    [[(b"User-Agent", b"Mozilla/5.0 (X11)")], [(b"origin", b"http://evil.example")], [(b"Origin", b"null")]],
)
def test_browsers_may_not_ask(headers: Headers) -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        for method, path in (("GET", "/version"), ("POST", "/reset"), ("GET", "/nowhere")):
            status, answer = await client.ask(method, path, headers=headers)
            assert (status, answer["status"]) == (403, 403)

    with_client(work)


def test_what_isnt_there() -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        for path in ("/", "/nothing", "/proxies/a/b", "/proxies/a/toxics/b/c"):
            status, answer = await client.ask("GET", path)
            assert (status, answer) == (404, {"error": "there is nothing here", "status": 404})
        for pattern in QUESTIONS:
            status, answer = await client.ask("PUT", "/" + "/".join(part or "x" for part in pattern))
            assert (status, answer["status"]) == (405, 405)

    with_client(work)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name": 1}', b"\xff", b"[" * 100_000])
def test_a_body_that_cannot_be_read(body: bytes) -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        status, answer = await client.ask("POST", "/proxies", body)
        assert status == 400
        assert answer["error"].startswith("bad request body: ")

    with_client(work)


def test_a_body_is_bounded() -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        assert (await client.ask("POST", "/proxies", bytes(BODY + 1)))[0] == 413

    with_client(work)


def test_it_lives_as_an_application_does() -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        told: list[Any] = []

        async def receive() -> Any:
            return events.pop(0)

        async def send(event: Any) -> None:
            told.append(event["type"])

        await client.control({"type": "lifespan"}, receive, send)
        assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        await client.control({"type": "websocket"}, receive, send)
        assert told[2:] == ["websocket.close"]

    with_client(work)
