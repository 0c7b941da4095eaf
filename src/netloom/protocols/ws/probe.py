"""WebSocket, the probe: does it open, what is agreed on, and how long does a PING take (RFC 6455 §4, §5.5)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import shapes
from netloom.errors import PeerRefused, Phase
from netloom.links.http.messages import header

if TYPE_CHECKING:
    from netloom.protocols.ws.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What a WebSocket probe learns. `ping` in seconds; `version` is HTTP's."""

    status: int | None = None
    version: str = ""
    subprotocol: str = ""
    extensions: str = ""
    server: str = ""
    ping: float | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Open, and measure a round trip."""
    try:
        socket = await client.connect()
    except PeerRefused as exc:
        if isinstance(exc.code, int):
            facts.status = exc.code
            facts.summary = exc.message
        raise
    response = client.response
    assert response is not None  # noqa: S101  # a socket that stands was answered
    facts.status = response.status
    facts.version = response.version
    facts.subprotocol = socket.subprotocol
    facts.extensions = header(response.headers, "sec-websocket-extensions") or ""
    facts.server = header(response.headers, "server") or ""
    facts.summary = f"open · HTTP/{response.version}"
    socket.stream.enter(Phase.REQUEST)
    facts.ping = await socket.round_trip()
    said = [f"ping {facts.ping * 1000:.1f} ms"]
    said += [facts.subprotocol] if facts.subprotocol else []
    said += ["compressed"] if socket.compressed else []
    facts.summary = " · ".join([facts.summary, *said])
