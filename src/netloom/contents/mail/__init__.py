"""Mail: mailboxes in memory or in Maildirs, for SMTP, IMAP and POP3 alike."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from netloom.contents import TooLarge
from netloom.contents.mail.box import FLAGS, Incoming, InUse, Limits, MessageInfo
from netloom.contents.mail.letter import letter
from netloom.contents.mail.mailbox import Mailbox
from netloom.contents.mail.maildirs import Maildirs
from netloom.contents.mail.memory import Memory
from netloom.contents.mail.names import mailbox_name
from netloom.contents.mail.notes import Notes
from netloom.wire.subject import subject_of

if TYPE_CHECKING:
    from email.message import EmailMessage

    from netloom.contents.mail.folders import Folders

__all__ = [
    "CONTENT", "FLAGS", "Envelope", "InUse", "Incoming", "Limits", "Mail", "Mailbox", "MessageInfo", "Received",
    "mailbox_name",
]  # fmt: skip

_LIMITS = Limits()


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A mail on its way (RFC 5321 §2.3.1).

    `sender` is "" for a bounce; `data` is kept byte for byte where its lines end in CRLF. Whoever has to adds trace
    headers before.
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

    @property
    def message(self) -> EmailMessage:
        """The mail as the standard library reads it: `message["Date"]`, `message.get_body()`."""
        from email import message_from_bytes, policy

        return message_from_bytes(self.data, policy=policy.default)


class Mail:
    """Mailboxes by account. Anyone may deliver; a protocol asks `Accounts` who else may read which mailbox.

    `ann`, `Ann@example.org` and `ann+list@example.org` are the same account, whose mailbox is made by its first use. In
    memory (`root` None) or below a directory that has one Maildir++ for each: `root/ann/{tmp,new,cur}`.
    """

    KIND: ClassVar[str] = "mail"

    def __init__(self, root: str | Path | None = None, *, limits: Limits = _LIMITS, welcomes: bool = False) -> None:
        """With `welcomes`, who logs in and has no mail yet finds a letter.

        Raises UsageError where `root` is no directory for Maildirs.
        """
        self.limits = limits
        self._welcomes = welcomes
        self.notes = Notes()
        self._root = root
        self._store = Memory(limits, self.notes) if root is None else Maildirs(Path(root), limits, self.notes)
        self._received: deque[Received] = deque()
        self._received_bytes = 0
        self._count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`mail` is in memory, with a letter of welcome; `mail:DIRECTORY` has Maildirs. Raises UsageError."""
        return cls(argument or None, welcomes=not argument)

    def describe(self) -> str:
        return "mail in memory" if self._root is None else f"mail {self._root}"

    async def deliver(self, envelope: Envelope) -> Received:
        """Keep a mail for each of its recipients; in Maildirs it is on the disk when this returns. Raises TooLarge."""
        if len(envelope.data) > self.limits.message:
            raise TooLarge(f"a message has no more than {self.limits.message} bytes here")
        owners = list(dict.fromkeys(mailbox_name(recipient) for recipient in envelope.recipients))
        now = time.time()
        await self._store.deliver(owners, envelope.data, now)
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
        """The INBOX of an account or address. It is made when something is kept in it."""
        return self._store.inbox(mailbox_name(name))

    def folders(self, name: str) -> Folders:
        """All mailboxes of an account or address."""
        return self._store.folders(mailbox_name(name))

    async def welcome(self, name: str) -> None:
        """Somebody has logged in."""
        owner = mailbox_name(name)
        if self._welcomes and owner not in await self.mailboxes():
            with contextlib.suppress(TooLarge):
                await self._store.deliver([owner], letter(owner, time.time()), time.time())

    async def mailboxes(self) -> tuple[str, ...]:
        """The names of the accounts that have mail, sorted."""
        return await self._store.owners()

    def _remember(self, received: Received) -> None:
        self._count += 1
        self._received.append(received)
        self._received_bytes += len(received.data)
        while len(self._received) > self.limits.received or self._received_bytes > self.limits.total:
            self._received_bytes -= len(self._received.popleft().data)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)


CONTENT = Mail
