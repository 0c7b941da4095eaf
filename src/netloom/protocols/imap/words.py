"""What a message's header says as a person reads it (RFC 2047)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.encoded_words import decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.wire.imap.addresses import Address


def readable(value: bytes | None) -> str:
    """A field's value without encoded words, "" for none. An encoding that is unknown or broken stays as it stands."""
    return decoded((value or b"").decode("utf-8", "replace"))


def people(addresses: Sequence[Address] | None) -> str:
    """Addresses as one writes them: `Ann <ann@example.org>, bob@example.org`."""
    return ", ".join(_person(one) for one in addresses or () if one.mailbox is not None)


def _person(one: Address) -> str:
    mailbox, host = readable(one.mailbox), readable(one.host)
    if one.host is None:
        return f"{mailbox}:"  # a group
    address = f"{mailbox}@{host}" if host else mailbox
    return f"{readable(one.name)} <{address}>" if one.name else address
