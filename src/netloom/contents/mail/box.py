"""What a mailbox is: its flags, limits and listing, and what a store of them has to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from netloom.contents import Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable

# IMAP's names (RFC 9051 §2.3.2, RFC 5788) and the letters that Maildir has for them.
FLAGS = {"\\Draft": "D", "\\Flagged": "F", "$Forwarded": "P", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}
_BY_LOWER = {name.lower(): name for name in FLAGS}


class MessageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One message in a mailbox; `size` in bytes, `received` in Unix seconds."""

    uid: int
    flags: frozenset[str]
    received: float
    size: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: bytes of a `message`; `messages` in a mailbox; `mailboxes`; `total` bytes in memory.

    `received` is how many deliveries are remembered; `reserve` bytes are left free on a disk.
    """

    message: int = 25 << 20
    messages: int = 10_000
    mailboxes: int = 1_000
    total: int = 64 << 20
    received: int = 1_000
    reserve: int = 64 << 20


class Box(Protocol):
    """One mailbox. UIDs are never used again under the same UIDVALIDITY."""

    name: str

    def status(self) -> tuple[int, int]: ...
    def fetch(self, uid: int) -> bytes: ...
    def append(self, data: bytes, flags: frozenset[str], received: float) -> int: ...
    def flag(self, uid: int, add: frozenset[str], remove: frozenset[str]) -> frozenset[str]: ...
    def expunge(self, uids: frozenset[int] | None) -> tuple[int, ...]: ...
    def list(self) -> tuple[MessageInfo, ...]: ...


class Store(Protocol):
    """Where mailboxes are kept; one that `blocks` is asked in threads, several at once."""

    blocks: bool

    def box(self, name: str) -> Box: ...
    def names(self) -> tuple[str, ...]: ...
    def deliver(self, names: list[str], data: bytes, received: float) -> None: ...


def checked_flags(flags: Iterable[str]) -> frozenset[str]:
    """Flags in their usual spelling. Raises Forbidden for one that can't be kept."""
    given = tuple(flags)
    unknown = [flag for flag in given if flag.lower() not in _BY_LOWER]
    if unknown:
        raise Forbidden(f"the flag {unknown[0][:40]!r} can't be kept", hint=f"flags: {', '.join(FLAGS)}")
    return frozenset(_BY_LOWER[flag.lower()] for flag in given)
