from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.app import CONTENT, App, kind_of
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


async def asgi(scope: Any, receive: Any, send: Any) -> None: ...
def returns_a_coroutine(scope: Any, receive: Any, send: Any) -> Any: ...
def wsgi(environ: Any, start_response: Any) -> Any: ...
def with_more(more: Any, environ: Any, start_response: Any) -> Any: ...
def one(scope: Any) -> Any: ...
def nothing() -> Any: ...
async def middleware(app: Any, scope: Any, receive: Any, send: Any) -> None: ...


class Asgi:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...
    async def method(self, scope: Any, receive: Any, send: Any) -> None: ...


class Wsgi:
    def __call__(self, environ: Any, start_response: Any) -> Any: ...
    def method(self, environ: Any, start_response: Any) -> Any: ...


class WsgiClass:
    def __init__(self, environ: Any, start_response: Any) -> None: ...


class TestKind:
    @pytest.mark.parametrize(
        "application",
        [
            asgi,
            returns_a_coroutine,
            Asgi(),
            Asgi().method,
            functools.partial(asgi),
            functools.partial(middleware, asgi),
        ],
    )
    def test_asgi(self, application: Any) -> None:
        assert kind_of(application) == "asgi"
        assert App(application).asgi is application

    @pytest.mark.parametrize("application", [wsgi, Wsgi(), Wsgi().method, WsgiClass, functools.partial(with_more, 1)])
    def test_wsgi(self, application: Any) -> None:
        assert kind_of(application) == "wsgi"
        assert kind_of(App(application).asgi) == "asgi"

    @pytest.mark.parametrize(
        ("application", "said"), [(3, "called"), (one, "ASGI 2"), (nothing, "neither"), (Asgi, "neither")]
    )
    def test_neither(self, application: Any, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            App(application)

    def test_it_may_be_told(self) -> None:
        def anything(*arguments: Any) -> Any: ...

        assert App(anything, "asgi").kind == "asgi"

    def test_frameworks(self) -> None:
        flask = pytest.importorskip("flask")
        fastapi = pytest.importorskip("fastapi")
        starlette = pytest.importorskip("starlette.applications")
        assert kind_of(flask.Flask("x")) == "wsgi"
        assert kind_of(fastapi.FastAPI()) == "asgi"
        assert kind_of(starlette.Starlette()) == "asgi"
        assert kind_of(flask.Flask("x").wsgi_app) == "wsgi"


class TestArgument:
    @pytest.fixture(autouse=True)
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "nl_shop.py").write_text(
            "def application(environ, start_response): pass\n"
            "def create_app():\n    return application\n"
            "async def other(scope, receive, send): pass\n"
        )
        (tmp_path / "nl_bare.py").write_text("x = 1\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", list(sys.path))

    @pytest.mark.parametrize(
        ("argument", "described"),
        [
            ("nl_shop", "wsgi nl_shop"),
            ("nl_shop:application", "wsgi nl_shop:application"),
            ("nl_shop:create_app()", "wsgi nl_shop:create_app()"),
            ("nl_shop:other", "asgi nl_shop:other"),
        ],
    )
    def test_loaded(self, argument: str, described: str) -> None:
        assert CONTENT.from_argument(argument).describe() == described

    @pytest.mark.parametrize(
        ("argument", "said"),
        [
            ("", "module:name"),
            ("nl_bare", "none of application, app"),
            ("nl_bare:x", "can't be called"),
            ("nl_bare:x()", "can't be called"),
            ("nl_nowhere:app", "no module nl_nowhere"),
        ],
    )
    def test_mistakes(self, argument: str, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            CONTENT.from_argument(argument)

    def test_a_factory_without_its_brackets(self) -> None:
        with pytest.raises(UsageError) as caught:
            CONTENT.from_argument("nl_shop:create_app")
        assert "app:nl_shop:create_app()" in caught.value.hint
