"""What gRPC can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret

Size = Annotated[int, Meta(ge=1, le=2**31)]
Seconds = Annotated[float, Meta(gt=0, le=31_622_400)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of grpc:// and grpcs://. Lists are given by repeating the option."""

    # What is asked
    metadata: Annotated[
        list[str], Meta(description="'name: value' to send along; where the name ends in -bin, in base64")
    ] = []
    token: Annotated[Secret | None, Meta(description="a bearer token (RFC 6750)")] = None
    timeout: Annotated[
        Seconds | None, Meta(description="seconds that a call may take, which the server is told as well")
    ] = None
    descriptors: Annotated[
        str,
        Meta(description="a file of descriptors (protoc --include_imports --descriptor_set_out) to use, no reflection"),
    ] = ""
    authority: Annotated[str, Meta(description="what :authority says, instead of host and port")] = ""
    service: Annotated[str, Meta(description="the service whose health is probed (by default the whole server)")] = ""
    # How it is said and shown
    compress: Annotated[
        Literal["identity", "gzip", "deflate"], Meta(description="how messages are compressed that are sent")
    ] = "identity"
    defaults: Annotated[bool, Meta(description="show fields, too, that have their default value")] = False
    count: Annotated[Annotated[int, Meta(ge=0)], Meta(description="stop after so many replies (0: at the end)")] = 0
    keep_alive: Annotated[
        Annotated[float, Meta(ge=0, le=86400)],
        Meta(description="seconds of silence after which to send a PING (0: never; many servers mind)"),
    ] = 0.0
    # How far it goes
    max_size: Annotated[Size, Meta(description="bytes of a message that comes, decompressed")] = 4 << 20
    max_metadata: Annotated[Size, Meta(description="bytes of the metadata that come at once")] = 16 << 10
    max_ratio: Annotated[
        Size, Meta(description="how much larger a decompressed message may be than what came (above 4 MiB)")
    ] = 200
    # Serving
    max_streams: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)], Meta(description="serving: calls at once on one connection")
    ] = 100
