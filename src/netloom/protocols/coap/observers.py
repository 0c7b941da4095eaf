"""Who observes what: told of each change in confirmable messages, until they don't confirm one (RFC 7641 §3, §4)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

from netloom.contents import Invalid, NotFound, TooLarge
from netloom.protocols.coap.fitting import fitted
from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, emit, uint

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.datagrams import Peer
    from netloom.protocols.coap.sites import Site
    from netloom.wire.coap.block import Block

_RANDOM = random.SystemRandom()
_SEQUENCE = 1 << 24
DATAGRAM = 1152
"""Octets of a datagram that nothing on its way takes apart (RFC 7252 §4.6)."""


class Observer:
    """One who observes, and the notification that isn't confirmed yet.

    `room` are the octets that may still be sent to somebody who hasn't confirmed anything; None: who has.
    """

    __slots__ = ("attempts", "behind", "block", "code", "last", "outstanding", "path", "peer", "room", "timer", "token")

    def __init__(self, peer: Peer, token: bytes, path: str, block: Block | None, room: int | None = None) -> None:
        self.peer = peer
        self.token = token
        self.path = path
        self.block = block
        self.room = room
        self.outstanding: int | None = None
        self.last = b""
        self.code = codes.CONTENT
        self.attempts = 0
        self.behind = False
        self.timer: asyncio.TimerHandle | None = None


class Observers:
    """All observers of one socket. `say` sends a datagram, `number` gives an id for a message."""

    def __init__(
        self, site: Site, say: Callable[[bytes, Peer], None], number: Callable[[], int], limits: tuple[int, int]
    ) -> None:
        self._site = site
        self._say = say
        self._number = number
        self._limit, self._limit_per_host = limits
        self._known: dict[tuple[Peer, bytes], Observer] = {}
        self._by_path: dict[str, dict[Observer, None]] = {}
        self._by_id: dict[tuple[Peer, int], Observer] = {}
        self._per_host: Counter[object] = Counter()
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._known)

    def has_room(self, peer: Peer, token: bytes) -> bool:
        """Whether one more may observe, or the same again."""
        return (peer, token) in self._known or (
            len(self._known) < self._limit and self._per_host[_host(peer)] < self._limit_per_host
        )

    def add(self, observer: Observer) -> Observer | None:
        """Somebody observes from now on, unless that is too much; with the same token nothing else any more."""
        self.remove(observer.peer, observer.token)
        if observer.path not in self._by_path:
            try:
                self._site.follow(observer.path)
            except TooLarge:
                return None
        self._known[observer.peer, observer.token] = observer
        self._per_host[_host(observer.peer)] += 1
        self._by_path.setdefault(observer.path, {})[observer] = None
        return observer

    def remove(self, peer: Peer, token: bytes) -> None:
        """Somebody doesn't observe any longer, if they did."""
        observer = self._known.pop((peer, token), None)
        if observer is None:
            return
        self._settle(observer)
        host = _host(peer)
        self._per_host[host] -= 1
        if not self._per_host[host]:
            del self._per_host[host]
        followed = self._by_path[observer.path]
        del followed[observer]
        if not followed:
            del self._by_path[observer.path]
            self._site.leave(observer.path)

    def next(self) -> int:
        """The number of the next notification: later ones have larger ones (RFC 7641 §3.4)."""
        self._sequence = (self._sequence + 1) % _SEQUENCE
        return self._sequence

    def changed(self, path: str) -> None:
        """A resource has changed: all who observe it are told."""
        for observer in tuple(self._by_path.get(path, ())):
            if observer.outstanding is None:
                self._tell(observer)
            else:
                observer.behind = True  # the latest state is told once this one is confirmed

    def answered(self, peer: Peer, message: Message) -> None:
        """A notification is confirmed, or not wanted."""
        observer = self._by_id.get((peer, message.id))
        if observer is None:
            return
        self._settle(observer)
        if message.type == codes.RST or observer.code != codes.CONTENT:
            self.remove(observer.peer, observer.token)
            return
        observer.room = None
        if observer.behind:
            self._tell(observer)

    def close(self) -> None:
        """Nobody is told anything any more."""
        for peer, token in tuple(self._known):
            self.remove(peer, token)

    # Inside

    def _tell(self, observer: Observer) -> None:
        observer.behind = False
        number = self._number()
        options = ((codes.OBSERVE, uint(self.next())),)
        room = DATAGRAM if observer.room is None else min(DATAGRAM, observer.room)
        made: bytes | None
        try:
            state = self._site.state(observer.path, waits=True)
            observer.code = codes.CONTENT
            around = Message(codes.CON, codes.CONTENT, number, observer.token, options)
            made = fitted(around, state, observer.block, room)
        except (NotFound, Invalid) as error:  # whoever hears this isn't told anything more (RFC 7641 §4.2)
            observer.code = codes.NOT_FOUND if isinstance(error, NotFound) else codes.SERVER_ERROR
            made = emit(Message(codes.CON, observer.code, number, observer.token))
        if made is None:
            self.remove(observer.peer, observer.token)
            return
        observer.outstanding, observer.last, observer.attempts = number, made, 0
        self._by_id[observer.peer, number] = observer
        self._send(observer)

    def _send(self, observer: Observer) -> None:
        """Send it, once more perhaps. Who doesn't confirm it has gone, or has never asked."""
        too_much = observer.room is not None and observer.room < len(observer.last)
        if too_much or observer.attempts > codes.MAX_RETRANSMIT:
            self.remove(observer.peer, observer.token)
            return
        if observer.room is not None:
            observer.room -= len(observer.last)
        self._say(observer.last, observer.peer)
        patience = codes.ACK_TIMEOUT * _RANDOM.uniform(1, codes.ACK_RANDOM_FACTOR) * 2**observer.attempts
        observer.attempts += 1
        observer.timer = asyncio.get_running_loop().call_later(patience, self._send, observer)

    def _settle(self, observer: Observer) -> None:
        if observer.timer is not None:
            observer.timer.cancel()
            observer.timer = None
        if observer.outstanding is not None:
            del self._by_id[observer.peer, observer.outstanding]
            observer.outstanding = None


def _host(peer: Peer) -> object:
    return peer[0] if isinstance(peer, tuple) else peer
