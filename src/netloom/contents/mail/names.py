"""Names: whose mailbox an address means, and how the folders of an account are called."""

from __future__ import annotations

import re
import unicodedata

from netloom.contents import Forbidden

SEPARATOR = "/"
INBOX = "INBOX"

_LIMIT = 200
_DEPTH = 16
_BAD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff%*]")
_SPECIAL = {
    "Archive": "\\Archive", "Drafts": "\\Drafts", "Junk": "\\Junk", "Sent": "\\Sent", "Trash": "\\Trash",
}  # fmt: skip


def mailbox_name(address: str) -> str:
    """The mailbox of an address or account: the local part in lower case, without quotes and `+detail` (RFC 5233).

    Raises Forbidden where nothing is left, or more than 64 characters.
    """
    local = (address.rpartition("@")[0] if "@" in address else address).strip('"')
    name = (local.partition("+")[0] or local).casefold()
    if not name or len(name) > 64:  # RFC 5321 §4.5.3.1.1
        raise Forbidden("a mailbox's name has 1 to 64 characters")
    return name


def folder_name(name: str) -> str:
    """A folder's name as it is kept: INBOX in whatever case, and Unicode in one form (RFC 9051 §5.1).

    Raises Forbidden for control characters, wildcards, empty parts, and what is too long or too deep.
    """
    name = unicodedata.normalize("NFC", name)
    parts = name.split(SEPARATOR)
    if parts[0].upper() == INBOX:
        parts[0] = INBOX
    if _BAD.search(name):
        raise Forbidden("a mailbox's name has no control characters and none of % and *")
    if not all(part.strip() for part in parts):
        raise Forbidden("no part of a mailbox's name is empty")
    if len(name) > _LIMIT or len(parts) > _DEPTH:
        raise Forbidden(f"a mailbox's name has {_LIMIT} characters and {_DEPTH} parts at most")
    return SEPARATOR.join(parts)


def special_use(name: str) -> str:
    """What a folder of that name is for (RFC 6154), empty where nothing is known."""
    return _SPECIAL.get(name, "")


def superiors(name: str) -> list[str]:
    """The names above one, from the top."""
    parts = name.split(SEPARATOR)
    return [SEPARATOR.join(parts[:count]) for count in range(1, len(parts))]


def is_below(name: str, other: str) -> bool:
    """Whether it is in another folder, at whatever depth."""
    return name.startswith(other + SEPARATOR)
