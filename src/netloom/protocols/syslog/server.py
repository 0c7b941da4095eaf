"""Syslog, the server's side: what is told is published, and nothing is ever answered (RFC 5426, RFC 6587, RFC 5425)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.errors import ConnectionLost, RemoteProtocolError, UsageError
from netloom.links.datagrams import Datagrams
from netloom.protocols.syslog.messages import heard
from netloom.wire import syslog
from netloom.wire.syslog.framing import Unframer

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.links.context import Context
    from netloom.links.datagrams import Peer
    from netloom.links.stream import Stream


async def serve(link: Datagrams | Stream, content: Bus, context: Context) -> None:
    """One socket or one connection. Syslog knows no accounts: whoever reaches it is heard, below `syslog/` alone."""
    if isinstance(link, Datagrams):
        while True:
            data, peer = await link.receive_from()
            _take(data, _shown(peer), content, context, peer)
    await _stream(link, content, context)


async def _stream(link: Stream, bus: Bus, context: Context) -> None:
    """A sender that has said something may be silent for days: one that is cut off loses what it says next. What has
    begun has to be whole within `idle` seconds."""
    started = time.time()
    unframer = Unframer(context.options.max_size)
    loop = asyncio.get_running_loop()
    link.set_idle(None)
    taken = 0
    try:
        async with asyncio.timeout(context.idle) as patience:
            begun = False
            while data := await link.read():
                before = taken
                with context.working():
                    for message in unframer.feed(data):
                        taken += _take(message, link.peer, bus, context)
                if unframer.holds and (not begun or taken > before):
                    patience.reschedule(loop.time() + context.idle)
                elif taken and not unframer.holds:
                    patience.reschedule(None)
                begun = unframer.holds
            if rest := unframer.rest():
                taken += _take(rest, link.peer, bus, context)
    except ConnectionLost:
        pass  # most collectors' clients go without a word
    finally:
        context.access("CONNECT", status=f"{taken} messages", started=started)


def _take(data: bytes, sender: str, bus: Bus, context: Context, peer: Peer = None) -> bool:
    """Publish one message; whether it was any."""
    if len(data) > context.options.max_size:
        return False
    try:
        message = heard(syslog.parse(data), sender)
        bus.publish(message)
    except (RemoteProtocolError, UsageError, TooLarge):
        return False
    if context.reports:
        context.access("LOG", message.topic, size=len(data), peer=peer)
    return True


def _shown(peer: Peer) -> str:
    if not isinstance(peer, tuple):
        return ""
    return f"[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"{peer[0]}:{peer[1]}"
