"""What TFTP can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_Block = Annotated[int, Meta(ge=8, le=65464)]


class TftpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of tftp://. What the other side doesn't know of them doesn't hold (RFC 2347)."""

    mode: Annotated[
        Literal["octet", "netascii"], Meta(description="bytes as they are, or text whose lines end as they do here")
    ] = "octet"
    blksize: Annotated[_Block, Meta(description="bytes of a block to ask for (RFC 2348; 512: don't ask)")] = 1428
    windowsize: Annotated[
        int, Meta(ge=1, le=1024, description="blocks to ask for at a time, to 96 KiB (RFC 7440; 1: don't ask)")
    ] = 16
    timeout: Annotated[
        Annotated[int, Meta(ge=1, le=255)] | None,
        Meta(description="seconds until what was lost is sent again, on both sides (RFC 2349)"),
    ] = None
    tsize: Annotated[bool, Meta(description="ask for, or tell, the file's size (RFC 2349)")] = True
    tries: Annotated[int, Meta(ge=1, le=100, description="how often something is sent before it is given up")] = 6
    # Serving
    write: Annotated[
        Literal["", "no", "new", "yes"],
        Meta(
            description="serving: nobody writes, only new files, or over old ones, too; by default this machine's own "
            "may, into files in memory"
        ),
    ] = ""
    plain: Annotated[
        Literal["", "no", "yes"],
        Meta(
            description="serving: a request without options, whose answer may be far larger than itself, is taken from "
            "nobody or from anybody; by default from this machine's own"
        ),
    ] = ""
    max_blksize: Annotated[_Block, Meta(description="serving: bytes of a block at most")] = 65464
    max_windowsize: Annotated[int, Meta(ge=1, le=1024, description="serving: blocks of a window at most")] = 64
    transfers: Annotated[int, Meta(ge=1, description="serving: transfers at once")] = 256
    transfers_per_peer: Annotated[int, Meta(ge=1, description="serving: transfers at once with one address")] = 32
