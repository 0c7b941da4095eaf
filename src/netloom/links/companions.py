"""What stands beside a content while a protocol serves it: one for all ports and connections that lead there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Closes(Protocol):
    """Something that ends."""

    def close(self) -> None: ...


T = TypeVar("T", bound=Closes)


class Companions(Generic[T]):
    """`around` is what a protocol's declaration names; `of` gives the companion that was made of a content."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._there: dict[int, tuple[T, int]] = {}

    @contextlib.asynccontextmanager
    async def around(self, content: Any) -> AsyncIterator[None]:
        """While inside, the content is served; the last one to leave closes its companion."""
        companion, users = self._there.get(id(content)) or (self._make(content), 0)
        self._there[id(content)] = companion, users + 1
        try:
            yield
        finally:
            companion, users = self._there.pop(id(content))
            if users > 1:
                self._there[id(content)] = companion, users - 1
            else:
                companion.close()

    def of(self, content: Any) -> T:
        """The companion of a content that is being served."""
        return self._there[id(content)][0]
