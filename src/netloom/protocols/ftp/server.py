"""FTP, the server's side: a tree of files for whoever may (RFC 959, 1123, 2228, 2389, 2428, 2577, 3659, 4217, 7151)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.links import sockets
from netloom.protocols.ftp import files, login, transfers, ways
from netloom.protocols.ftp.session import FAREWELL, Session
from netloom.wire.ftp.replies import Reply

if TYPE_CHECKING:
    from netloom.contents.files import Files
    from netloom.links.context import Context
    from netloom.links.stream import Stream

VERBS = {**login.VERBS, **ways.VERBS, **files.VERBS, **transfers.VERBS}


async def serve(link: Stream, content: Files, context: Context) -> None:
    """One connection. A client that is too slow, or is there when the server stops, is told 421."""
    link.set_idle(context.idle + FAREWELL)
    sockets.keep_urgent(link.info("socket"))  # ABOR's last octet is marked so, and belongs to the line all the same
    session = Session(link, content, context, VERBS)
    try:
        await session.run()
    except asyncio.CancelledError:
        if context.closing:
            await session.end(Reply(421, ("the server stops",)))
        raise
    except TimeoutError:
        await session.end(Reply(421, ("too slow",)))
    except RemoteProtocolError as exc:
        # Where a command ends isn't certain any more, so that nothing further can be taken for one
        await session.end(Reply(500, (exc.message[:400],)))
    finally:
        ways.forget(session)
