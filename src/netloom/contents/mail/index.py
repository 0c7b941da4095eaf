"""What is in a mailbox now, and what has changed since: what several sessions on one mailbox tell their clients."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.contents.mail.box import MessageInfo

_GONE = 10_000
"""Removals that are remembered one by one; whoever hasn't looked for longer compares everything."""


class Changes(msgspec.Struct, frozen=True):
    """What happened since a version: UIDs of messages that are new or changed, and of those that went.

    `gone` is None where it isn't known any more.
    """

    changed: tuple[int, ...]
    gone: tuple[int, ...] | None


class Index:
    """The messages by ascending UID. `version` grows with each change; only the event loop's thread touches it."""

    def __init__(self, validity: int) -> None:
        self.validity = validity
        self.next = 1
        self.version = 1
        self.messages: dict[int, MessageInfo] = {}
        self.recent: set[int] = set()
        """UIDs that no session has been told of yet (RFC 3501 §2.3.2)."""
        self.keywords: dict[str, str] = {}
        """Keywords in their spelling, by lower case."""
        self._changed: dict[int, int] = {}  # UID to version, the latest change last
        self._gone: deque[tuple[int, int]] = deque()
        self._forgotten = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def update(self, changed: Iterable[MessageInfo] = (), gone: Iterable[int] = ()) -> None:
        """Messages that are new (with UIDs above all others) or changed, and UIDs of those that went."""
        version = self.version + 1
        for info in changed:
            self.messages[info.uid] = info
            self._changed.pop(info.uid, None)
            self._changed[info.uid] = version
            self.next = max(self.next, info.uid + 1)
            self.version = version
        for uid in gone:
            if self.messages.pop(uid, None) is None:
                continue
            self._changed.pop(uid, None)
            self.recent.discard(uid)
            self._gone.append((version, uid))
            self.version = version
        while len(self._gone) > _GONE:
            self._forgotten = self._gone.popleft()[0]
        if self.version == version:
            self.wake()

    def since(self, version: int) -> Changes:
        """What has changed after a version."""
        changed = []
        for uid in reversed(self._changed):
            if self._changed[uid] <= version:
                break
            changed.append(uid)
        changed.sort()
        if version < self._forgotten:
            return Changes(tuple(changed), None)
        gone = []
        for at, uid in reversed(self._gone):
            if at <= version:
                break
            gone.append(uid)
        return Changes(tuple(changed), tuple(sorted(gone)))

    def claim_recent(self) -> frozenset[int]:
        """The UIDs that are recent; they aren't from now on."""
        found = frozenset(self.recent)
        self.recent.clear()
        return found

    def spelt(self, flags: frozenset[str]) -> frozenset[str]:
        """Flags with keywords as they were first written here: upper and lower case are the same."""
        if not self.keywords:
            return flags
        return frozenset(self.keywords.get(flag.lower(), flag) for flag in flags)

    async def changed_from(self, version: int) -> None:
        """Return once there is a later version than this."""
        while self.version <= version:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)

    def wake(self) -> None:
        """Have those look who wait for a change."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
