"""Datagrams relayed: for each peer of an open socket one of its own to the target, until both are silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from netloom.errors import NetloomError

if TYPE_CHECKING:
    from netloom.links.datagrams import Datagrams, Peer

SESSIONS = 4096
"""Peers at once. Whoever comes beyond isn't heard."""
EARLY = 64
"""Datagrams of a peer that wait until its socket stands."""

Dial = Callable[[], Awaitable["Datagrams"]]


class Session(asyncio.DatagramProtocol):
    """One peer: what it says goes to the target, what the target says goes back.

    `began` is the loop's time, `sizes` are octets to the target and back.
    """

    def __init__(self, open_to_all: Datagrams, peer: Peer) -> None:
        self.peer = peer
        self._sent = self._received = 0
        self.error: NetloomError | None = None
        self.loop = asyncio.get_running_loop()
        self._back = open_to_all
        self._target: Datagrams | None = None
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
            while (silent := self.loop.time() - self._heard) < idle:
                await asyncio.sleep(idle - silent)
        finally:
            self._target = None
            target.abort()

    def tell(self, data: bytes) -> None:
        """The peer has said something."""
        self._heard = self.loop.time()
        if self._target is None and len(self._early) >= EARLY:
            return
        self._sent += len(data)
        if self._target is None:
            self._early.append(data)
        else:
            self._target.transport.sendto(data)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """The target has said something."""
        self._heard = self.loop.time()
        self._received += len(data)
        self._back.transport.sendto(data, self.peer)


async def relay(link: Datagrams, dial: Dial, idle: float, ended: Callable[[Session], None]) -> None:
    """Until the open socket goes. `ended` hears of each session when it is over."""
    sessions: dict[Any, Session] = {}
    tasks: list[asyncio.Task[None]] = []

    async def hold(session: Session) -> None:
        try:
            await session.run(dial, idle)
        finally:
            del sessions[session.peer]
            ended(session)

    async with asyncio.TaskGroup() as group:
        while True:
            try:
                data, peer = await link.receive_from()
            except NetloomError:
                break
            session = sessions.get(peer)
            if session is None:
                if len(sessions) >= SESSIONS:
                    continue
                session = sessions[peer] = Session(link, peer)
                tasks = [task for task in tasks if not task.done()]
                tasks.append(group.create_task(hold(session)))
            session.tell(data)
        for task in tasks:  # nobody is left to relay for
            task.cancel()
