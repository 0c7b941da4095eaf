"""What WebSocket can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret

Size = Annotated[int, Meta(ge=1, le=2**40)]
Interval = Annotated[float, Meta(ge=0, le=86400)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of ws:// and wss://. Lists are given by repeating the option."""

    # The handshake
    subprotocol: Annotated[list[str], Meta(description="a subprotocol to speak, in order of preference")] = []
    origin: Annotated[str, Meta(description="what Origin says, as a browser would: https://HOST")] = ""
    headers: Annotated[list[str], Meta(description="'Name: value' to send with the handshake")] = []
    token: Annotated[Secret | None, Meta(description="a bearer token (RFC 6750)")] = None
    version: Annotated[
        Literal["1.1", "2", "2-prior"],
        Meta(description="HTTP's version (2: RFC 8441, which few servers take; 2-prior: without asking)"),
    ] = "1.1"
    compressed: Annotated[bool, Meta(description="offer, or accept, permessage-deflate (RFC 7692)")] = True
    # Messages
    type: Annotated[
        Literal["auto", "text", "binary"], Meta(description="what to send (auto: text where it is UTF-8)")
    ] = "auto"
    reply: Annotated[Literal["none", "message"], Meta(description="what to read after sending")] = "none"
    max_size: Annotated[Size, Meta(description="bytes of a message, decompressed")] = 16 * 1024 * 1024
    keep_alive: Annotated[Interval, Meta(description="seconds of silence after which to send a PING (0: never)")] = 20.0
    # Serving
    origins: Annotated[
        list[str], Meta(description="serving: pages from there may connect too: https://HOST, or * for any")
    ] = []
