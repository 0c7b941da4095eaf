"""Socket.IO, the probe: is there a session, what does it offer, and may we connect (Engine.IO 4, Socket.IO 5)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom import shapes
from netloom.errors import NetloomError, PeerRefused
from netloom.links.http.messages import header

if TYPE_CHECKING:
    from netloom.protocols.socketio.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What a Socket.IO probe learns. Times in seconds, `max_payload` in bytes.

    `transport` is what carried it in the end, `upgrades` what the server offered; `upgrade_failure` says why what was
    offered didn't come about. `ping` is a round trip through the WebSocket, `connected_in` the time until the namespace
    was connected.
    """

    status: int | None = None
    version: str = ""
    server: str = ""
    transport: str = ""
    upgrades: list[str] = msgspec.field(default_factory=list)
    upgrade_failure: str = ""
    ping_interval: float | None = None
    ping_timeout: float | None = None
    max_payload: int | None = None
    allowed_origin: str = ""
    namespace: str = ""
    connected: bool = False
    refusal: str = ""
    connected_in: float | None = None
    ping: float | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Begin a session, upgrade it, and connect to the namespace of the URL."""
    try:
        dialogue = await client.begin()
    except PeerRefused as exc:
        if isinstance(exc.code, int):
            facts.status = exc.code
        facts.summary = exc.message
        raise
    response, handshake = dialogue.way.response, dialogue.handshake
    assert response is not None  # noqa: S101  # a session that stands was answered
    facts.status, facts.version = response.status, response.version
    facts.server = header(response.headers, "server") or ""
    facts.allowed_origin = header(response.headers, "access-control-allow-origin") or ""
    facts.transport, facts.upgrades = dialogue.way.name, list(handshake.upgrades)
    facts.ping_interval, facts.ping_timeout = handshake.ping_interval / 1000, handshake.ping_timeout / 1000
    facts.max_payload = handshake.max_payload
    facts.ping = dialogue.probed
    facts.upgrade_failure = dialogue.failure.message if dialogue.failure is not None else ""
    trace = dialogue.server.dial.trace
    said = [f"Engine.IO 4 · {facts.transport}"]
    said += [f"no upgrade: {facts.upgrade_failure}"] if facts.upgrade_failure else []
    said += [f"ping {facts.ping * 1000:.1f} ms"] if facts.ping is not None else []
    said.append(f"heartbeat {facts.ping_interval:g} + {facts.ping_timeout:g} s")
    facts.summary = " · ".join(said)
    began = trace.clock()
    try:
        _, facts.namespace, _ = await client.connect()
    except NetloomError as exc:
        facts.refusal = exc.message
        raise
    facts.connected, facts.connected_in = True, trace.clock() - began
    facts.summary = " · ".join([said[0], f"connected to {facts.namespace}", *said[1:]])
