"""What an endpoint's path, query and options mean: a mailbox, messages in it, a part of one (RFC 5092)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError, UsageError
from netloom.wire.imap import items
from netloom.wire.imap import search as searches
from netloom.wire.imap.items import Section
from netloom.wire.imap.search import Search
from netloom.wire.imap.tokens import Cursor

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.protocols.imap.options import ImapOptions

INBOX = "INBOX"


class Place(Struct, frozen=True, kw_only=True):
    """`mailbox` is empty where none is named; `uid` and `index` are 0 where no message is."""

    mailbox: str = ""
    validity: int = 0
    uid: int = 0
    index: int = 0
    section: Section = Section()
    partial: tuple[int, int] | None = None
    search: Search | None = None


def place_of(endpoint: Endpoint, path: str, options: ImapOptions) -> Place:
    """What is meant by `/MAILBOX;UIDVALIDITY=n?SEARCH/;UID=n/;SECTION=s/;PARTIAL=a.b`. Raises UsageError."""
    raw, *parts = path.strip("/").split(";")
    named: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.rstrip("/").partition("=")
        if not equals or name.upper() not in _PARTS:
            raise UsageError(f";{part}: {', '.join(f';{known}=' for known in _PARTS)} are known")
        named[name.upper()] = unquote(value)
    partial = None
    if "PARTIAL" in named:
        start, _, length = named["PARTIAL"].partition(".")
        partial = (_number(start, "PARTIAL"), _number(length or str(2**32 - 1), "PARTIAL"))
    return Place(
        mailbox=unquote(raw.rstrip("/")) or options.mailbox,
        validity=_number(named.get("UIDVALIDITY", "0"), "UIDVALIDITY"),
        uid=_number(named.get("UID", "0"), "UID"),
        index=_number(named.get("MAILINDEX", "0"), "MAILINDEX"),
        section=items.parse_section(named.get("SECTION", options.section)),
        partial=partial,
        search=parse_search(_searched(endpoint.query) or options.search),
    )


_PARTS = ("UIDVALIDITY", "UID", "SECTION", "PARTIAL", "MAILINDEX")


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise UsageError(f";{name}={text[:40]}: a number is expected")
    return int(text)


def _searched(query: str) -> str:
    """`?search=UNSEEN`, or the search itself as RFC 5092 has it."""
    return unquote(query.removeprefix("search="))


def parse_search(text: str) -> Search | None:
    """A search as a person writes it; None for an empty one. Raises UsageError."""
    if not text.strip():
        return None
    try:
        cursor = Cursor((text.strip().encode(),))
        found = searches.read(cursor)
        cursor.end()
    except (RemoteProtocolError, LocalProtocolError, UnicodeEncodeError) as exc:
        words = exc.message if not isinstance(exc, UnicodeEncodeError) else "it isn't text"
        raise UsageError(
            f"search={text[:80]!r}: {words}", hint='UNSEEN, FROM ann, SINCE 1-Nov-2026, OR SEEN SUBJECT "two words"'
        ) from None
    if any(character in text for character in "\r\n\0"):
        raise UsageError("CR, LF or NUL in a search")
    return Search(found.key, None, "" if text.isascii() else "UTF-8")


def path_of(mailbox: str, uid: int = 0) -> str:
    """The path of a mailbox, or of a message in it."""
    made = "/" + quote(mailbox, safe="/&'()*+,!~:@$-._")
    return f"{made}/;UID={uid}" if uid else made
