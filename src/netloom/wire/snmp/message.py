"""Messages of v1 and v2c, what those of every version begin with, and their frames (RFC 1157, 1901, 3430)."""

from __future__ import annotations

import functools

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.snmp import ber
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import Pdu, TrapV1

V1, V2C, V3 = 0, 1, 3
VERSIONS = {V1: "1", V2C: "2c", V3: "3"}
MESSAGE_LIMIT = 65_535
"""Octets of a message that anybody has to take or may send here; a datagram holds no more."""
DATAGRAM_LIMIT = 65_507
"""Octets of a message that fits a datagram of IPv4."""
_COMMUNITY_LIMIT = 4096


class Message(Struct, frozen=True, gc=False):
    """A message of v1 (`version` 0) or v2c (1). Who knows the community may do what it stands for: it is a secret."""

    version: int
    community: bytes
    pdu: Pdu | TrapV1


def version_of(data: bytes) -> int:
    """The version that a message says it is. Raises RemoteProtocolError for what is no message, or none we know."""
    return begun(data)[0]


def begun(data: bytes) -> tuple[int, int]:
    """The version that a message says it is, and where the rest begins. Raises RemoteProtocolError, as `version_of`."""
    start, stop = _outer(data)
    version, at = ber.read_integer(data, start, stop)
    if version not in VERSIONS:
        raise RemoteProtocolError(f"there is no version {version}", rule="RFC 3412 §6.1", offset=start, seen=data[:64])
    return version, at


def parse(data: bytes) -> Message:
    """A message of v1 or v2c. Raises RemoteProtocolError."""
    start, stop = _outer(data)
    version, start = ber.read_integer(data, start, stop)
    if version not in (V1, V2C):
        raise RemoteProtocolError(f"version {version}, not 1 or 2c", rule="RFC 1901 §3", offset=2, seen=data[:64])
    return parse_rest(data, version, start)


def parse_rest(data: bytes, version: int, start: int) -> Message:
    """A message of v1 or v2c of which `begun` has told the version and where the rest begins."""
    stop = len(data)
    community, start = ber.read_octets(data, start, stop, _COMMUNITY_LIMIT)
    pdu = pdus.parse(data, start, stop)
    if version == V1 and not isinstance(pdu, TrapV1) and pdu.kind > pdus.TRAP_V1:
        raise RemoteProtocolError(f"version 1 has no {pdus.KINDS[pdu.kind]}", rule="RFC 1157 §4.1", offset=start)
    if version == V2C and isinstance(pdu, TrapV1):
        raise RemoteProtocolError("version 2c has no trap of version 1", rule="RFC 3416 §3", offset=start)
    return Message(version, community, pdu)


def emit(message: Message) -> bytes:
    """A message's octets. Raises LocalProtocolError."""
    return around(message.version, message.community, pdus.emit(message.pdu))


def around(version: int, community: bytes, pdu: bytes) -> bytes:
    """A message's octets around those of its PDU."""
    return ber.element(ber.SEQUENCE, _beginning(version, community) + pdu)


@functools.lru_cache(maxsize=64)
def _beginning(version: int, community: bytes) -> bytes:
    return ber.integer(version) + ber.element(ber.OCTETS, community)


def unframed(buffer: bytes) -> tuple[bytes, int] | None:
    """The first message of a stream and its size, or None until it is whole (RFC 3430 §2.1).

    Raises RemoteProtocolError for what begins no message, and for one that announces more than MESSAGE_LIMIT octets.
    """
    if not buffer:
        return None
    if buffer[0] != ber.SEQUENCE:
        raise RemoteProtocolError("that is no SNMP", rule="RFC 3430 §2.1", offset=0, seen=bytes(buffer[:64]))
    if len(buffer) < 2:
        return None
    count = buffer[1] & 127 if buffer[1] > 127 else 0
    if buffer[1] == 0x80 or count > 4:
        raise RemoteProtocolError("a length that SNMP doesn't have", rule="RFC 3417 §8", offset=1)
    if len(buffer) < 2 + count:
        return None
    size = 2 + count + (int.from_bytes(buffer[2 : 2 + count]) if count else buffer[1])
    if size > MESSAGE_LIMIT:
        raise RemoteProtocolError(f"a message of {size} octets", rule="RFC 3430 §2.2", offset=1)
    return (bytes(buffer[:size]), size) if len(buffer) >= size else None


def _outer(data: bytes) -> tuple[int, int]:
    """Where the inside of a message begins and ends."""
    if len(data) > MESSAGE_LIMIT:
        raise RemoteProtocolError(f"a message of {len(data)} octets", rule="RFC 3417 §3.2")
    try:
        start, stop = ber.expect(data, 0, len(data), ber.SEQUENCE)
    except RemoteProtocolError as exc:
        exc.seen = data[:64]
        raise
    if stop != len(data):
        raise RemoteProtocolError("something follows the message", rule="RFC 3417 §8", offset=stop)
    return start, stop
