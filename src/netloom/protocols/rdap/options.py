"""What RDAP can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of rdap:// and rdaps://. Lists are given by repeating the option."""

    bootstrap: Annotated[
        list[str],
        Meta(description="file or URL that tells which server to ask (RFC 9224); the endpoint is without a host"),
    ] = []
    headers: Annotated[list[str], Meta(description="'Name: value' to send with each request")] = []
    token: Annotated[Secret | None, Meta(description="a bearer token (RFC 6750)")] = None
    version: Annotated[
        Literal["", "1.1", "2", "2-prior"], Meta(description="HTTP's version (empty: as the server chooses over TLS)")
    ] = "1.1"
    max_redirects: Annotated[int, Meta(ge=0, le=100, description="redirects that are followed (0: none)")] = 10
    max_size: Annotated[int, Meta(ge=1, le=2**30, description="bytes of an answer")] = 8 << 20
