"""What FTP can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret


class FtpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of ftp:// and ftps://."""

    # Data connections
    active: Annotated[bool, Meta(description="the server connects to us for data, not we to it (EPRT, PORT)")] = False
    epsv: Annotated[bool, Meta(description="ask by EPSV and EPRT first, which know IPv6 (RFC 2428)")] = True
    pasv_address: Annotated[
        bool, Meta(description="connect to the address that PASV tells, not to the server's own")
    ] = False
    prot: Annotated[
        Literal["private", "clear"], Meta(description="with TLS: data has it too, or only the dialogue has (RFC 4217)")
    ] = "private"
    # What is asked
    type: Annotated[
        Literal["binary", "ascii"], Meta(description="bytes as they are, or text whose lines end as they do here")
    ] = "binary"
    range: Annotated[
        str, Meta(description="get: only these bytes: 0-99 or 500-", pattern=r"^(\d{1,18}-(\d{1,18})?)?$")
    ] = ""
    resume: Annotated[bool, Meta(description="put: go on where the file there ends")] = False
    append: Annotated[bool, Meta(description="put: add to the file there")] = False
    charset: Annotated[Literal["utf-8", "latin-1"], Meta(description="how names are said")] = "utf-8"
    # Who asks
    account: Annotated[Secret | None, Meta(description="what ACCT says, where a server wants it")] = None
    vhost: Annotated[str, Meta(description="the server's name to ask for (HOST, RFC 7151)", pattern="^[!-~]*$")] = ""
    allow_plain_auth: Annotated[
        bool, Meta(description="say and take passwords without TLS; on this machine that is always done")
    ] = False
    # Serving
    passive_ports: Annotated[
        str, Meta(description="serving: ports for data connections, FIRST-LAST", pattern=r"^(\d{1,5}-\d{1,5})?$")
    ] = ""
    passive_address: Annotated[
        str, Meta(description="serving: the IPv4 address that PASV tells, behind a NAT", pattern=r"^[0-9.]*$")
    ] = ""
    require_tls: Annotated[bool, Meta(description="serving: neither logins nor data without TLS")] = False
    data_idle: Annotated[
        float, Meta(gt=0, le=86400, description="serving: seconds of silence on a data connection")
    ] = 60.0
    max_logins: Annotated[int, Meta(ge=1, description="serving: failed logins before the connection ends")] = 3
