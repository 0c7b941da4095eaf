"""ENVELOPE: what a message's header says, in ten fields (RFC 9051 §7.5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.imap import addresses, tokens
from netloom.wire.imap.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Mapping

_RULE = "RFC 9051 §7.5.2"
_PEOPLE = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")


class Envelope(Struct, frozen=True, kw_only=True):
    """A header's fields as they stand, encoded words and all; None where there is no such field."""

    date: bytes | None = None
    subject: bytes | None = None
    author: tuple[Address, ...] | None = None
    sender: tuple[Address, ...] | None = None
    reply_to: tuple[Address, ...] | None = None
    to: tuple[Address, ...] | None = None
    cc: tuple[Address, ...] | None = None
    bcc: tuple[Address, ...] | None = None
    in_reply_to: bytes | None = None
    message_id: bytes | None = None


def make(fields: Mapping[bytes, bytes]) -> Envelope:
    """The envelope of a message with these fields. Without a sender, and a place for answers, it is the author."""
    people = [addresses.parse(fields[name]) or None if name in fields else None for name in _PEOPLE]
    author, sender, reply_to, to, cc, bcc = people
    return Envelope(
        date=fields.get(b"date"),
        subject=fields.get(b"subject"),
        author=author,
        sender=sender or author,
        reply_to=reply_to or author,
        to=to,
        cc=cc,
        bcc=bcc,
        in_reply_to=fields.get(b"in-reply-to"),
        message_id=fields.get(b"message-id"),
    )


def emit(envelope: Envelope, *, utf8: bool = False) -> bytes:
    """As it is told."""
    values = [getattr(envelope, name) for name in envelope.__struct_fields__]
    return b"(" + b" ".join(
        _people(value, utf8) if isinstance(value, tuple) else tokens.nstring(value, utf8=utf8) for value in values
    ) + b")"  # fmt: skip


def _people(people: tuple[Address, ...], utf8: bool) -> bytes:
    if not people:
        return b"NIL"
    made = bytearray(b"(")
    for one in people:
        made += b"("
        made += b" ".join(tokens.nstring(part, utf8=utf8) for part in (one.name, one.route, one.mailbox, one.host))
        made += b")"
    made += b")"
    return bytes(made)


def read(value: Any) -> Envelope:
    """An envelope from a parsed value."""
    if not isinstance(value, list) or len(value) != 10:
        raise RemoteProtocolError("an envelope has ten fields", rule=_RULE)
    date, subject, *people, in_reply_to, message_id = value
    author, sender, reply_to, to, cc, bcc = (_read_people(one) for one in people)
    return Envelope(
        date=_read_text(date), subject=_read_text(subject), author=author, sender=sender, reply_to=reply_to, to=to,
        cc=cc, bcc=bcc, in_reply_to=_read_text(in_reply_to), message_id=_read_text(message_id),
    )  # fmt: skip


def _read_text(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    raise RemoteProtocolError("a string or NIL is expected in an envelope", rule=_RULE)


def _read_people(value: Any) -> tuple[Address, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise RemoteProtocolError("a list of addresses is expected in an envelope", rule=_RULE)
    made = []
    for one in value:
        if not isinstance(one, list) or len(one) != 4:
            raise RemoteProtocolError("an address has four fields", rule=_RULE)
        made.append(Address(*(_read_text(part) for part in one)))
    return tuple(made)
