"""The way to a broker: a stream, plain or over TLS, or one inside a WebSocket's messages (MQTT 5.0 §4.2, §6)."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream

SUBPROTOCOL = "mqtt"

_USUAL = {"mqtt+ws": 80, "mqtts+ws": 443}


class Way:
    """A stream to a broker, and what has to be let go of with it."""

    def __init__(self, stream: Stream, stack: AsyncExitStack) -> None:
        self.stream = stream
        self._stack = stack

    async def close(self) -> None:
        """Send what is left, and hang up."""
        await self.stream.close()
        await self._stack.aclose()


async def open_way(dial: Dialler, endpoint: Endpoint, place: str) -> Way:
    """Dial. `place` is the path of a WebSocket. Raises PeerRefused where there is none, and what dialling raises."""
    stack = AsyncExitStack()
    if endpoint.scheme.removesuffix("+unix") not in _USUAL:
        return Way(await dial.stream(), stack)
    from netloom.errors import RemoteProtocolError
    from netloom.links.http.client import open_http
    from netloom.links.http.websocket_handshake import Wish, connect
    from netloom.links.http.websocket_stream import stream_over

    scheme = endpoint.scheme.removesuffix("+unix")
    port = None if endpoint.port == _USUAL[scheme] else endpoint.port
    wish = Wish(
        target=place,
        authority="localhost" if endpoint.socket else endpoint.replace(port=port, zone="").authority,
        scheme="https" if scheme == "mqtts+ws" else "http",
        subprotocols=(SUBPROTOCOL,),
        compress=False,
    )
    socket, _ = await connect(await open_http(dial, version="1.1"), wish)
    if socket.subprotocol != SUBPROTOCOL:
        raise RemoteProtocolError("a WebSocket is there, and doesn't speak mqtt", rule="MQTT 5.0 §6 [MQTT-6.0.0-4]")
    stream = await stack.enter_async_context(stream_over(socket, idle=dial.options.idle))
    return Way(dial.adopt(stream), stack)
