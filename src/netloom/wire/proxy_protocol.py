"""The PROXY protocol, versions 1 and 2: who a connection is really from (HAProxy's proxy-protocol.txt)."""

from __future__ import annotations

import re
import struct
from ipaddress import ip_address
from typing import Literal

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

RULE = "PROXY protocol §2"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LINE_LIMIT = 107
"""Octets of a version 1 line, its end included."""
SIZE_LIMIT = 16 + 65535
"""Octets of a version 2 header."""

_UNIX = 108
_LOCAL, _PROXY = 0x20, 0x21
_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9a-fA-F.:]{2,45}) ([0-9a-fA-F.:]{2,45}) ([0-9]{1,5}) ([0-9]{1,5})\r\n")

Place = tuple[str, int]
"""A host's address and a port; a Unix socket's path and 0."""
Version = Literal["v1", "v2"]


class Proxied(Struct, frozen=True):
    """From where a connection came, and where it went. Without them it is the proxy's own, or nobody knows.

    `extensions` are version 2's TLVs: type and octets.
    """

    source: Place | None = None
    destination: Place | None = None
    extensions: tuple[tuple[int, bytes], ...] = ()


def emit(version: Version, proxied: Proxied) -> bytes:
    """The header that a connection begins with. Raises LocalProtocolError for what the version can't say."""
    return _emit_line(proxied) if version == "v1" else _emit_binary(proxied)


def parse(buffer: bytes) -> tuple[Proxied, int] | None:
    """A header of either version and the octets it took; None when more is needed. Raises RemoteProtocolError."""
    if buffer[: len(SIGNATURE)] == SIGNATURE[: len(buffer)]:
        return _parse_binary(buffer)
    if buffer[:6] == b"PROXY "[: len(buffer)]:
        return _parse_line(buffer)
    raise RemoteProtocolError("a PROXY header was due", rule=RULE, offset=0, seen=buffer[:64])


def _emit_line(proxied: Proxied) -> bytes:
    if proxied.extensions:
        raise LocalProtocolError("version 1 of the PROXY protocol has no extensions", rule=RULE)
    source, destination = proxied.source, proxied.destination
    family = _family(source, destination)
    if source is None or destination is None or not family:
        return b"PROXY UNKNOWN\r\n"
    return f"PROXY TCP{family} {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n".encode()


def _parse_line(buffer: bytes) -> tuple[Proxied, int] | None:
    end = buffer.find(b"\r\n", 0, LINE_LIMIT)
    if end < 0:
        if len(buffer) >= LINE_LIMIT:
            raise RemoteProtocolError(f"a line of more than {LINE_LIMIT} octets", rule=RULE, offset=LINE_LIMIT)
        return None
    line = buffer[: end + 2]
    if re.match(rb"PROXY UNKNOWN[ \r]", line):
        return Proxied(), len(line)
    found = _LINE.fullmatch(line)
    if found is None:
        raise RemoteProtocolError("no PROXY header of version 1", rule=RULE, offset=0, seen=line)
    places = [_place(found[host].decode(), int(found[port])) for host, port in ((2, 4), (3, 5))]
    if any((":" in host) != (found[1] == b"TCP6") for host, _ in places):
        raise RemoteProtocolError(f"{found[1].decode()} and another family's addresses", rule=RULE, seen=line)
    return Proxied(places[0], places[1]), len(line)


def _place(host: str, port: int) -> Place:
    try:
        shown = str(ip_address(host))
    except ValueError:
        raise RemoteProtocolError(f"{host} is no address", rule=RULE) from None
    if port > 65535:
        raise RemoteProtocolError(f"{port} is no port", rule=RULE)
    return shown, port


def _family(source: Place | None, destination: Place | None) -> int:
    """4 or 6, or 0 where they aren't two addresses of one family."""
    try:
        versions = {ip_address(place[0]).version for place in (source, destination) if place is not None}
    except ValueError:
        return 0
    return versions.pop() if len(versions) == 1 and source is not None and destination is not None else 0


def _emit_binary(proxied: Proxied) -> bytes:
    source, destination = proxied.source, proxied.destination
    family = _family(source, destination)
    if source is None or destination is None:
        command, kind, body = _LOCAL if not proxied.extensions else _PROXY, 0x00, b""
    elif family:
        hosts = ip_address(source[0]).packed + ip_address(destination[0]).packed
        command, kind, body = (
            _PROXY,
            0x11 if family == 4 else 0x21,
            hosts + struct.pack("!HH", source[1], destination[1]),
        )
    else:
        command, kind, body = _PROXY, 0x31, b"".join(_emit_path(place[0]) for place in (source, destination))
    body += b"".join(struct.pack("!BH", number, len(value)) + value for number, value in proxied.extensions)
    if len(body) > 65535:
        raise LocalProtocolError("a PROXY header has 65,535 octets at most", rule=RULE)
    return SIGNATURE + struct.pack("!BBH", command, kind, len(body)) + body


def _emit_path(path: str) -> bytes:
    octets = path.encode("utf-8", "surrogateescape")
    if len(octets) > _UNIX:
        raise LocalProtocolError(f"a path of more than {_UNIX} octets: {path}", rule=RULE)
    return octets.ljust(_UNIX, b"\0")


def _parse_binary(buffer: bytes) -> tuple[Proxied, int] | None:
    if len(buffer) < 16:
        return None
    command, kind, size = struct.unpack_from("!BBH", buffer, 12)
    if command not in (_LOCAL, _PROXY):
        raise RemoteProtocolError(f"version and command {command:#04x} are unknown", rule=RULE, offset=12)
    if len(buffer) < 16 + size:
        return None
    body = buffer[16 : 16 + size]
    if command == _LOCAL:
        return Proxied(), 16 + size
    source, destination, taken = _addresses(kind, body)
    return Proxied(source, destination, _extensions(body[taken:], 16 + taken)), 16 + size


def _addresses(kind: int, body: bytes) -> tuple[Place | None, Place | None, int]:
    """Both places, and the octets that they took; a family that isn't known has none."""
    family, size = kind >> 4, {1: 12, 2: 36, 3: 2 * _UNIX}.get(kind >> 4, 0)
    if family not in (0, 1, 2, 3) or kind & 15 > 2:
        raise RemoteProtocolError(f"family and transport {kind:#04x} are unknown", rule=RULE, offset=13)
    if len(body) < size:
        raise RemoteProtocolError(f"{size} octets of addresses were due, and {len(body)} came", rule=RULE, offset=14)
    if family == 0:
        return None, None, 0
    if family == 3:
        paths = (body[at : at + _UNIX].rstrip(b"\0").decode("utf-8", "surrogateescape") for at in (0, _UNIX))
        source, destination = ((path, 0) for path in paths)
        return source, destination, size
    width = 4 if family == 1 else 16
    hosts = [str(ip_address(body[at : at + width])) for at in (0, width)]
    ports = struct.unpack_from("!HH", body, 2 * width)
    return (hosts[0], ports[0]), (hosts[1], ports[1]), size


def _extensions(data: bytes, offset: int) -> tuple[tuple[int, bytes], ...]:
    found = []
    at = 0
    while at < len(data):
        if len(data) - at < 3 or len(data) - at < 3 + int.from_bytes(data[at + 1 : at + 3], "big"):
            raise RemoteProtocolError("an extension is cut", rule=RULE, offset=offset + at)
        end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
        found.append((data[at], data[at + 3 : end]))
        at = end
    return tuple(found)
