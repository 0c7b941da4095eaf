"""Mail: mailboxes in memory or in Maildirs, for SMTP, IMAP and POP3 alike."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

import msgspec

from netloom.contents import Forbidden, TooLarge
from netloom.contents._thread import in_thread
from netloom.contents.mail.box import FLAGS, Box, Limits, MessageInfo, Store, checked_flags
from netloom.contents.mail.maildir import Maildirs
from netloom.contents.mail.memory import Memory
from netloom.contents.mail.subject import subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["CONTENT", "FLAGS", "Envelope", "Limits", "Mail", "Mailbox", "MessageInfo", "Received", "mailbox_name"]

_T = TypeVar("_T")
_LIMITS = Limits()


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A mail on its way (RFC 5321 §2.3.1).

    `sender` is "" for a bounce; `data` is kept byte for byte, so whoever has to adds trace headers before.
    """

    sender: str
    recipients: tuple[str, ...]
    data: bytes


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that was delivered; `at` in Unix seconds."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    at: float

    @property
    def subject(self) -> str:
        """The decoded Subject (RFC 2047), "" where there is none."""
        return subject_of(self.data)


class Mail:
    """Mailboxes by name. Anyone may deliver; a protocol asks `Accounts` who else may read which mailbox.

    `ann`, `Ann@example.org` and `ann+list@example.org` are the same mailbox, which is made by its first use. In memory
    (`root` None) or below a directory that has one Maildir for each: `root/ann/{tmp,new,cur}`.
    """

    KIND: ClassVar[str] = "mail"

    def __init__(self, root: str | Path | None = None, *, limits: Limits = _LIMITS) -> None:
        """Raises UsageError where `root` is no directory for Maildirs."""
        self.limits = limits
        self._root = root
        self._store: Store = Memory(limits) if root is None else Maildirs(Path(root), limits)
        self._received: deque[Received] = deque()
        self._received_bytes = 0
        self._count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`mail` is in memory; `mail:DIRECTORY` has Maildirs. Raises UsageError."""
        return cls(argument or None)

    def describe(self) -> str:
        return "mail in memory" if self._root is None else f"mail {self._root}"

    async def deliver(self, envelope: Envelope) -> Received:
        """Keep a mail for each of its recipients; in Maildirs it is on the disk when this returns. Raises TooLarge."""
        if len(envelope.data) > self.limits.message:
            raise TooLarge(f"a message has no more than {self.limits.message} bytes here")
        boxes = list(dict.fromkeys(mailbox_name(recipient) for recipient in envelope.recipients))
        now = time.time()
        await _run(self._store, lambda: self._store.deliver(boxes, envelope.data, now))
        received = Received(sender=envelope.sender, recipients=envelope.recipients, data=envelope.data, at=now)
        self._remember(received)
        return received

    @property
    def received(self) -> tuple[Received, ...]:
        """What this process delivered, oldest first: the last `limits.received` mails and `limits.total` bytes."""
        return tuple(self._received)

    async def wait_for(self, count: int) -> tuple[Received, ...]:
        """`received`, as soon as `count` mails have been delivered in this process; bound it with `asyncio.timeout`."""
        while self._count < count:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)
        return self.received

    def mailbox(self, name: str) -> Mailbox:
        """The mailbox of an account or address. It is made when something is kept in it."""
        return Mailbox(self._store, self._store.box(mailbox_name(name)))

    async def mailboxes(self) -> tuple[str, ...]:
        """The names of those that are there, sorted."""
        return await _run(self._store, self._store.names)

    def _remember(self, received: Received) -> None:
        self._count += 1
        self._received.append(received)
        self._received_bytes += len(received.data)
        while len(self._received) > self.limits.received or self._received_bytes > self.limits.total:
            self._received_bytes -= len(self._received.popleft().data)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)


class Mailbox:
    """One mailbox: messages with UIDs that only grow (RFC 9051 §2.3.1.1). Errors: NotFound, TooLarge, Forbidden."""

    def __init__(self, store: Store, box: Box) -> None:
        self._store = store
        self._box = box
        self.name = box.name

    async def status(self) -> tuple[int, int]:
        """UIDVALIDITY, and the UID that the next message will have at least."""
        return await _run(self._store, self._box.status)

    async def list(self) -> tuple[MessageInfo, ...]:
        """What is in it, by UID."""
        return await _run(self._store, self._box.list)

    async def fetch(self, uid: int) -> bytes:
        """A message, byte for byte."""
        return await _run(self._store, lambda: self._box.fetch(uid))

    async def append(self, data: bytes, flags: Iterable[str] = (), received: float | None = None) -> int:
        """Keep a message and return its UID; `received` in Unix seconds."""
        chosen, at = checked_flags(flags), time.time() if received is None else received
        return await _run(self._store, lambda: self._box.append(data, chosen, at))

    async def flag(self, uid: int, add: Iterable[str] = (), remove: Iterable[str] = ()) -> frozenset[str]:
        """Change flags and return what they are now. Only those in FLAGS are kept, others are Forbidden."""
        added, removed = checked_flags(add), checked_flags(remove)
        return await _run(self._store, lambda: self._box.flag(uid, added, removed))

    async def expunge(self, uids: Iterable[int] | None = None) -> tuple[int, ...]:
        r"""Remove these messages, or with None those flagged `\Deleted`; returns the UIDs that went."""
        chosen = None if uids is None else frozenset(uids)
        return await _run(self._store, lambda: self._box.expunge(chosen))


def mailbox_name(address: str) -> str:
    """The mailbox of an address or account: the local part in lower case, without quotes and `+detail` (RFC 5233).

    Raises Forbidden where nothing is left, or more than 64 characters.
    """
    local = (address.rpartition("@")[0] if "@" in address else address).strip('"')
    name = (local.partition("+")[0] or local).casefold()
    if not name or len(name) > 64:  # RFC 5321 §4.5.3.1.1
        raise Forbidden("a mailbox's name has 1 to 64 characters")
    return name


async def _run(store: Store, work: Callable[[], _T]) -> _T:
    return await in_thread(work) if store.blocks else work()


CONTENT = Mail
