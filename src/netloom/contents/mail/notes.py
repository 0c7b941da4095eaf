"""What was found out about messages, such as their structure: messages never change, so it is found out once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

_SIZE = 32 << 20


class Notes:
    """The latest by message; `size` bytes of them at most."""

    def __init__(self, size: int = _SIZE) -> None:
        self._room = size
        self._known: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, message: Hashable) -> Any:
        """What is known of a message, or None."""
        found = self._known.get(message)
        if found is None:
            return None
        self._known.move_to_end(message)
        return found[0]

    def put(self, message: Hashable, value: Any, size: int) -> None:
        """Remember something that takes about `size` bytes."""
        _, before = self._known.pop(message, (None, 0))
        self._room += before
        self._known[message] = (value, size)
        self._room -= size
        while self._room < 0:
            _, (_, freed) = self._known.popitem(last=False)
            self._room += freed
