"""SOCKS 4 and 4a messages (the SOCKS4 and SOCKS4A memos of NEC)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.socks.fields import (
    FIELD_LIMIT,
    emit_domain,
    emit_octet,
    emit_port,
    expect,
    parse_domain,
    parse_ip,
    parse_text,
)

RULE_SOCKS4 = "SOCKS4 protocol, CONNECT"

SUCCEEDED4 = 90
REPLIES4 = {
    90: "request granted",
    91: "request rejected or failed",
    92: "rejected: the proxy cannot reach identd on the client",
    93: "rejected: identd reports another user name",
}


class Request4(Struct, frozen=True):
    """A SOCKS 4 request; a `host` that is no IPv4 address makes it SOCKS 4a."""

    verb: int
    host: str
    port: int
    user: str = ""


class Reply4(Struct, frozen=True):
    """A SOCKS 4 reply: 90 is granted."""

    code: int
    host: str = "0.0.0.0"  # noqa: S104 - no address, nothing is bound
    port: int = 0


def emit_request4(request: Request4) -> bytes:
    """SOCKS 4 for an IPv4 address, 4a for a name; IPv6 needs SOCKS 5."""
    address = parse_ip(request.host)
    if isinstance(address, IPv6Address):
        raise LocalProtocolError("SOCKS 4 has no IPv6", rule=RULE_SOCKS4, hint="use socks5")
    user = request.user.encode()
    if len(user) > FIELD_LIMIT or b"\0" in user:
        raise LocalProtocolError("a SOCKS 4 user has at most 255 octets and no NUL", rule=RULE_SOCKS4)
    head = b"\x04" + emit_octet(request.verb, "command") + emit_port(request.port)
    if address is None:
        return head + b"\0\0\0\x01" + user + b"\0" + emit_domain(request.host) + b"\0"
    if _is_marker(address.packed):
        raise LocalProtocolError(f"{address} means a name to SOCKS 4a", rule=RULE_SOCKS4, hint="use socks5")
    return head + address.packed + user + b"\0"


def _is_marker(packed: bytes) -> bool:
    """0.0.0.x with x above 0 says that a domain name follows (SOCKS4A)."""
    return packed[:3] == b"\0\0\0" and packed[3] != 0


def _until_nul(buffer: bytes, start: int, what: str) -> tuple[bytes, int] | None:
    end = buffer.find(b"\0", start, start + FIELD_LIMIT + 1)
    if end >= 0:
        return bytes(buffer[start:end]), end + 1
    if len(buffer) > start + FIELD_LIMIT:
        raise RemoteProtocolError(f"the {what} is longer than {FIELD_LIMIT} octets", rule=RULE_SOCKS4, offset=start)
    return None


def parse_request4(buffer: bytes) -> tuple[Request4, int] | None:
    """What a SOCKS 4 or 4a client wants."""
    expect(buffer, 0, 4, "the version", RULE_SOCKS4)
    if len(buffer) < 8:
        return None
    packed = bytes(buffer[4:8])
    found = _until_nul(buffer, 8, "user")
    if found is None:
        return None
    user, end = parse_text(found[0], "user", 8, RULE_SOCKS4), found[1]
    host = str(IPv4Address(packed))
    if _is_marker(packed):
        name = _until_nul(buffer, end, "domain name")
        if name is None:
            return None
        host, end = parse_domain(name[0], end, RULE_SOCKS4), name[1]
    return Request4(buffer[1], host, int.from_bytes(buffer[2:4], "big"), user), end


def emit_reply4(reply: Reply4) -> bytes:
    """What became of a SOCKS 4 request: always with an IPv4 address."""
    address = parse_ip(reply.host)
    if not isinstance(address, IPv4Address):
        raise LocalProtocolError("a SOCKS 4 reply has an IPv4 address", rule=RULE_SOCKS4)
    return b"\0" + emit_octet(reply.code, "reply code") + emit_port(reply.port) + address.packed


def parse_reply4(buffer: bytes) -> tuple[Reply4, int] | None:
    """What became of a SOCKS 4 request."""
    expect(buffer, 0, 0, "the version of the reply", RULE_SOCKS4)
    if len(buffer) < 8:
        return None
    host = str(IPv4Address(bytes(buffer[4:8])))
    return Reply4(buffer[1], host, int.from_bytes(buffer[2:4], "big")), 8
