"""ICMP for IPv4 and IPv6 as bytes: messages, what they quote, and extensions (RFC 792, RFC 4443, RFC 4884)."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.checksum import IPAddress, checksum, pseudo_header
from netloom.wire.icmp_words import (
    PACKET_TOO_BIG,
    PARAMETER_PROBLEM_4,
    PARAMETER_PROBLEM_6,
    PROBLEMS_4,
    PROBLEMS_6,
    REDIRECT,
    UNREACHABLE_4,
)

HEADER_SIZE = 8
PROTOCOLS = {4: 1, 6: 58}
"""ICMP's number in the IP header, by IP's version."""
ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
TIMESTAMP, TIMESTAMP_REPLY, INFORMATION, INFORMATION_REPLY = 13, 14, 15, 16
FRAGMENTATION_NEEDED = 4
"""The code of an unreachable destination that tells the next link's MTU (RFC 1191 §4)."""

_RULES = {4: "RFC 792", 6: "RFC 4443 §2.1"}
_EXTENDED = {4: (3, 11, 12), 6: (1, 3)}
_LENGTH = {4: (1, 4), 6: (0, 8)}
"""Which octet of the header's rest counts the quoted packet, and in units of how many octets (RFC 4884 §4)."""
_QUOTED_MINIMUM = 128
"""Octets of the quoted packet where an extension follows (RFC 4884 §4.6)."""
_EXTENSION_VERSION = 2
_MAX_HEADERS = 8
_OPTIONAL_HEADERS = (0, 43, 60)  # hop-by-hop options, routing, destination options: all begin alike (RFC 8200 §4)
_FRAGMENT_HEADER = 44

Addresses = tuple[IPAddress, IPAddress]


class Echo(Struct, frozen=True):
    """An echo request, or the reply to one (RFC 792 p. 14, RFC 4443 §4)."""

    version: int
    reply: bool
    identifier: int
    sequence: int
    data: bytes = b""


class Extension(Struct, frozen=True):
    """One object behind a quoted packet, such as an MPLS label stack: class 1, kind 1 (RFC 4884 §8, RFC 4950)."""

    number: int
    kind: int
    data: bytes = b""


class Problem(Struct, frozen=True):
    """What became of a packet: an error, a redirect or a source quench, with the beginning of that packet.

    `value` is what the message tells besides: the MTU, the pointer to the octet that is wrong, or the better gateway.
    """

    version: int
    type: int
    code: int
    quoted: bytes = b""
    value: int = 0
    extensions: tuple[Extension, ...] = ()


class Timestamp(Struct, frozen=True):
    """A timestamp request, or its reply; times are milliseconds since midnight UTC (RFC 792 p. 16)."""

    reply: bool
    identifier: int
    sequence: int
    originate: int = 0
    receive: int = 0
    transmit: int = 0


class Other(Struct, frozen=True):
    """A message of a type that isn't taken apart here. `rest` are the header's last four octets."""

    version: int
    type: int
    code: int
    rest: bytes = b"\0\0\0\0"
    data: bytes = b""


Message = Echo | Problem | Timestamp | Other


class Quoted(Struct, frozen=True):
    """The IP packet that a problem quotes. `payload` is what is left of it behind IP's headers."""

    version: int
    source: IPAddress
    destination: IPAddress
    protocol: int
    ttl: int
    payload: bytes


# Emitting


def emit(message: Message, addresses: Addresses | None = None) -> bytes:
    """A message's octets. Over IPv6 the checksum covers the addresses: without them it is left to the kernel (0).

    Raises LocalProtocolError for a field that is out of range.
    """
    version = 4 if isinstance(message, Timestamp) else message.version
    kind, code, rest, body = _parts(message)
    try:
        data = struct.pack(">BBH", kind, code, 0) + rest + body
    except struct.error as error:
        raise LocalProtocolError(f"a field is out of range: {error}", rule=_RULES[version]) from None
    if version == 6 and addresses is None:
        return data
    return data[:2] + struct.pack(">H", _sum(data, version, addresses)) + data[4:]  # it was 0 so far


def _parts(message: Message) -> tuple[int, int, bytes, bytes]:
    try:
        match message:
            case Echo():
                kind = (ECHO_REPLY if message.reply else ECHO_REQUEST)[message.version]
                return kind, 0, struct.pack(">HH", message.identifier, message.sequence), message.data
            case Timestamp():
                kind = TIMESTAMP_REPLY if message.reply else TIMESTAMP
                times = struct.pack(">III", message.originate, message.receive, message.transmit)
                return kind, 0, struct.pack(">HH", message.identifier, message.sequence), times
            case Problem():
                quoted, count = _quotation(message)
                return message.type, message.code, _rest(message, count), quoted + _extension(message.extensions)
            case _:
                if len(message.rest) != 4:
                    raise LocalProtocolError("a header's rest has 4 octets", rule=_RULES[message.version])
                return message.type, message.code, message.rest, message.data
    except struct.error as error:
        raise LocalProtocolError(f"a field is out of range: {error}", rule="RFC 792") from None


def _quotation(problem: Problem) -> tuple[bytes, int]:
    """The quoted packet as it is sent, and the count of it in the header: 0 without extensions (RFC 4884 §4.6)."""
    if not problem.extensions:
        return problem.quoted, 0
    if problem.type not in _EXTENDED[problem.version]:
        raise LocalProtocolError(f"a message of type {problem.type} has no extensions", rule="RFC 4884 §4")
    unit = _LENGTH[problem.version][1]
    size = max(_QUOTED_MINIMUM, -(-len(problem.quoted) // unit) * unit)
    if size // unit > 0xFF:
        raise LocalProtocolError("the quoted packet is too long for an extension behind it", rule="RFC 4884 §4")
    return problem.quoted.ljust(size, b"\0"), size // unit


def _rest(problem: Problem, count: int) -> bytes:
    version, value = problem.version, problem.value
    if version == 6:
        if count:
            return bytes([count, 0, 0, 0])
        return struct.pack(">I", value)
    if problem.type == REDIRECT:
        return struct.pack(">I", value)
    if problem.type == PARAMETER_PROBLEM_4:
        return struct.pack(">BBH", value, count, 0)
    return struct.pack(">BBH", 0, count, value)


def _extension(extensions: tuple[Extension, ...]) -> bytes:
    """The extension structure (RFC 4884 §7)."""
    if not extensions:
        return b""
    objects = b"".join(struct.pack(">HBB", 4 + len(e.data), e.number, e.kind) + e.data for e in extensions)
    header = struct.pack(">BBH", _EXTENSION_VERSION << 4, 0, 0)
    return header[:2] + struct.pack(">H", checksum(header + objects)) + objects


def _sum(data: bytes, version: int, addresses: Addresses | None) -> int:
    """The checksum over a message; where it has its own already that leaves nothing (RFC 1071 §1)."""
    start = pseudo_header(*addresses, PROTOCOLS[6], len(data)) if version == 6 and addresses is not None else 0
    return checksum(data, start)


# Parsing


def parse(data: bytes, version: int, addresses: Addresses | None = None) -> Message:
    """A message. Its checksum is verified; over IPv6 only where the addresses that it covers are given.

    Raises RemoteProtocolError.
    """
    rule = _RULES[version]
    if len(data) < HEADER_SIZE:
        raise RemoteProtocolError(f"{len(data)} octets are no ICMP message: 8 at least", rule=rule, offset=len(data))
    if (version == 4 or addresses is not None) and _sum(data, version, addresses):
        raise RemoteProtocolError("the checksum is wrong", rule=rule, offset=2)
    kind, code = data[0], data[1]
    rest, body = data[4:8], data[8:]
    if kind in (ECHO_REQUEST[version], ECHO_REPLY[version]) and code == 0:
        identifier, sequence = struct.unpack(">HH", rest)
        return Echo(version, kind == ECHO_REPLY[version], identifier, sequence, body)
    if version == 4 and kind in (TIMESTAMP, TIMESTAMP_REPLY) and code == 0:
        if len(body) != 12:
            raise RemoteProtocolError("a timestamp message has 20 octets", rule="RFC 792 p. 16", offset=8)
        return Timestamp(kind == TIMESTAMP_REPLY, *struct.unpack(">HHIII", data[4:]))
    if kind in (PROBLEMS_4 if version == 4 else PROBLEMS_6):
        return _problem(version, kind, code, rest, body)
    return Other(version, kind, code, rest, body)


def _problem(version: int, kind: int, code: int, rest: bytes, body: bytes) -> Problem:
    quoted, extensions = _taken_apart(version, rest, body) if kind in _EXTENDED[version] else (body, ())
    return Problem(version, kind, code, quoted, _value(version, kind, code, rest), extensions)


def _value(version: int, kind: int, code: int, rest: bytes) -> int:
    if version == 6:
        return int.from_bytes(rest, "big") if kind in (PACKET_TOO_BIG, PARAMETER_PROBLEM_6) else 0
    if kind == REDIRECT:
        return int.from_bytes(rest, "big")
    if kind == PARAMETER_PROBLEM_4:
        return rest[0]
    return int.from_bytes(rest[2:], "big") if kind == UNREACHABLE_4 and code == FRAGMENTATION_NEEDED else 0


def _taken_apart(version: int, rest: bytes, body: bytes) -> tuple[bytes, tuple[Extension, ...]]:
    """The quoted packet and the extensions behind it."""
    place, unit = _LENGTH[version]
    size = rest[place] * unit
    if not size:
        return body, ()
    if size > len(body):
        raise RemoteProtocolError(
            f"{size} quoted octets are announced, {len(body)} came", rule="RFC 4884 §4", offset=4 + place
        )
    return body[:size], parse_extensions(body[size:], HEADER_SIZE + size)


def parse_extensions(data: bytes, offset: int = 0) -> tuple[Extension, ...]:
    """An extension structure; nothing where there is none, or one of another version (RFC 4884 §7).

    Raises RemoteProtocolError, with `offset` added to its own.
    """
    if len(data) < 4 or data[0] >> 4 != _EXTENSION_VERSION:
        return ()
    if data[2:4] != b"\0\0" and checksum(data):  # 0 says that there is none
        raise RemoteProtocolError("the extensions' checksum is wrong", rule="RFC 4884 §7", offset=offset + 2)
    found = []
    at = 4
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if size < 4 or at + size > len(data):
            raise RemoteProtocolError(
                f"an extension of {size} octets doesn't fit", rule="RFC 4884 §8", offset=offset + at
            )
        found.append(Extension(data[at + 2], data[at + 3], data[at + 4 : at + size]))
        at += size
    return tuple(found)


# What is quoted


def parse_packet(data: bytes) -> Quoted:
    """An IP packet, which may be cut off behind its headers. Raises RemoteProtocolError."""
    version = data[0] >> 4 if data else 0
    if version == 4:
        size = (data[0] & 0xF) * 4
        if not 20 <= size <= len(data):
            raise RemoteProtocolError("an IPv4 header is cut off", rule="RFC 791 §3.1", offset=len(data))
        return Quoted(4, IPv4Address(data[12:16]), IPv4Address(data[16:20]), data[9], data[8], data[size:])
    if version == 6:
        if len(data) < 40:
            raise RemoteProtocolError("an IPv6 header is cut off", rule="RFC 8200 §3", offset=len(data))
        protocol, at = _behind_options(data)
        return Quoted(6, IPv6Address(data[8:24]), IPv6Address(data[24:40]), protocol, data[7], data[at:])
    raise RemoteProtocolError("no IP packet is quoted", rule="RFC 792", offset=0)


def _behind_options(data: bytes) -> tuple[int, int]:
    """The protocol behind IPv6's extension headers, and where it begins."""
    following, at = data[6], 40
    for _ in range(_MAX_HEADERS):
        if following == _FRAGMENT_HEADER and at + 8 <= len(data):
            following, at = data[at], at + 8
        elif following in _OPTIONAL_HEADERS and at + 2 <= len(data):
            following, at = data[at], at + 8 + data[at + 1] * 8
        else:
            break
    return following, min(at, len(data))


def asked_by(problem: Problem) -> Echo | None:
    """The echo request that a problem is about, as far as it is quoted; None where it is about something else."""
    try:
        packet = parse_packet(problem.quoted)
    except RemoteProtocolError:
        return None
    said = packet.payload
    if packet.protocol != PROTOCOLS.get(packet.version) or len(said) < HEADER_SIZE:
        return None
    if said[0] != ECHO_REQUEST[packet.version]:
        return None
    identifier, sequence = struct.unpack(">HH", said[4:8])
    return Echo(packet.version, False, identifier, sequence, said[8:])
