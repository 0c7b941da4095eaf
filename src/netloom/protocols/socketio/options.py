"""What Socket.IO can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret

Size = Annotated[int, Meta(ge=1, le=2**40)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Interval = Annotated[float, Meta(gt=0, le=86400)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of socketio:// and socketios://. Times are seconds; lists are given by repeating the option."""

    # The session
    transport: Annotated[
        Literal["upgrade", "websocket", "polling"],
        Meta(description="how to talk: polling and then a WebSocket where there is one, or only one of them"),
    ] = "upgrade"
    place: Annotated[str, Meta(description="path at which the server is (the URL's is a namespace)", pattern="^/")] = (
        "/socket.io"
    )
    token: Annotated[Secret | None, Meta(description="what auth.token says when a namespace is connected")] = None
    tokens: Annotated[list[Secret], Meta(description="NAME=VALUE that auth has besides it (repeat it)")] = []
    headers: Annotated[list[str], Meta(description="'Name: value' to send with each request")] = []
    origin: Annotated[str, Meta(description="what Origin says, as a browser would: https://HOST")] = ""
    version: Annotated[
        Literal["", "1.1", "2", "2-prior"], Meta(description="HTTP's version (empty: as the server chooses over TLS)")
    ] = "1.1"
    # Events
    event: Annotated[str, Meta(description="the event to send, where no topic names it")] = "message"
    type: Annotated[
        Literal["auto", "text", "binary", "json", "arguments"],
        Meta(description="what to send: its argument (auto: text where it is UTF-8), or all of them as a JSON array"),
    ] = "auto"
    reply: Annotated[
        Literal["none", "ack", "event"],
        Meta(description="what to wait for after sending: an acknowledgement, an event"),
    ] = "none"
    subscribe: Annotated[
        list[str], Meta(description="listening: a topic to ask a server of ours for, + and # included (repeat it)")
    ] = []
    acknowledge: Annotated[bool, Meta(description="listening: acknowledge events that ask for it")] = True
    max_size: Annotated[Size, Meta(description="bytes of a message that comes")] = 16 << 20
    # Serving
    ping_interval: Annotated[Interval, Meta(description="serving: seconds between two heartbeats")] = 25.0
    ping_timeout: Annotated[Interval, Meta(description="serving: seconds that a client has to answer one")] = 20.0
    connect_timeout: Annotated[Interval, Meta(description="serving: seconds until a namespace has to be connected")] = (
        45.0
    )
    upgrade_timeout: Annotated[Interval, Meta(description="serving: seconds that an upgrade may take")] = 10.0
    max_payload: Annotated[Annotated[int, Meta(ge=1000, le=2**40)], Meta(description="serving: bytes of a message")] = (
        1_000_000
    )
    max_sessions: Annotated[Count, Meta(description="serving: sessions at once")] = 10_000
    max_sessions_per_peer: Annotated[Count, Meta(description="serving: sessions at once from one address")] = 1_000
    buffered: Annotated[Count, Meta(description="serving: packets that wait for one client; of more the oldest go")] = (
        1_000
    )
    origins: Annotated[
        list[str], Meta(description="serving: pages from there may connect too: https://HOST, or * for any")
    ] = []
