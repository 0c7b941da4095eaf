"""IRC, the server's side of one connection: channels over a bus (RFC 1459, RFC 2812, IRCv3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.irc.connection import Connection
from netloom.protocols.irc.network import network_of

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.links.context import Context
    from netloom.links.stream import Stream


async def serve(link: Stream, content: Bus, context: Context) -> None:
    """One connection."""
    await Connection(link, network_of(content), context).run()
