"""What IRC can be told: one set of options for the client, the probe and the server."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret

Word = Annotated[str, Meta(pattern=r"^[^\s\x00]*$", max_length=63)]
Rate = Annotated[float, Meta(ge=0, le=1e6)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of irc:// and ircs://. Times are seconds."""

    # Who we are
    nick: Annotated[str, Meta(description="our nick; where it is taken, digits are added to it")] = ""
    username: Annotated[str, Meta(description="our user name (the nick, without)")] = ""
    realname: Annotated[str, Meta(description="what WHOIS says of us")] = "netloom"
    server_password: Annotated[Secret | None, Meta(description="what PASS says, besides any account")] = None
    sasl: Annotated[
        Literal["", "scram-sha-256", "plain", "external", "none"],
        Meta(description="how to log in (external: by the certificate; none: user and password are for PASS)"),
    ] = ""
    allow_plain_auth: Annotated[bool, Meta(description="say and take passwords without TLS")] = False
    # Where we talk
    channel: Annotated[
        str, Meta(description="where to talk if neither the URL nor --topic says it: NAME, #NAME or @NICK")
    ] = "netloom"
    channel_password: Annotated[Secret | None, Meta(description="the key of the channel (+k)")] = None
    notice: Annotated[bool, Meta(description="send with NOTICE, which programs don't answer")] = False
    burst: Annotated[int, Meta(ge=1, description="lines that are said at once, before we go slower")] = 5
    pace: Annotated[float, Meta(ge=0, le=60, description="seconds for each line after that")] = 0.5
    raw: Annotated[bool, Meta(description="connect: lines of the protocol itself, instead of a conversation")] = False
    # Serving
    name: Annotated[Word, Meta(description="serving: the server's name")] = ""
    network: Annotated[Word, Meta(description="serving: the network's name")] = "netloom"
    motd: Annotated[str, Meta(description="serving: the message of the day", max_length=4096)] = ""
    flood: Annotated[Rate, Meta(description="serving: commands a second that a client may give (0: any)")] = 10.0
    flood_burst: Annotated[int, Meta(ge=1, description="serving: commands that it may give at once")] = 60
    sendq: Annotated[int, Meta(ge=4096, description="serving: bytes that may wait for a client")] = 1 << 20
    max_channels: Annotated[int, Meta(ge=1, description="serving: channels that a client may be in")] = 100
