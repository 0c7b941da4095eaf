"""Mailboxes in memory."""

from __future__ import annotations

import msgspec

from netloom.contents import NotFound, TooLarge
from netloom.contents.mail.box import Limits, MessageInfo


class _Kept:
    """What is in a mailbox."""

    def __init__(self) -> None:
        self.messages: dict[int, tuple[MessageInfo, bytes]] = {}
        self.next = 1


class Memory:
    """Mailboxes by name; bytes that are in several of them are counted in each."""

    blocks = False

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.used = 0
        self.kept: dict[str, _Kept] = {}

    def box(self, name: str) -> MemoryBox:
        return MemoryBox(self, name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.kept))

    def deliver(self, names: list[str], data: bytes, received: float) -> None:
        boxes = [self.box(name) for name in names]
        self.check(len(boxes) * len(data), sum(name not in self.kept for name in names))
        for box in boxes:
            box.check_room()
        for box in boxes:
            box.append(data, frozenset(), received)

    def check(self, size: int, new_boxes: int) -> None:
        """Raises TooLarge where this much more would be too much."""
        if self.used + size > self.limits.total:
            raise TooLarge(f"no more than {self.limits.total} bytes of mail are kept in memory")
        if len(self.kept) + new_boxes > self.limits.mailboxes:
            raise TooLarge(f"no more than {self.limits.mailboxes} mailboxes are kept")


class MemoryBox:
    """One mailbox. Its UIDVALIDITY is 1: it lives as long as its UIDs."""

    def __init__(self, store: Memory, name: str) -> None:
        self.name = name
        self._store = store

    def status(self) -> tuple[int, int]:
        return 1, self._kept().next

    def list(self) -> tuple[MessageInfo, ...]:
        return tuple(info for info, _ in self._kept().messages.values())

    def fetch(self, uid: int) -> bytes:
        return self._message(uid)[1]

    def append(self, data: bytes, flags: frozenset[str], received: float) -> int:
        if len(data) > self._store.limits.message:
            raise TooLarge(f"a message has no more than {self._store.limits.message} bytes here")
        self._store.check(len(data), self.name not in self._store.kept)
        self.check_room()
        kept = self._store.kept.setdefault(self.name, _Kept())
        uid, kept.next = kept.next, kept.next + 1
        kept.messages[uid] = (MessageInfo(uid=uid, flags=flags, received=received, size=len(data)), data)
        self._store.used += len(data)
        return uid

    def flag(self, uid: int, add: frozenset[str], remove: frozenset[str]) -> frozenset[str]:
        info, data = self._message(uid)
        flags = (info.flags | add) - remove
        self._kept().messages[uid] = (msgspec.structs.replace(info, flags=flags), data)
        return flags

    def expunge(self, uids: frozenset[int] | None) -> tuple[int, ...]:
        messages = self._kept().messages
        gone = tuple(
            uid
            for uid, (info, _) in messages.items()
            if (uid in uids if uids is not None else "\\Deleted" in info.flags)
        )
        for uid in gone:
            self._store.used -= len(messages.pop(uid)[1])
        return gone

    def check_room(self) -> None:
        """Raises TooLarge where the mailbox is full."""
        if len(self._kept().messages) >= self._store.limits.messages:
            raise TooLarge(f"mailbox {self.name} is full: {self._store.limits.messages} messages")

    def _message(self, uid: int) -> tuple[MessageInfo, bytes]:
        messages = self._kept().messages
        if uid not in messages:
            raise NotFound(f"there is no message {uid} in mailbox {self.name}")
        return messages[uid]

    def _kept(self) -> _Kept:
        return self._store.kept.get(self.name) or _Kept()
