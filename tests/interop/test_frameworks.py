"""Frameworks behind our server: Flask, Django, FastAPI and Starlette, with sessions, streams and WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
import requests
import websockets
from tornado.websocket import websocket_connect

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.interop

FLASK = """
    from flask import Flask, Response, request, session

    app = Flask(__name__)
    app.secret_key = "not so secret"

    @app.post("/login")
    def login():
        session["user"] = request.form["user"]
        return "welcome"

    @app.get("/me")
    def me():
        return {"user": session.get("user"), "host": request.host, "args": request.args.get("q")}

    @app.post("/upload")
    def upload():
        return str(len(request.files["f"].read()))

    @app.get("/stream")
    def stream():
        return Response((f"{number}," for number in range(1000)), mimetype="text/plain")

    @app.get("/broken")
    def broken():
        return Response((1 // (5 - number) and b"x" for number in range(10)), mimetype="text/plain")
"""

DJANGO = """
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application
    from django.http import JsonResponse, StreamingHttpResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    if not settings.configured:  # once a process
        settings.configure(
            ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="not so secret", ROOT_URLCONF=__name__,
            MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies", USE_TZ=True,
        )

    @csrf_exempt
    def login(request):
        request.session["user"] = request.POST["user"]
        return JsonResponse({})

    def me(request):
        user = request.session.get("user")
        return JsonResponse({"user": user, "host": request.get_host(), "args": request.GET.get("q")})

    @csrf_exempt
    def upload(request):
        return JsonResponse(len(request.FILES["f"].read()), safe=False)

    async def numbers():
        for number in range(1000):
            yield f"{number},"

    def stream(request):
        return StreamingHttpResponse(numbers() if hasattr(request, "scope") else (f"{n}," for n in range(1000)))

    urlpatterns = [path("login", login), path("me", me), path("upload", upload), path("stream", stream)]
    django.setup()
    wsgi = get_wsgi_application()
    asgi = get_asgi_application()
"""

STARLETTE = """
    import contextlib
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.middleware.sessions import SessionMiddleware
    from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute

    events = []

    @contextlib.asynccontextmanager
    async def lifespan(app):
        events.append("start")
        yield {"shared": "yes"}
        events.append("stop")

    class Timing(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            answer = await call_next(request)
            answer.headers["x-timing"] = str(await request.is_disconnected())
            return answer

    async def login(request):
        async with request.form() as form:
            request.session["user"] = form["user"]
        return PlainTextResponse("welcome", background=BackgroundTask(events.append, "background"))

    async def me(request):
        found = {"user": request.session.get("user"), "host": request.url.netloc, "args": request.query_params.get("q")}
        return JSONResponse({**found, "state": request.state.shared})

    async def upload(request):
        async with request.form() as form:
            return JSONResponse(len(await form["f"].read()))

    async def stream(request):
        async def numbers():
            for number in range(1000):
                yield f"{number},"
        return StreamingResponse(numbers())

    async def echo(websocket):
        await websocket.accept(subprotocol=(websocket.scope["subprotocols"] or [None])[0])
        async for text in websocket.iter_text():
            await websocket.send_text(text + "!")

    async def refuse(websocket):
        await websocket.send_denial_response(PlainTextResponse("not you", status_code=418))

    app = Starlette(
        routes=[
            Route("/login", login, methods=["POST"]), Route("/me", me), Route("/upload", upload, methods=["POST"]),
            Route("/stream", stream), WebSocketRoute("/echo", echo), WebSocketRoute("/refuse", refuse),
        ],
        middleware=[Middleware(SessionMiddleware, secret_key="not so secret"), Middleware(Timing)],
        lifespan=lifespan,
    )
"""

FASTAPI = """
    import contextlib
    from typing import Annotated
    from fastapi import Depends, FastAPI, File, Form, Request, WebSocket
    from fastapi.responses import StreamingResponse
    from pydantic import BaseModel
    from starlette.middleware.sessions import SessionMiddleware

    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="not so secret")

    class Item(BaseModel):
        name: str
        price: float

    @app.post("/login")
    def login(request: Request, user: Annotated[str, Form()]):
        request.session["user"] = user

    def current(request: Request):
        return request.session.get("user")

    @app.get("/me")
    async def me(request: Request, user: Annotated[str | None, Depends(current)], q: str = ""):
        return {"user": user, "host": request.url.netloc, "args": q}

    @app.post("/upload")
    async def upload(f: Annotated[bytes, File()]):
        return len(f)

    @app.post("/items")
    async def items(item: Item):
        return item

    @app.get("/stream")
    def stream():
        return StreamingResponse(f"{number}," for number in range(1000))

    @app.websocket("/echo")
    async def echo(websocket: WebSocket):
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text + "!")
"""

SOURCES = {"flask": FLASK, "django": DJANGO, "starlette": STARLETTE, "fastapi": FASTAPI}
NUMBERS = "".join(f"{number}," for number in range(1000))


@pytest.fixture
def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], contextlib.AbstractAsyncContextManager[str]]:
    """`async with served("flask:app") as url`: the application of that name behind our server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    @contextlib.asynccontextmanager
    async def serving(reference: str) -> AsyncIterator[str]:
        name, _, variable = reference.partition(":")
        module = f"netloom_test_{name}"
        monkeypatch.delitem(sys.modules, module, raising=False)  # each test has its own
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(SOURCES[name]))
        content = registry.content(f"app:{module}:{variable}")
        async with Serving([Endpoint.parse("http://127.0.0.1:0")], [content]) as server:
            yield str(server.endpoint)

    return serving


def talk(url: str) -> None:
    """A visit that every framework answers alike: a session, an upload, a stream."""
    with requests.Session() as session:
        assert session.get(f"{url}/me", timeout=30).json()["user"] is None
        assert session.post(f"{url}/login", data={"user": "änn"}, timeout=30).status_code == 200
        for _ in range(2):
            found = session.get(f"{url}/me", params={"q": "a b/ü"}, timeout=30).json()
            assert (found["user"], found["host"], found["args"]) == ("änn", url.partition("//")[2], "a b/ü")
        data = bytes(2_000_000)
        assert session.post(f"{url}/upload", files={"f": ("x.bin", data)}, timeout=30).json() == len(data)
        assert session.get(f"{url}/stream", timeout=30).text == NUMBERS
        assert session.get(f"{url}/none", timeout=30).status_code == 404
        assert requests.get(f"{url}/me", timeout=30).json()["user"] is None


@pytest.mark.parametrize("reference", ["flask:app", "django:wsgi", "django:asgi", "starlette:app", "fastapi:app"])
async def test_sessions_uploads_and_streams(
    served: Callable[[str], contextlib.AbstractAsyncContextManager[str]], reference: str
) -> None:
    async with served(reference) as url:
        await asyncio.to_thread(talk, url)


async def test_an_answer_that_breaks_is_not_taken_for_whole(
    served: Callable[[str], contextlib.AbstractAsyncContextManager[str]], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(url: str) -> None:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(f"{url}/broken", timeout=30)

    async with served("flask:app") as url:
        await asyncio.to_thread(broken, url)
    assert "ZeroDivisionError" in caplog.text


async def test_starlettes_lifespan_state_and_middleware(
    served: Callable[[str], contextlib.AbstractAsyncContextManager[str]],
) -> None:
    async with served("starlette:app") as url:
        events: list[str] = sys.modules["netloom_test_starlette"].events
        answer = await asyncio.to_thread(requests.get, f"{url}/me", timeout=30)
        assert answer.json()["state"] == "yes"
        assert answer.headers["x-timing"] == "False"
        await asyncio.to_thread(requests.post, f"{url}/login", {"user": "x"}, timeout=30)
    assert events == ["start", "background", "stop"]


async def test_fastapi_validates(served: Callable[[str], contextlib.AbstractAsyncContextManager[str]]) -> None:
    async with served("fastapi:app") as url:
        answer = await asyncio.to_thread(requests.post, f"{url}/items", json={"name": "x", "price": 1.5}, timeout=30)
        assert answer.json() == {"name": "x", "price": 1.5}
        answer = await asyncio.to_thread(requests.post, f"{url}/items", json={"name": "x"}, timeout=30)
        assert answer.status_code == 422
        answer = await asyncio.to_thread(requests.get, f"{url}/openapi.json", timeout=30)
        assert "/items" in json.loads(answer.text)["paths"]


@pytest.mark.parametrize("reference", ["starlette:app", "fastapi:app"])
async def test_websockets(served: Callable[[str], contextlib.AbstractAsyncContextManager[str]], reference: str) -> None:
    async with served(reference) as url:
        async with websockets.connect(f"{url.replace('http', 'ws')}/echo") as socket:
            for text in ("a", "ä" * 100_000):
                await socket.send(text)
                assert await socket.recv() == text + "!"
        tornado = await websocket_connect(f"{url.replace('http', 'ws')}/echo")
        await tornado.write_message("b")
        assert await tornado.read_message() == "b!"
        tornado.close()


async def test_starlette_refuses_a_websocket(
    served: Callable[[str], contextlib.AbstractAsyncContextManager[str]],
) -> None:
    async with served("starlette:app") as url:
        with pytest.raises(websockets.InvalidStatus) as caught:
            await websockets.connect(f"{url.replace('http', 'ws')}/refuse")
        assert (caught.value.response.status_code, caught.value.response.body) == (418, b"not you")
