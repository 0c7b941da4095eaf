"""A mail that is under way at the server: from MAIL to its delivery (RFC 5321 §3.3, §4.4, RFC 3030)."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from netloom.contents import Forbidden, TooLarge
from netloom.contents.mail import Envelope
from netloom.errors import ConnectionLost, NetloomError
from netloom.wire.smtp import data
from netloom.wire.smtp.addresses import emit_path
from netloom.wire.smtp.replies import Reply

if TYPE_CHECKING:
    from netloom.contents.mail import Mail
    from netloom.links.stream import Stream
    from netloom.wire.smtp.addresses import Mailbox

ROOM = 2048
"""Octets that the trace headers may add to a mail."""

_ANY = 1 << 62  # all that stands in the stream's buffer, which has its own bound
_SHOWN = 3
_HELO = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


class Transaction:
    """From MAIL to the end of the message. `wide` is SMTPUTF8; beyond `limit` octets nothing of it is kept."""

    def __init__(self, sender: Mailbox | None, wide: bool, limit: int) -> None:
        self.sender = sender
        self.wide = wide
        self.limit = limit
        self.recipients: list[Mailbox] = []
        self.chunks = 0
        self.size = 0
        self.oversize = False
        self.started = time.time()
        self._parts: list[bytes] = []

    def take(self, piece: bytes) -> None:
        """Some more of the message."""
        self.size += len(piece)
        if self.size > self.limit:
            self.oversize = True
            self._parts.clear()
        if not self.oversize:
            self._parts.append(piece)

    def content(self) -> bytes:
        """The message as it came."""
        self._parts[:] = [b"".join(self._parts)]
        return self._parts[0]

    def describe(self) -> str:
        """Who to whom, for the access record."""
        names = [recipient.address[:100] for recipient in self.recipients[:_SHOWN]]
        more = len(self.recipients) - len(names)
        sender = self.sender.address[:100] if self.sender else "<>"
        return f"{sender} → {', '.join(names)}{f' and {more} more' if more else ''}"


async def read_data(link: Stream, mail: Transaction) -> None:
    """What follows DATA, to its end. Raises RemoteProtocolError for a CR or LF that stands alone, and for what is far
    too much: no command after that can be trusted to be one."""
    decoder = data.Decoder(mail.limit)

    def take(buffer: bytes) -> tuple[bytes, int] | None:
        if not buffer:
            return None
        given = decoder.feed(buffer)
        return given, len(buffer) - len(decoder.unused)

    while not decoder.done:
        try:
            mail.take(await link.parse(take, limit=_ANY))
        finally:
            mail.size, mail.oversize = decoder.size, decoder.size > mail.limit


async def read_chunk(link: Stream, mail: Transaction | None, size: int) -> None:
    """What follows BDAT; without a mail it is passed over, as the next command stands behind it (RFC 3030 §2)."""
    while size:
        piece = await link.read(size)
        if not piece:
            raise ConnectionLost(f"the peer closed the connection: {size} bytes of a chunk were due")
        size -= len(piece)
        if mail is not None:
            mail.take(piece)


async def deliver(mail: Transaction, content: Mail, head: bytes, number: str) -> Reply:
    """Give a whole mail with its trace headers to the mailboxes; what to tell the client."""
    if mail.oversize:
        return too_large(mail.limit)
    if mail.chunks and data.find_bare(mail.content()) >= 0:
        return Reply(554, ("5.6.0 a CR or LF stands alone in the mail",))
    envelope = Envelope(
        sender=mail.sender.address if mail.sender else "",
        recipients=tuple(recipient.address for recipient in mail.recipients),
        data=head + mail.content(),
    )
    try:
        await content.deliver(envelope)
    except TooLarge as exc:
        return Reply(452, (f"4.3.1 {exc.message}"[:400],))
    except Forbidden as exc:
        return Reply(550, (f"5.2.0 {exc.message}"[:400],))
    except NetloomError:
        return Reply(451, ("4.3.0 the mailbox can't be used now",))
    return Reply(250, (f"2.0.0 delivered as {number}",))


def too_large(limit: int) -> Reply:
    """What is told to whoever sends too much (RFC 1870 §6.1)."""
    return Reply(552, (f"5.3.4 a mail has {limit} octets at most",))


def trace(mail: Transaction, helo: str, peer: str, by: str) -> bytes:
    """Return-Path and Received (RFC 5321 §4.4). `peer` is `address:port`; `by` says who took it, and how."""
    host = peer.rpartition(":")[0]
    place = f"[IPv6:{host[1:]}" if host.startswith("[") else f"[{host}]" if host else "local"
    told = helo if _HELO.fullmatch(helo) else "unknown"
    # Several recipients aren't named: some may not be meant to know of the others (RFC 5321 §7.2)
    recipient = f"\r\n\tfor {emit_path(mail.recipients[0])}" if len(mail.recipients) == 1 else ""
    lines = [
        f"Return-Path: {emit_path(mail.sender)}",
        f"Received: from {told} ({place})",
        f"\t{by}{recipient};",
        f"\t{format_datetime(datetime.now(UTC))}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()
