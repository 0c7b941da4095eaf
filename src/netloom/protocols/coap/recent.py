"""Messages that have come lately, so that one that comes again does nothing again (RFC 7252 §4.5)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from netloom.wire.coap.codes import EXCHANGE_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.datagrams import Peer

MESSAGES = 4096
OCTETS = 4 << 20
"""How many are remembered, and how many octets their answers have; beyond that the oldest are forgotten."""


class Recent:
    """What was answered to which message of whom."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: OrderedDict[tuple[Peer, int], tuple[float, bytes]] = OrderedDict()
        self._size = 0

    def get(self, peer: Peer, number: int) -> bytes | None:
        """What was answered, nothing perhaps; None for a message that is new."""
        found = self._found.get((peer, number))
        if found is None or found[0] < self._clock():
            return None
        return found[1]

    def put(self, peer: Peer, number: int, answer: bytes) -> None:
        """Remember it for as long as it may come again."""
        self._forget((peer, number))
        now = self._clock()
        self._found[peer, number] = now + EXCHANGE_LIFETIME, answer
        self._size += len(answer)
        while self._found:
            oldest = next(iter(self._found))
            if self._found[oldest][0] >= now and len(self._found) <= MESSAGES and self._size <= OCTETS:
                return
            self._forget(oldest)

    def __len__(self) -> int:
        return len(self._found)

    def _forget(self, key: tuple[Peer, int]) -> None:
        found = self._found.pop(key, None)
        if found is not None:
            self._size -= len(found[1])
