"""A run: one operation at work, read from a script (`for`), from asyncio (`async for`), or for its only record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from netloom import registry
from netloom.errors import UsageError
from netloom.requests import field_names, make
from netloom.toolbox import records_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator

    import msgspec

    from netloom.emitting import Stop
    from netloom.shapes import Operation

R = TypeVar("R")


class Run(Generic[R]):
    """What calling an operation gives. Nothing happens until it is read."""

    def __init__(self, operation: Operation, request: msgspec.Struct, tools: dict[str, Any] | None = None) -> None:
        self.operation = operation
        self.request = request
        self._tools = tools or {}

    @classmethod
    def prepare(
        cls, name: str, args: tuple[Any, ...], fields: dict[str, Any], tools: dict[str, Any] | None = None
    ) -> Run[R]:
        """The run of an operation by its name. Positional arguments are its targets, or its first fields in order."""
        operation = registry.operation(name)
        names = field_names(operation.request)
        if args and names and names[0] == "targets":
            flat = [item for arg in args for item in (arg if isinstance(arg, list | tuple) else (arg,))]
            fields = {"targets": flat, **fields}
        elif len(args) > len(names):
            raise UsageError(f"{name} takes at most {len(names)} arguments", hint=", ".join(names))
        else:
            fields = {**dict(zip(names, args, strict=False)), **fields}
        return cls(operation, make(operation.request, fields), tools)

    def __aiter__(self) -> AsyncGenerator[R, None]:
        return self.read()

    def read(self, stop: Stop | None = None) -> AsyncGenerator[R, None]:
        """Begin it; `stop` stops it from elsewhere than where it is read."""
        # The operation declares which records it emits.
        return cast("AsyncGenerator[R, None]", records_of(self.operation, self.request, self._tools, stop))

    def __await__(self) -> Generator[Any, None, R]:
        return self._only().__await__()

    async def _only(self) -> R:
        found = [record async for record in self]
        if len(found) != 1:
            raise UsageError(f"{self.operation.name} gave {len(found)} records, not one", hint="read it with `for`")
        return found[0]

    def __iter__(self) -> Iterator[R]:
        from netloom.background import background

        scripts = background()
        iterator = self.__aiter__()
        try:
            while True:
                try:
                    yield scripts.wait(anext(iterator))
                except StopAsyncIteration:
                    return
        finally:
            scripts.wait(iterator.aclose())

    def one(self) -> R:
        """The only record. In asyncio: `await run`."""
        from netloom.background import background

        return background().wait(self._only())
