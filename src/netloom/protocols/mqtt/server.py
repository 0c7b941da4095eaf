"""MQTT, the server's side of one connection: a broker over a bus, plain or through a WebSocket (MQTT 5.0 §4.2, §6)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.links.http.exchange import Exchange
from netloom.protocols.mqtt.broker import broker_of
from netloom.protocols.mqtt.connection import Connection

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.links.context import Context
    from netloom.links.stream import Stream

SUBPROTOCOL = "mqtt"

_TEXT = (("content-type", "text/plain; charset=utf-8"),)


async def serve(link: Stream | Exchange, content: Bus, context: Context) -> None:
    """One connection."""
    if isinstance(link, Exchange):
        await _through_websocket(link, content, context)
    else:
        await Connection(link, broker_of(content), context).run()


async def _through_websocket(link: Exchange, content: Bus, context: Context) -> None:
    from netloom.links.http.websocket_handshake import Terms, accept, offered_subprotocols, refusal
    from netloom.links.http.websocket_stream import stream_over

    started = time.time()
    origins = tuple(context.options.origins)
    target = link.request.target.partition("?")[0]
    if refusal(link, origins) is None and SUBPROTOCOL not in offered_subprotocols(link.request):
        await link.respond(400, _TEXT, b"Sec-WebSocket-Protocol: mqtt is spoken here\n")
        context.access("GET", target, status=str(link.status), started=started)
        return
    socket = await accept(link, Terms(subprotocols=(SUBPROTOCOL,), origins=origins, compress=False))
    context.access("GET", target, status=str(link.status), started=started)
    if socket is not None:
        socket.keep_alive(context.idle / 2)
        async with stream_over(socket, idle=context.idle) as stream:
            await Connection(stream, broker_of(content), context).run()
            await stream.close()
