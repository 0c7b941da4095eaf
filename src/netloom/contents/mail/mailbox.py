"""One mailbox, whoever keeps it: what SMTP, IMAP and POP3 do with it, and who is told of it."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from netloom.contents import NotFound, TooLarge
from netloom.contents.mail.box import Incoming, InUse, checked_flags, is_keyword, to_crlf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from netloom.contents.mail.box import Limits, MessageInfo
    from netloom.contents.mail.index import Index
    from netloom.contents.mail.notes import Notes


class Mailbox(ABC):
    """Messages with UIDs that only grow (RFC 9051 §2.3.1.1), one object for all who use it.

    `index` tells at once what is in it, and what has changed; `refresh` looks for what others did meanwhile where it is
    kept, which only has to be asked where it `is_shared`. Errors: NotFound, TooLarge, Forbidden, InUse.
    """

    is_shared = False

    def __init__(self, owner: str, name: str, limits: Limits, index: Index, notes: Notes) -> None:
        self.owner = owner
        self.name = name
        self.limits = limits
        self.index = index
        self.notes = notes
        self._holder: object | None = None

    # What each kind does in its own way

    @abstractmethod
    async def refresh(self) -> None:
        """Look for what other programs did."""

    @abstractmethod
    async def read(self, uids: Sequence[int]) -> list[bytes | None]:
        """Messages with CRLF lines; None where one has gone."""

    @abstractmethod
    async def append_all(self, messages: Sequence[Incoming]) -> tuple[int, ...]:
        """Keep messages, all or none, and return their UIDs."""

    @abstractmethod
    async def store(self, uids: Iterable[int], flags: frozenset[str], action: str = "") -> None:
        """Add (+), remove (-) or set flags; messages that have gone are passed over."""

    @abstractmethod
    async def claim_recent(self) -> frozenset[int]:
        """The UIDs that nobody was told of before; they aren't recent for anybody else."""

    @abstractmethod
    async def remove(self, uids: Sequence[int]) -> None:
        """Remove messages that are there."""

    # What follows from that

    async def status(self) -> tuple[int, int]:
        """UIDVALIDITY, and the UID that the next message will have at least."""
        await self.refresh()
        return self.index.validity, self.index.next

    async def list(self) -> tuple[MessageInfo, ...]:
        """What is in it, by UID."""
        await self.refresh()
        return tuple(self.index.messages.values())

    async def fetch(self, uid: int) -> bytes:
        """A message with CRLF lines."""
        if uid not in self.index.messages:
            await self.refresh()
        (data,) = await self.read([uid])
        if data is None:
            raise NotFound(f"there is no message {uid} in mailbox {self.name}")
        return data

    async def append(self, data: bytes, flags: Iterable[str] = (), received: float | None = None) -> int:
        """Keep a message and return its UID; `received` in Unix seconds."""
        at = time.time() if received is None else received
        (uid,) = await self.append_all([Incoming(data=data, flags=checked_flags(flags), received=at)])
        return uid

    async def flag(self, uid: int, add: Iterable[str] = (), remove: Iterable[str] = ()) -> frozenset[str]:
        """Change flags and return what they are now."""
        added, removed = checked_flags(add), checked_flags(remove)
        if uid not in self.index.messages:
            await self.refresh()
        if added:
            await self.store([uid], added, "+")
        if removed:
            await self.store([uid], removed, "-")
        if uid not in self.index.messages:
            raise NotFound(f"there is no message {uid} in mailbox {self.name}")
        return self.index.messages[uid].flags

    async def expunge(self, uids: Iterable[int] | None = None, holder: object | None = None) -> tuple[int, ...]:
        r"""Remove these messages, or with None those flagged `\Deleted`; returns the UIDs that went.

        Raises InUse while somebody other than `holder` holds the mailbox.
        """
        if self.is_shared:
            await self.refresh()
        messages = self.index.messages
        if uids is None:
            chosen = [uid for uid, info in messages.items() if "\\Deleted" in info.flags]
        else:
            chosen = sorted({uid for uid in uids if uid in messages})
        if chosen and self._holder is not None and self._holder is not holder:
            raise InUse("somebody reads the mailbox by POP3: nothing is removed meanwhile")
        if chosen:
            await self.remove(chosen)
        return tuple(uid for uid in chosen if uid not in self.index.messages)

    @contextlib.contextmanager
    def held(self, holder: object) -> Iterator[None]:
        """While inside, nobody else removes anything here. Raises InUse where somebody is inside already."""
        if self._holder is not None:
            raise InUse("the mailbox is read by another POP3 session")
        self._holder = holder
        try:
            yield
        finally:
            self._holder = None

    # For the kinds

    def take(self, message: Incoming) -> Incoming:
        """A message as it is kept. Raises TooLarge."""
        data = to_crlf(message.data)
        if len(data) > self.limits.message:
            raise TooLarge(f"a message has no more than {self.limits.message} bytes here")
        return Incoming(data=data, flags=self.learn(message.flags), received=message.received)

    def check_count(self, count: int) -> None:
        """Raises TooLarge where so many messages more are too many."""
        if len(self.index.messages) + count > self.limits.messages:
            raise TooLarge(f"mailbox {self.name} is full: {self.limits.messages} messages")

    def learn(self, flags: frozenset[str]) -> frozenset[str]:
        """Flags as they are spelt here; new keywords are remembered. Raises TooLarge where there are too many."""
        flags = self.index.spelt(flags)
        new = [flag for flag in flags if is_keyword(flag) and flag.lower() not in self.index.keywords]
        if len(self.index.keywords) + len(new) > self.limits.keywords:
            raise TooLarge(f"a mailbox has no more than {self.limits.keywords} keywords")
        for flag in new:
            self.index.keywords[flag.lower()] = flag
        return flags


def changed(flags: frozenset[str], given: frozenset[str], action: str) -> frozenset[str]:
    """Flags after some were added (+), removed (-) or set."""
    if action == "+":
        return flags | given
    return flags - given if action == "-" else given
