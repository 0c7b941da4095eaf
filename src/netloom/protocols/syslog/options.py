"""What syslog can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.wire.syslog.message import Facility, Severity

Size = Annotated[int, Meta(ge=480, le=1 << 20)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of syslog://, syslog+tcp:// and syslogs://."""

    facility: Annotated[Facility, Meta(description="what part of a system speaks")] = "user"
    severity: Annotated[Severity, Meta(description="how bad it is")] = "notice"
    app: Annotated[str, Meta(description="the program that speaks")] = "netloom"
    procid: Annotated[str, Meta(description="its process id, or anything like it")] = ""
    msgid: Annotated[str, Meta(description="what kind of message it is (RFC 5424)")] = ""
    hostname: Annotated[str, Meta(description="the host that speaks (this one, without)")] = ""
    data: Annotated[
        list[str], Meta(description='structured data as RFC 5424 writes it: [id@32473 name="value"] (repeat it)')
    ] = []
    format: Annotated[Literal["5424", "3164"], Meta(description="RFC 5424, or the older RFC 3164")] = "5424"
    framing: Annotated[
        Literal["octets", "lf"], Meta(description="over TCP and TLS: messages are counted, or a line each (RFC 6587)")
    ] = "octets"
    test: Annotated[bool, Meta(description="probe: send a test message, of the facility and severity given")] = False
    max_size: Annotated[Size, Meta(description="serving: bytes of a message")] = 64 * 1024
