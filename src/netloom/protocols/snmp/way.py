"""How a request goes to a peer, and its answer back: datagrams that are repeated, or a stream (RFC 3417, 3430)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from netloom.errors import DeadlineExceeded, Phase, RemoteProtocolError
from netloom.registry import settle
from netloom.wire.snmp.message import MESSAGE_LIMIT, unframed

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.datagrams import Datagrams
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream
    from netloom.protocols.snmp.options import Options

T = TypeVar("T")

MISMATCHES = 1000
"""Messages that answer nothing that was asked, after which a request is given up."""


class Way:
    """One link to a peer, on which one request at a time is under way. `repeated` counts what was sent again."""

    def __init__(self, dial: Dialler, options: Options) -> None:
        _, scheme, _ = settle(dial.endpoint)
        self.over_stream = scheme.over != "udp"
        self.repeated = 0
        self._dial = dial
        self._options = options
        self._turn = asyncio.Lock()
        self._datagrams: Datagrams | None = None
        self._stream: Stream | None = None

    async def tell(self, data: bytes) -> None:
        """Send what isn't answered."""
        async with self._turn:
            if self.over_stream:
                stream = await self._connected()
                stream.enter(Phase.REQUEST)
                await stream.write(data)
            else:
                link = await self._bound()
                link.enter(Phase.REQUEST)
                await link.send(data)

    async def exchange(self, data: bytes, take: Callable[[bytes], T | None]) -> T:
        """Send a request; `take` is given each message that comes, and gives None for one that isn't its answer.

        Raises DeadlineExceeded when nobody answers, however often it is asked.
        """
        async with self._turn:
            if self.over_stream:
                return await self._over_stream(data, take)
            return await self._over_datagrams(data, take)

    async def close(self) -> None:
        """Close the connection; SNMP has no word for goodbye."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _over_datagrams(self, data: bytes, take: Callable[[bytes], T | None]) -> T:
        link = await self._bound()
        link.enter(Phase.REQUEST)
        mismatched = 0
        for attempt in range(self._options.retries + 1):
            self.repeated += attempt > 0
            await link.send(data)
            link.enter(Phase.FIRST_BYTE)
            try:
                async with asyncio.timeout(self._options.patience):
                    while True:
                        found = take(await link.receive())
                        if found is not None:
                            return found
                        mismatched += 1
                        _bound(mismatched)
            except TimeoutError:
                continue
        tried = self._options.retries + 1
        raise _unanswered(f"no answer, however often it was asked ({tried} times)" if tried > 1 else "no answer")

    async def _over_stream(self, data: bytes, take: Callable[[bytes], T | None]) -> T:
        stream = await self._connected()
        stream.enter(Phase.REQUEST)
        await stream.write(data)
        stream.enter(Phase.FIRST_BYTE)
        mismatched = 0
        while True:
            found = take(await stream.parse(unframed, MESSAGE_LIMIT))
            if found is not None:
                return found
            mismatched += 1
            _bound(mismatched)

    async def _bound(self) -> Datagrams:
        if self._datagrams is None:
            self._datagrams = await self._dial.datagrams()
        return self._datagrams

    async def _connected(self) -> Stream:
        if self._stream is None or self._stream.at_eof:
            self._stream = await self._dial.stream()
        return self._stream


def _bound(mismatched: int) -> None:
    if mismatched >= MISMATCHES:
        words = f"{mismatched} answers that don't match the request: somebody forges them"
        raise RemoteProtocolError(words, rule="RFC 3416 §4")


def _unanswered(words: str) -> DeadlineExceeded:
    found = DeadlineExceeded(words, phase=Phase.FIRST_BYTE)
    found.hint = "agents are silent about a wrong community and to addresses that may not ask: are these right?"
    return found
