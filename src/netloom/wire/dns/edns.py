"""What EDNS options say: NSID, client subnet, cookie, padding, extended errors (RFC 5001, 7871, 7873, 7830, 8914)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes

if TYPE_CHECKING:
    from netloom.wire.dns.message import Edns

CLIENT_COOKIE = 8
SERVER_COOKIE = 16
"""Octets of a server's cookie as ours makes them: the time, then a keyed hash. Others' have 8 to 32 (RFC 7873 §4)."""
COOKIE_LIFE = 3600
"""Seconds for which a server's cookie is good (RFC 9018 §4.3)."""
QUERY_BLOCK, RESPONSE_BLOCK = 128, 468
"""Sizes that padded messages are a multiple of (RFC 8467 §4.1)."""

_SUBNET = "RFC 7871 §6"
_FAMILIES = {1: 4, 2: 16}


def nsid_text(data: bytes) -> str:
    """A server's identifier: as text where it is printable, otherwise in hex (RFC 5001 §2.4)."""
    text = data.decode("ascii", "replace")
    return text if data and text.isascii() and text.isprintable() else data.hex()


def subnet(text: str) -> bytes:
    """The client subnet option's data for `192.0.2.0/24` (RFC 7871 §6). Raises LocalProtocolError."""
    try:
        network = ip_network(text, strict=False)
    except ValueError as exc:
        raise LocalProtocolError(f"{text!r} is no subnet: {exc}", rule=_SUBNET, hint="192.0.2.0/24") from None
    size = (network.prefixlen + 7) // 8
    family = 1 if network.version == 4 else 2
    return struct.pack("!HBB", family, network.prefixlen, 0) + network.network_address.packed[:size]


def subnet_text(data: bytes) -> str:
    """`192.0.2.0/24/20`: the subnet, and how much of it the answer is for. Raises RemoteProtocolError."""
    family, source, scope = struct.unpack("!HBB", data[:4]) if len(data) >= 4 else (0, 0, 0)
    width = _FAMILIES.get(family, 0)
    if not width or source > width * 8 or scope > width * 8 or len(data) - 4 != (source + 7) // 8:
        raise RemoteProtocolError("the client subnet option is malformed", rule=_SUBNET)
    return f"{ip_address(data[4:].ljust(width, bytes(1)))}/{source}/{scope}"


def errors(edns: Edns) -> list[str]:
    """The extended errors in words: `Censored: by order of …` (RFC 8914 §2)."""
    found = []
    for code, data in edns.options:
        if code == codes.OPTION_ERROR and len(data) >= 2:
            number = data[0] << 8 | data[1]
            words = codes.ERRORS[number] if number < len(codes.ERRORS) else f"error {number}"
            extra = data[2:].decode("utf-8", "backslashreplace").rstrip("\0")
            found.append(f"{words}: {extra}" if extra else words)
    return found


def padding(size: int, block: int) -> bytes:
    """The padding for a message of `size` octets, an empty padding option included, up to a multiple of `block`."""
    return bytes(-size % block)


def server_cookie(secret: bytes, client: bytes, address: str, now: int) -> bytes:
    """The server's cookie for a client's: the time and a keyed hash (RFC 7873 §6)."""
    moment = struct.pack("!I", now & 0xFFFFFFFF)
    digest = hashlib.blake2s(client + moment + address.encode(), key=secret, digest_size=SERVER_COOKIE - 4).digest()
    return moment + digest


def cookie_is_ours(secret: bytes, cookie: bytes, address: str, now: int) -> bool:
    """Whether a cookie, both parts of it, was given to this address lately (RFC 7873 §5.2.3)."""
    client, server = cookie[:CLIENT_COOKIE], cookie[CLIENT_COOKIE:]
    if len(server) != SERVER_COOKIE:
        return False
    given = struct.unpack("!I", server[:4])[0]
    age = (now - given) & 0xFFFFFFFF
    return age <= COOKIE_LIFE and hmac.compare_digest(server, server_cookie(secret, client, address, given))


def cookie_is_whole(cookie: bytes) -> bool:
    """Whether an option's data can be a cookie: 8 octets, or 16 to 40 (RFC 7873 §5.2.2)."""
    return len(cookie) == CLIENT_COOKIE or 16 <= len(cookie) <= 40
