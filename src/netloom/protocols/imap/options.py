"""What IMAP can be told."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret
from netloom.links.options import Seconds


class ImapOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What IMAP can be told."""

    # What is meant
    mailbox: Annotated[str, Meta(description="the mailbox, where the URL's path names none (INBOX by default)")] = ""
    search: Annotated[str, Meta(description="the messages that match, as SEARCH writes it: UNSEEN FROM ann")] = ""
    section: Annotated[
        str, Meta(description="get: this part of the message, such as HEADER, TEXT, 1.2 or HEADER.FIELDS (SUBJECT)")
    ] = ""
    peek: Annotated[bool, Meta(description="leave a message unseen that is got")] = True
    subscribed: Annotated[bool, Meta(description="list: only mailboxes that the account is subscribed to")] = False
    limit_messages: Annotated[int, Meta(ge=1, description="list: so many messages at most, the newest")] = 1000
    # What is appended
    flags: Annotated[list[str], Meta(description="put: a flag of the message, such as seen or $work (repeat it)")] = []
    date: Annotated[
        Annotated[float, Meta(ge=0)] | None, Meta(description="put: when it was received, in Unix seconds")
    ] = None
    create: Annotated[bool, Meta(description="put: make the mailbox where it isn't there")] = False
    # Who we are
    auth: Annotated[
        Literal["", "plain", "login", "scram-sha-256", "cram-md5", "xoauth2", "anonymous"],
        Meta(description="authenticate in this way only"),
    ] = ""
    token: Annotated[Secret | None, Meta(description="a bearer token instead of a password (XOAUTH2)")] = None
    allow_plain_auth: Annotated[bool, Meta(description="say and take passwords without TLS")] = False
    max_message: Annotated[int, Meta(ge=1, description="bytes of a message that are taken")] = 256 << 20
    # Serving
    name: Annotated[str, Meta(description="serving: our own host name", pattern="^[!-~]*$")] = ""
    autologout: Annotated[Seconds, Meta(description="serving: seconds of silence of somebody who is logged in")] = 1800
    max_errors: Annotated[int, Meta(ge=1, description="serving: errors one after the other")] = 20
    transfer_deadline: Annotated[Seconds, Meta(description="serving: seconds in which a message has to arrive")] = 600.0
