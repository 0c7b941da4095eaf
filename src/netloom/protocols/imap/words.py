"""What a message's header says as a person reads it (RFC 2047)."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.header import decode_header
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.wire.imap.addresses import Address


def readable(value: bytes | None) -> str:
    """A field's value without encoded words, "" for none. An encoding that is unknown or broken stays as it stands."""
    text = (value or b"").decode("utf-8", "replace")
    if "=?" not in text:
        return text
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "latin-1", "replace")
            for part, charset in decode_header(text)
        )
    except (HeaderParseError, LookupError, ValueError):
        return text


def people(addresses: Sequence[Address] | None) -> str:
    """Addresses as one writes them: `Ann <ann@example.org>, bob@example.org`."""
    return ", ".join(_person(one) for one in addresses or () if one.mailbox is not None)


def _person(one: Address) -> str:
    mailbox, host = readable(one.mailbox), readable(one.host)
    if one.host is None:
        return f"{mailbox}:"  # a group
    address = f"{mailbox}@{host}" if host else mailbox
    return f"{readable(one.name)} <{address}>" if one.name else address
