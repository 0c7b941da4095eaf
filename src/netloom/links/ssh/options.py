"""What SSH can be told, whichever protocol is spoken inside: keys, host keys, configuration, the server's doors."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom.endpoint import Secret
from netloom.links.options import Seconds


class SSHOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of everything that runs over SSH, both sides."""

    # Who we are
    identity: Annotated[tuple[str, ...], Meta(description="private key file to log in with (several: repeat it)")] = ()
    passphrase: Annotated[Secret, Meta(description="passphrase of those key files")] = Secret("")
    agent: Annotated[str, Meta(description="socket of an SSH agent (default: SSH_AUTH_SOCK; none: don't ask any)")] = ""
    # Who they are
    hostkey: Annotated[
        str,
        Meta(
            description="SHA256:…: the only host key to accept; accept-new: remember an unknown one; no: accept any",
            pattern=r"^(yes|no|accept-new|SHA256:[A-Za-z0-9+/]{43}=?)$",
        ),
    ] = "yes"
    known_hosts: Annotated[tuple[str, ...], Meta(description="known_hosts files instead of OpenSSH's (repeat it)")] = ()
    config: Annotated[
        str, Meta(description="OpenSSH configuration file instead of ~/.ssh/config (none: read none)")
    ] = ""
    # Connections
    rekey_bytes: Annotated[int, Meta(ge=2**20, description="new keys after so many bytes")] = 2**30
    rekey_seconds: Annotated[Seconds, Meta(description="new keys after so many seconds")] = 3600.0
    alive_interval: Annotated[
        Seconds, Meta(description="seconds of silence after which the peer is asked whether it lives (0: never)")
    ] = 30.0
    # Serving
    host_key: Annotated[
        str, Meta(description="serving: private host key file, made if missing (none: a new one for each start)")
    ] = ""
    login_grace: Annotated[Seconds, Meta(description="serving: seconds in which a client has to log in")] = 60.0
    max_auth_tries: Annotated[int, Meta(ge=1, description="serving: failed attempts to log in per connection")] = 6
    max_startups: Annotated[int, Meta(ge=1, description="serving: connections at once that have not logged in yet")] = (
        100
    )
    max_sessions: Annotated[int, Meta(ge=1, description="serving: sessions at once in one connection")] = 10
    forward: Annotated[
        Literal["no", "loopback", "any"],
        Meta(description="serving: where accounts that may write can open connections to (jump host)"),
    ] = "no"
