"""What a mailbox is: its messages, flags, limits, and what may go wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from netloom.contents import Forbidden
from netloom.errors import NetloomError

if TYPE_CHECKING:
    from collections.abc import Iterable

# IMAP's names (RFC 9051 §2.3.2, RFC 5788) and the letters that Maildir has for them.
FLAGS = {"\\Draft": "D", "\\Flagged": "F", "$Forwarded": "P", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}
_BY_LOWER = {name.lower(): name for name in FLAGS}
_KEYWORD = re.compile(r'[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]{1,100}')
_BARE_LF = re.compile(rb"(?<!\r)\n")


class InUse(NetloomError):
    """Somebody else holds the mailbox (POP3's lock, RFC 1939 §3)."""


class MessageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One message in a mailbox; `size` in bytes, `received` in Unix seconds."""

    uid: int
    flags: frozenset[str]
    received: float
    size: int


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be kept; `received` in Unix seconds."""

    data: bytes
    flags: frozenset[str] = frozenset()
    received: float


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept: bytes of a `message`; `messages` in a mailbox; `mailboxes`; `total` bytes in memory.

    An account has so many `folders` beside its INBOX; `keywords` are flags of people's own in one mailbox. `received`
    is how many deliveries are remembered; `reserve` bytes are left free on a disk.
    """

    message: int = 25 << 20
    messages: int = 10_000
    mailboxes: int = 1_000
    folders: int = 200
    keywords: int = 26
    total: int = 64 << 20
    received: int = 1_000
    reserve: int = 64 << 20


def checked_flags(flags: Iterable[str]) -> frozenset[str]:
    """Flags in their usual spelling; a keyword is a word of one's own. Raises Forbidden for one that can't be kept."""
    made = set()
    for flag in flags:
        known = _BY_LOWER.get(flag.lower())
        if known is None and not _KEYWORD.fullmatch(flag):
            raise Forbidden(f"the flag {flag[:40]!r} can't be kept", hint=f"flags: {', '.join(FLAGS)}, and keywords")
        made.add(known or flag)
    return frozenset(made)


def is_keyword(flag: str) -> bool:
    """Whether it is a word of somebody's own."""
    return flag not in FLAGS


def to_crlf(data: bytes) -> bytes:
    """A message as it is on the wire: an LF that stands alone becomes CRLF."""
    if data.count(b"\n") == data.count(b"\r\n"):
        return data
    return _BARE_LF.sub(b"\r\n", data)
