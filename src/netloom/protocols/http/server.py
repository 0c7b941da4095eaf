"""HTTP, the server's side: one request, answered from files or by an application (RFC 9110)."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.protocols.http.options import Options

    Serve = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


def serve(link: Exchange, content: Any, context: Context) -> Coroutine[Any, Any, None]:
    """One request. It gives the coroutine that attends to it, as an `async def` of one more frame would."""
    return (_asgi() if content.KIND == "app" else _files())(link, content, context)


@functools.cache
def _asgi() -> Serve:
    from netloom.protocols.http import asgi

    return asgi.serve


@functools.cache
def _files() -> Serve:
    from netloom.protocols.http import files

    return files.serve


def identity(options: Options) -> dict[str, str]:
    """What a client has to know of a server that only speaks HTTP/3."""
    return {"version": "3"} if options.http3 == "only" else {}


@contextlib.asynccontextmanager
async def around(content: Any) -> AsyncIterator[None]:
    """What runs as long as a server does, whatever its connections: an application's lifespan."""
    if content.KIND != "app":
        yield
        return
    from netloom.protocols.http.lifespan import running

    async with running(content):
        yield
