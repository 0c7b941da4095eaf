"""What every link can be told, by name: addresses, sockets, TLS, proxies, time. Flags and arguments come from it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_INT = 2**31 - 1  # what setsockopt takes
Seconds = Annotated[float, Meta(ge=0.0, le=86400.0 * 366)]
Size = Annotated[int, Meta(ge=0, le=2**40)]


class LinkOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options that netloom itself reads from an endpoint's fragment, whatever the protocol.

    Times are seconds, sizes bytes. None leaves the kernel's default alone.
    """

    # Addresses
    family: Annotated[Literal["any", "4", "6"], Meta(description="use only IPv4 (4) or IPv6 (6) addresses")] = "any"
    bind: Annotated[str, Meta(description="own address to speak from: ADDRESS or ADDRESS:PORT")] = ""
    device: Annotated[str, Meta(description="network device to speak through (SO_BINDTODEVICE)")] = ""
    resolve: Annotated[str, Meta(description="use these addresses instead of asking for the name: A;B")] = ""
    # Sockets
    nodelay: Annotated[bool | None, Meta(description="send small segments at once (TCP_NODELAY; on by default)")] = None
    keepalive: Annotated[bool | None, Meta(description="let the kernel probe a silent connection (SO_KEEPALIVE)")] = (
        None
    )
    keepalive_idle: Annotated[
        Annotated[int, Meta(ge=1, le=_INT)] | None, Meta(description="seconds of silence before the first keep-alive")
    ] = None
    keepalive_interval: Annotated[
        Annotated[int, Meta(ge=1, le=_INT)] | None, Meta(description="seconds between keep-alives")
    ] = None
    keepalive_count: Annotated[
        Annotated[int, Meta(ge=1, le=127)] | None, Meta(description="unanswered keep-alives until the end")
    ] = None
    reuseaddr: Annotated[bool | None, Meta(description="SO_REUSEADDR")] = None
    reuseport: Annotated[bool | None, Meta(description="share a port between sockets (SO_REUSEPORT)")] = None
    rcvbuf: Annotated[
        Annotated[int, Meta(ge=1, le=_INT)] | None, Meta(description="receive buffer in bytes (SO_RCVBUF)")
    ] = None
    sndbuf: Annotated[
        Annotated[int, Meta(ge=1, le=_INT)] | None, Meta(description="send buffer in bytes (SO_SNDBUF)")
    ] = None
    tos: Annotated[
        Annotated[int, Meta(ge=0, le=255)] | None, Meta(description="type of service byte (IP_TOS, IPV6_TCLASS)")
    ] = None
    dscp: Annotated[
        Annotated[int, Meta(ge=0, le=63)] | None, Meta(description="differentiated services code point (RFC 2474)")
    ] = None
    ttl: Annotated[Annotated[int, Meta(ge=1, le=255)] | None, Meta(description="time to live, or hop limit")] = None
    linger: Annotated[
        Annotated[int, Meta(ge=0, le=_INT)] | None,
        Meta(description="seconds that a close waits for unsent data (SO_LINGER); 0 resets"),
    ] = None
    fastopen: Annotated[bool | None, Meta(description="TCP Fast Open (RFC 7413)")] = None
    congestion: Annotated[str, Meta(description="congestion control algorithm (TCP_CONGESTION)")] = ""
    user_timeout: Annotated[
        Annotated[int, Meta(ge=0, le=_INT)] | None,
        Meta(description="milliseconds that sent data may stay unacknowledged (RFC 5482)"),
    ] = None
    broadcast: Annotated[bool | None, Meta(description="may send to broadcast addresses (SO_BROADCAST)")] = None
    multicast_group: Annotated[str, Meta(description="join a group when listening: GROUP or GROUP%DEVICE")] = ""
    multicast_ttl: Annotated[
        Annotated[int, Meta(ge=0, le=255)] | None, Meta(description="hops that multicast datagrams may take")
    ] = None
    multicast_loop: Annotated[bool | None, Meta(description="hear one's own multicast datagrams")] = None
    # TLS
    tls: Annotated[
        Literal["", "starttls", "try", "never"],
        Meta(description="starttls: upgrade or fail; try (the default): where offered; never: stay plain"),
    ] = ""
    verify: Annotated[bool, Meta(description="check the peer's certificate and its name")] = True
    ca: Annotated[str, Meta(description="PEM file or folder of issuers to trust instead of the system's")] = ""
    cert: Annotated[str, Meta(description="PEM file with our certificate")] = ""
    key: Annotated[str, Meta(description="PEM file with its key, where it isn't in the same file")] = ""
    client_ca: Annotated[
        str, Meta(description="serving: only let clients in whose certificates this PEM file vouches for")
    ] = ""
    sni: Annotated[str, Meta(description="server name to ask for and to check, instead of the host")] = ""
    alpn: Annotated[str, Meta(description="application protocols to offer: A;B")] = ""
    tls_minimum: Annotated[Literal["1.0", "1.1", "1.2", "1.3"], Meta(description="lowest TLS version")] = "1.2"
    # Ways
    proxy: Annotated[
        tuple[str, ...],
        Meta(description="go through socks5://, socks4a://, http:// or ssh:// (a chain: repeat it); none: no proxy"),
    ] = ()
    send_proxy: Annotated[
        Literal["", "v1", "v2"], Meta(description="begin with a PROXY header of that version: whose connection it is")
    ] = ""
    # Time and limits
    idle: Annotated[Seconds | None, Meta(description="seconds of silence that are borne")] = None
    # Servers
    listen: Annotated[bool, Meta(description="connect A B: wait for a peer here instead of connecting")] = False
    accept_proxy: Annotated[
        bool, Meta(description="serving: each connection begins with a PROXY header, which tells who it is from")
    ] = False
    limit: Annotated[int, Meta(ge=1, description="serving: connections at once")] = 10_000
    limit_per_peer: Annotated[int, Meta(ge=1, description="serving: connections at once from one address")] = 10_000
    backlog: Annotated[int, Meta(ge=1, le=65535, description="serving: connections that the kernel keeps waiting")] = (
        1024
    )
    # Trouble on purpose
    fault: Annotated[
        tuple[str, ...],
        Meta(
            description="trouble, NAME[:VALUE][:PARAMETER=VALUE]… or @FILE (netloom help faults)",
            extra={"metavar": "FAULT"},
        ),
    ] = ()
