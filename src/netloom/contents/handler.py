"""Handler: any async function over a link, for tcp, udp, tls and unix."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ClassVar, Self

from netloom.contents._argument import load
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Handler:
    """`async def function(link)`, called for each accepted connection or datagram socket, which closes after it."""

    KIND: ClassVar[str] = "handler"

    def __init__(self, function: Callable[[Any], Awaitable[None]]) -> None:
        """Raises UsageError for what isn't an async function of one argument."""
        self.function = function
        self.name = _name_of(function)
        called = (
            function if inspect.isfunction(_bare(function)) or inspect.ismethod(_bare(function)) else _call_of(function)
        )
        if not inspect.iscoroutinefunction(_bare(called)):
            raise UsageError(f"{self.name} is no async function", hint="async def handle(link): …")
        try:
            inspect.signature(function).bind(None)
        except TypeError:
            raise UsageError(
                f"{self.name} must take one argument, the link", hint="async def handle(link): …"
            ) from None

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`handler:module:name`. Raises UsageError."""
        return cls(load(cls.KIND, argument, ("handle", "handler")))

    def describe(self) -> str:
        return f"handler {self.name}"

    async def __call__(self, link: Any) -> None:
        """Handle one link. What the function raises passes through."""
        await self.function(link)

    async def attend(self, link: Any) -> None:
        """What the server's side of a raw link asks of a content."""
        await self.function(link)


def _bare(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _call_of(function: Any) -> Any:
    return getattr(_bare(function), "__call__", None)  # noqa: B004  # its method is asked about, not whether it has one


def _name_of(function: Any) -> str:
    bare = _bare(function)
    return str(getattr(bare, "__qualname__", None) or type(bare).__qualname__)


CONTENT = Handler
