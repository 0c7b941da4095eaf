"""Async functions as methods: which one answers what, and messages to what they take and give."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from netloom.contents.service.call import Refused
from netloom.errors import RemoteProtocolError, UsageError
from netloom.wire.grpc import values
from netloom.wire.grpc.framing import TooLarge
from netloom.wire.grpc.status import Code

if TYPE_CHECKING:
    from netloom.contents.service.call import Call
    from netloom.wire.grpc.catalogue import Method

_DICTS = re.compile(r"\b(?:dict|Dict|Mapping|MutableMapping)\b")


class Bound:
    """A method and the function that answers it.

    A function whose first parameter is annotated with a dict gets JSON values instead of messages, its fields named
    as in the schema; what it gives may always be either.
    """

    def __init__(self, method: Method, function: Callable[..., Any]) -> None:
        """Raises UsageError for a function that can't answer the method."""
        self.method = method
        self._function = function
        _check(method, function)
        parameters = list(inspect.signature(function).parameters.values())
        self._takes_call = _takes(function, 2)
        self._takes_dicts = bool(_DICTS.search(str(parameters[0].annotation)))

    async def one(self, asked: Message | AsyncIterator[Message], call: Call) -> Message:
        """The only reply. Whatever the function raises passes through."""
        return self._made(await self._begin(asked, call))

    async def many(self, asked: Message | AsyncIterator[Message], call: Call) -> AsyncGenerator[Message, None]:
        """The replies, one by one."""
        replies = self._begin(asked, call)
        try:
            async for reply in replies:
                yield self._made(reply)
        finally:
            await replies.aclose()

    def _begin(self, asked: Message | AsyncIterator[Message], call: Call) -> Any:
        argument: Any = asked
        if self._takes_dicts:
            argument = self._as_dict(asked) if isinstance(asked, Message) else self._as_dicts(asked)
        return self._function(argument, call) if self._takes_call else self._function(argument)

    def _as_dict(self, message: Message) -> Any:
        try:
            return values.to_json(message, defaults=True, names=True, pool=self.method.pool)
        except RemoteProtocolError as error:
            code = Code.RESOURCE_EXHAUSTED if isinstance(error, TooLarge) else Code.INVALID_ARGUMENT
            raise Refused(code, error.message) from None

    async def _as_dicts(self, messages: AsyncIterator[Message]) -> AsyncIterator[Any]:
        async for message in messages:
            yield self._as_dict(message)

    def _made(self, reply: Any) -> Message:
        kind = self.method.response
        if isinstance(reply, Message):
            if reply.DESCRIPTOR.full_name != kind.DESCRIPTOR.full_name:
                raise UsageError(f"{self.method.path} gives a {reply.DESCRIPTOR.full_name}")
            return reply
        return values.from_json({} if reply is None else reply, kind, self.method.pool)


def find(handlers: Any, method: Method) -> Bound | None:
    """The function for a method among `handlers`, a mapping or any object: by its path, its service, or its name.

    Raises UsageError where there is one that can't be it.
    """
    function = _of(handlers, method.path.removeprefix("/"))
    for service in (method.service, method.service.rpartition(".")[2]):
        group = _of(handlers, service)
        if function is None and group is not None:
            function = _of(group, method.name)
    if function is None:
        function = _of(handlers, method.name)
    return Bound(method, function) if function is not None else None


def _of(handlers: Any, name: str) -> Any:
    return handlers.get(name) if isinstance(handlers, Mapping) else getattr(handlers, name, None)


def _check(method: Method, function: Any) -> None:
    bare = function
    while isinstance(bare, functools.partial):
        bare = bare.func
    if not inspect.isroutine(bare):
        bare = getattr(bare, "__call__", None)  # noqa: B004  # its method is asked about, not whether it has one
    if method.server_streaming and not inspect.isasyncgenfunction(bare):
        raise UsageError(
            f"{method.path} gives several replies: its function is to yield them",
            hint=f"async def {method.name}(request): yield …",
        )
    if not method.server_streaming and not inspect.iscoroutinefunction(bare):
        raise UsageError(f"{method.path} has no async function", hint=f"async def {method.name}(request): return …")
    if not _takes(function, 1) and not _takes(function, 2):
        raise UsageError(
            f"the function for {method.path} takes the request{'s' * method.client_streaming}, and the call if it likes"
        )


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True
