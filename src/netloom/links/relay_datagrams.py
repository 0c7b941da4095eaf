"""Datagrams relayed: for each peer of an open socket one of its own to the target, until both are silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from netloom.errors import NetloomError
from netloom.links.translate import connecting

if TYPE_CHECKING:
    from netloom.links.datagrams import Datagrams, Peer

SESSIONS = 4096
"""Peers at once. Whoever comes beyond isn't heard."""
EARLY = 64 * 1024
"""Octets of a peer that wait until its socket stands; what comes beyond is lost."""

Dial = Callable[[], Awaitable["Datagrams"]]


class Session(asyncio.DatagramProtocol):
    """One peer: what it says goes to the target, what the target says goes back.

    A target that moves to another port, where its scheme may, is spoken to there. `began` is the loop's time, `sizes`
    are octets to the target and back. `error` is why the target wasn't reached, or that its port was found closed and
    nothing has come from it since.
    """

    def __init__(self, open_to_all: Datagrams, peer: Peer) -> None:
        self.peer = peer
        self.error: NetloomError | None = None
        self.loop = asyncio.get_running_loop()
        self._sent = self._received = 0
        self._back = open_to_all
        self._target: Datagrams | None = None
        self._moved: Any = None
        self._early: list[bytes] = []
        self.began = self._heard = self.loop.time()

    @property
    def sizes(self) -> tuple[int, int]:
        return self._sent, self._received

    async def run(self, dial: Dial, idle: float) -> None:
        """Until nobody has said anything for so many seconds, or the target can't be reached."""
        try:
            target = await dial()
        except NetloomError as exc:
            self.error = exc
            return
        try:
            target.attach(self)
            self._target = target
            for data in self._early:
                target.transport.sendto(data)
            self._early.clear()
            while (silent := self.loop.time() - self._heard) < idle:  # noqa: ASYNC110  # one timer, moved on lazily
                await asyncio.sleep(idle - silent)
        finally:
            self._target = None
            target.abort()

    def tell(self, data: bytes) -> None:
        """The peer has said something."""
        self._heard = self.loop.time()
        if self._target is not None:
            self._target.transport.sendto(data, self._moved)
        elif self._sent + len(data) <= EARLY:
            self._early.append(data)
        else:
            return
        self._sent += len(data)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """The target has said something."""
        self._heard = self.loop.time()
        self.error = None
        self._received += len(data)
        if self._target is not None:
            self._moved = addr if addr != self._target.info("peername") else None
        self._back.transport.sendto(data, self.peer)

    def error_received(self, exc: Exception) -> None:
        """What was said last found nobody."""
        if isinstance(exc, OSError) and self._target is not None:
            self.error = connecting(exc, self._target.peer)


class Sessions:
    """The peers of an open socket. `ended` hears of each when it is over; `sizes` are those that aren't."""

    def __init__(self, link: Datagrams, dial: Dial, idle: float, ended: Callable[[Session], None]) -> None:
        self._link = link
        self._dial = dial
        self._idle = idle
        self._ended = ended
        self._sessions: dict[Any, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def sizes(self) -> tuple[int, int]:
        """Octets to the target and back."""
        sizes = [session.sizes for session in self._sessions.values()]
        return sum(sent for sent, _ in sizes), sum(received for _, received in sizes)

    async def run(self) -> None:
        """Until the open socket goes."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    data, peer = await self._link.receive_from()
                except NetloomError:
                    break
                session = self._sessions.get(peer)
                if session is None:
                    if len(self._sessions) >= SESSIONS:
                        continue
                    session = self._sessions[peer] = Session(self._link, peer)
                    task = group.create_task(self._hold(session))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                session.tell(data)
            for task in self._tasks:  # nobody is left to relay for
                task.cancel()

    async def _hold(self, session: Session) -> None:
        try:
            await session.run(self._dial, self._idle)
        finally:
            del self._sessions[session.peer]
            self._ended(session)
