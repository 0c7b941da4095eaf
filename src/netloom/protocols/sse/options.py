"""What server-sent events can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret
from netloom.wire.sse import LIMIT

Size = Annotated[int, Meta(ge=1, le=2**40)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Interval = Annotated[float, Meta(ge=0, le=86400)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of sse:// and sses://. Times are seconds; lists are given by repeating the option."""

    # The request
    headers: Annotated[list[str], Meta(description="'Name: value' to send with each request")] = []
    token: Annotated[Secret | None, Meta(description="a bearer token (RFC 6750)")] = None
    version: Annotated[
        Literal["", "1.1", "2", "2-prior"], Meta(description="HTTP's version (empty: as the server chooses over TLS)")
    ] = "1.1"
    max_redirects: Annotated[Count, Meta(description="redirects that are followed (0: none)")] = 10
    # Events
    last_event_id: Annotated[str, Meta(description="the last event that is known: those after it are asked for")] = ""
    events: Annotated[list[str], Meta(description="hear events of this name only (repeat it)")] = []
    reconnect: Annotated[
        Count, Meta(description="how often in a row to connect again when a stream has ended (0: not at all)")
    ] = 0
    retry: Annotated[
        Interval | None,
        Meta(description="wait so long before that, until the server says otherwise (3); serving: say so"),
    ] = None
    max_event: Annotated[Size, Meta(description="bytes of an event")] = LIMIT
    event: Annotated[str, Meta(description="the name of what is sent")] = ""
    wait: Annotated[Interval, Meta(description="probing: how long to wait for a first event")] = 0.25
    # Serving
    keep_alive: Annotated[
        Annotated[float, Meta(gt=0, le=86400)], Meta(description="serving: silence after which to send a comment")
    ] = 15.0
    origins: Annotated[
        list[str], Meta(description="serving: pages from there may read too: https://HOST, or * for any")
    ] = []
