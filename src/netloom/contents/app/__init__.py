"""App: a web application, ASGI 3 or WSGI (PEP 3333), for HTTP."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar, Literal, Self, cast

from netloom.contents._argument import load
from netloom.contents.app.wsgi import WsgiAdapter, WsgiLimits, wsgi_to_asgi
from netloom.errors import UsageError

__all__ = ["CONTENT", "App", "Asgi", "WsgiAdapter", "WsgiLimits", "kind_of", "wsgi_to_asgi"]

Event = MutableMapping[str, Any]
Asgi = Callable[[Event, Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Awaitable[None]]
_DEFAULTS = ("application", "app", "create_app", "make_app")


class App:
    """A web application. `application` is the object itself, `kind` what it is; `asgi` is ASGI 3 for either kind.

    Whoever serves `asgi` runs its lifespan protocol: at shutdown a WSGI application's threads are let go.
    """

    KIND: ClassVar[str] = "app"

    def __init__(
        self,
        application: Any,
        kind: Literal["asgi", "wsgi"] | None = None,
        *,
        name: str = "",
        wsgi_limits: WsgiLimits | None = None,
    ) -> None:
        """Raises UsageError where `kind` is not given and can't be told."""
        self.application = application
        self.kind = kind or kind_of(application)
        self.name = name or _name_of(application)
        self._wsgi_limits = wsgi_limits or WsgiLimits()

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`app:module:name`, or `app:module:factory()`; without a name `application` or `app`. Raises UsageError."""
        found = load(cls.KIND, argument, _DEFAULTS[:2])
        try:
            return cls(found, name=argument)
        except UsageError as error:
            if not argument.endswith(")") and callable(found) and _takes(found, 0):
                error.hint = f"is it a factory? --content app:{argument}()"
            raise

    def describe(self) -> str:
        return f"{self.kind} {self.name}"

    @functools.cached_property
    def asgi(self) -> Asgi:
        """The application as ASGI 3."""
        if self.kind == "asgi":
            return cast("Asgi", self.application)
        return wsgi_to_asgi(self.application, self._wsgi_limits)


def kind_of(application: Any) -> Literal["asgi", "wsgi"]:
    """What an application is, by how it is to be called. Raises UsageError.

    A coroutine function, or an object whose call is one, is ASGI; otherwise one that takes (scope, receive, send) is
    ASGI, and one that takes (environ, start_response) is WSGI.
    """
    name = _name_of(application)
    if not callable(application):
        raise UsageError(f"{name} is no web application: it can't be called")
    bare = application
    while isinstance(bare, functools.partial):
        bare = bare.func
    called = bare if inspect.isroutine(bare) else type(bare).__call__
    if not inspect.isclass(bare) and inspect.iscoroutinefunction(called) and _takes(application, 3):
        return "asgi"
    if _takes(application, 2):
        return "wsgi"
    if _takes(application, 3):
        return "asgi"
    if _takes(application, 1):
        raise UsageError(
            f"{name} is an ASGI 2 application; ASGI 3 or WSGI is expected",
            hint="wrap it: asgiref.compatibility.guarantee_single_callable(application)",
        )
    raise UsageError(
        f"{name} is no web application: it takes neither (scope, receive, send) nor (environ, start_response)",
        hint="ASGI 3 or WSGI (PEP 3333) is expected",
    )


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def _name_of(application: Any) -> str:
    named = getattr(application, "__qualname__", None)
    return str(named or type(application).__qualname__)


CONTENT = App
