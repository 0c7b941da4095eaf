"""What POP3 can be told."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret
from netloom.links.options import Seconds


class Pop3Options(msgspec.Struct, frozen=True, kw_only=True):
    """What POP3 can be told."""

    # What is meant
    uid: Annotated[str, Meta(description="get: the message with this unique id, as list tells it")] = ""
    lines: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="get: only the header and so many lines (TOP)")
    ] = None
    delete: Annotated[bool, Meta(description="get: remove the message once it has come")] = False
    subjects: Annotated[bool, Meta(description="list: look at headers, for subjects (TOP)")] = True
    limit_messages: Annotated[int, Meta(ge=1, description="list: so many messages at most, the newest")] = 1000
    # Who we are
    auth: Annotated[
        Literal["", "user", "plain", "login", "scram-sha-256", "cram-md5", "xoauth2", "anonymous"],
        Meta(description="authenticate in this way only"),
    ] = ""
    token: Annotated[Secret | None, Meta(description="a bearer token instead of a password (XOAUTH2)")] = None
    allow_plain_auth: Annotated[bool, Meta(description="say and take passwords without TLS")] = False
    max_message: Annotated[int, Meta(ge=1, description="bytes of a message that are taken")] = 256 << 20
    # Serving
    name: Annotated[str, Meta(description="serving: our own host name", pattern="^[!-~]*$")] = ""
    autologout: Annotated[Seconds, Meta(description="serving: seconds of silence of somebody who is logged in")] = 600.0
    max_errors: Annotated[int, Meta(ge=1, description="serving: errors one after the other")] = 20
