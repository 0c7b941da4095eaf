"""An application's lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from netloom.contents.app import App
from netloom.errors import UsageError
from netloom.protocols.http.lifespan import running, state_of
from netloom.protocols.http.server import around
from tests.protocols.http.said import ask
from tests.protocols.http.stage import serving

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def lifespan(seen: list[str], startup: str = "complete", shutdown: str = "complete") -> App:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["state"]["mine"] = scope["state"].get("mine", 0) + 1
            body = f"{scope['state']}".encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        assert scope["type"] == "lifespan"
        assert (await receive())["type"] == "lifespan.startup"
        seen.append("start")
        scope["state"]["shared"] = "yes"
        await send({"type": f"lifespan.startup.{startup}", "message": "Traceback\nno database"})
        assert (await receive())["type"] == "lifespan.shutdown"
        seen.append("stop")
        await send({"type": f"lifespan.shutdown.{shutdown}", "message": "late"})

    return App(application, "asgi")


async def test_once_around_a_server() -> None:
    seen: list[str] = []
    async with serving(lifespan(seen)) as (stage, url):
        assert seen == ["start"]
        for _ in range(2):
            assert (await ask(stage, url, "GET /")).body == b"{'shared': 'yes', 'mine': 1}"
    assert seen == ["start", "stop"]


async def test_state_ends_with_it() -> None:
    content = lifespan([])
    async with running(content):
        assert state_of(content) == {"shared": "yes"}
    assert state_of(content) is None


async def test_one_that_cannot_start() -> None:
    with pytest.raises(UsageError, match="no database"):
        async with running(lifespan([], startup="failed")):
            raise AssertionError("never reached")


async def test_one_that_does_not_stop_well(caplog: pytest.LogCaptureFixture) -> None:
    async with running(lifespan([], shutdown="failed")):
        pass
    assert "late" in caplog.text


async def test_applications_without_one() -> None:
    async def raising(scope: Any, receive: Receive, send: Send) -> None:
        raise RuntimeError(scope["type"])

    async def returning(scope: Any, receive: Receive, send: Send) -> None:
        return

    for application in (raising, returning):
        content = App(application, "asgi")
        async with around(content):
            assert state_of(content) is None


async def test_one_that_breaks_down_later(caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise RuntimeError("later")

    async with running(App(application, "asgi")):
        await asyncio.sleep(0)
    assert "RuntimeError: later" in caplog.text


async def test_no_task_is_left() -> None:
    before = asyncio.all_tasks()
    async with running(lifespan([])):
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before


async def test_wsgi_threads_end() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    content = App(application, "wsgi")
    async with serving(content) as (stage, url):
        assert (await ask(stage, url, "GET /x")).body == b"/x"
    with pytest.raises(RuntimeError):
        content.asgi._pool.submit(print)  # type: ignore[attr-defined]  # it is a WsgiAdapter
