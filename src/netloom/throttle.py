"""How fast a peer may guess: after failures its attempts wait, one after another, however many connections it has."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_NAME_LIMIT = 255
_SOON = 1e-3  # what is less than a timer's grain isn't waited for


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class Throttle:
    """Who failed to log in how often: delays grow from `first` seconds twofold to `longest`, after `free` failures.

    At most `peers` peers are remembered, the latest; an IPv6 peer stands for its /64. Forgotten after `memory` seconds.
    Time is the running loop's, unless a clock is given.
    """

    def __init__(self, clock: Callable[[], float] = _loop_time, *, peers: int = 4096) -> None:
        self.free, self.first, self.longest, self.memory = 2, 0.5, 30.0, 900.0
        self._clock = clock
        self._peers = peers
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._queues: dict[str, _Queue] = {}

    def failed(self, peer: str) -> None:
        """Remember one failure of a peer, an address as text; "" is nobody in particular and never waits."""
        if not peer:
            return
        who = _network(peer)
        count = self._count(who) + 1
        self._failures[who] = (count, self._clock())
        self._failures.move_to_end(who)
        while len(self._failures) > self._peers:
            self._failures.popitem(last=False)

    def succeeded(self, peer: str) -> None:
        """Forget a peer's failures."""
        self._failures.pop(_network(peer), None)

    def delay_for(self, peer: str) -> float:
        """Seconds that this peer has to wait from now until its next attempt is looked at."""
        if not self._failures:
            return 0.0
        who = _network(peer)
        punished = self._count(who) - self.free
        if punished <= 0:
            return 0.0
        delay = min(self.longest, self.first * 2.0 ** min(punished - 1, 16))
        left = self._failures[who][1] + delay - self._clock()
        return left if left >= _SOON else 0.0

    @contextlib.asynccontextmanager
    async def turn(self, peer: str) -> AsyncIterator[None]:
        """Wait until this peer's next attempt is due. Whether it failed or succeeded is to be said inside the block:
        the next one waits for that, and then for its own delay."""
        if not peer:
            yield
            return
        who = _network(peer)
        queue = self._queues.setdefault(who, _Queue())
        queue.length += 1
        try:
            async with queue.lock:
                # Asked again after each wait: meanwhile this peer may have failed otherwise, with what was no attempt.
                while delay := self.delay_for(peer):  # noqa: ASYNC110  # time passes, no event
                    await asyncio.sleep(delay)
                yield
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[who]

    def _count(self, who: str) -> int:
        count, at = self._failures.get(who, (0, 0.0))
        if count and self._clock() - at > self.memory:
            del self._failures[who]
            return 0
        return count


class _Queue:
    """Those of one peer who wait for their turn, and the one who has it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.length = 0


def _network(peer: str) -> str:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer[:_NAME_LIMIT]
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
