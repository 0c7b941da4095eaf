"""IMAP, the server's side: mailboxes to be read, searched and kept in order (RFC 9051, RFC 3501 and extensions)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.protocols.imap import entering, fetching, mailboxes, messages, searching
from netloom.protocols.imap.session import Session
from netloom.wire.imap.responses import Condition

if TYPE_CHECKING:
    from netloom.contents.mail import Mail
    from netloom.links.context import Context
    from netloom.links.stream import Stream

COMMANDS = (
    entering.COMMANDS | mailboxes.COMMANDS | messages.COMMANDS | fetching.COMMANDS | searching.COMMANDS
)  # fmt: skip


async def serve(link: Stream, content: Mail, context: Context) -> None:
    """One connection. A client that is too slow, errs too often or is there when the server stops is told BYE."""
    session = Session(link, content, context, COMMANDS)
    try:
        await session.run()
    except asyncio.CancelledError:
        if context.closing:
            await session.end(Condition("*", "BYE", "the server stops"))
        raise
    except TimeoutError:
        await session.end(Condition("*", "BYE", "too slow"))
    except RemoteProtocolError as exc:
        # Where a command ends isn't certain any more, so that nothing further can be taken for one
        await session.end(Condition("*", "BYE", exc.message))
