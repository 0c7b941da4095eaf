"""What CoAP can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.wire.coap import codes


class CoapOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of coap://."""

    method: Annotated[
        Literal["post", "put", "delete", "fetch", "patch", "ipatch"], Meta(description="send: the method")
    ] = "post"
    confirm: Annotated[bool, Meta(description="ask in confirmable messages, which are sent until they are heard")] = (
        True
    )
    patience: Annotated[float, Meta(gt=0, le=3600, description="seconds until a message is sent again")] = (
        codes.ACK_TIMEOUT
    )
    retries: Annotated[int, Meta(ge=0, le=20, description="how often a message is sent again")] = codes.MAX_RETRANSMIT
    block: Annotated[
        Literal[16, 32, 64, 128, 256, 512, 1024], Meta(description="octets of a block at most (RFC 7959)")
    ] = 1024
    accept: Annotated[str, Meta(description="content format to ask for: a number, or text/plain")] = ""
    content_format: Annotated[str, Meta(description="content format of what is sent: a number, or text/plain")] = ""
    if_match: Annotated[str, Meta(description="put: only over what has this ETag, in hex")] = ""
    if_none_match: Annotated[bool, Meta(description="put: only where nothing is yet")] = False
    no_response: Annotated[bool, Meta(description="send: want no answer at all (RFC 7967)")] = False
    # Serving
    write: Annotated[
        Literal["", "no", "yes"],
        Meta(description="serving: nobody or anybody writes; by default this machine's own, as there are no accounts"),
    ] = ""
    observers: Annotated[int, Meta(ge=0, description="serving: how many may observe at once")] = 1000
    observers_per_peer: Annotated[int, Meta(ge=0, description="serving: and from one address")] = 100
