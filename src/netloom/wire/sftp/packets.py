"""SFTP's packets: each kind's fields by a table, written and read (draft-ietf-secsh-filexfer-02 §3, §6, §7)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from netloom.errors import RemoteProtocolError
from netloom.wire.sftp import attributes, codes

if TYPE_CHECKING:
    from netloom.wire.sftp.attributes import Attributes

PACKET_LIMIT = 256 * 1024 + 1024
"""Bytes of a packet: OpenSSH takes 256 KiB."""
NAMES = 10_000
EXTENSIONS = 64

_NUMBER, _LONG, _TEXT, _ATTRIBUTES, _NAMES, _REST, _WORDS = range(7)
_FIELDS = {
    codes.OPEN: (_TEXT, _NUMBER, _ATTRIBUTES),
    codes.CLOSE: (_TEXT,),
    codes.READ: (_TEXT, _LONG, _NUMBER),
    codes.WRITE: (_TEXT, _LONG, _TEXT),
    codes.LSTAT: (_TEXT,),
    codes.FSTAT: (_TEXT,),
    codes.SETSTAT: (_TEXT, _ATTRIBUTES),
    codes.FSETSTAT: (_TEXT, _ATTRIBUTES),
    codes.OPENDIR: (_TEXT,),
    codes.READDIR: (_TEXT,),
    codes.REMOVE: (_TEXT,),
    codes.MKDIR: (_TEXT, _ATTRIBUTES),
    codes.RMDIR: (_TEXT,),
    codes.REALPATH: (_TEXT,),
    codes.STAT: (_TEXT,),
    codes.RENAME: (_TEXT, _TEXT),
    codes.READLINK: (_TEXT,),
    codes.SYMLINK: (_TEXT, _TEXT),
    codes.STATUS: (_NUMBER, _WORDS, _WORDS),
    codes.HANDLE: (_TEXT,),
    codes.DATA: (_TEXT,),
    codes.NAME: (_NAMES,),
    codes.ATTRS: (_ATTRIBUTES,),
    codes.EXTENDED: (_TEXT, _REST),
    codes.EXTENDED_REPLY: (_REST,),
}


class Packet(NamedTuple):
    """A packet: its kind, the number that joins an answer to its request, and the rest."""

    kind: int
    number: int
    body: bytes


class Name(NamedTuple):
    """One of the names in a listing; `line` is for people, as `ls -l` has it."""

    name: bytes
    line: bytes
    attributes: Attributes


class Version(NamedTuple):
    """INIT and VERSION: the version, and what else is spoken."""

    number: int
    extensions: tuple[tuple[bytes, bytes], ...] = ()


def emit(kind: int, number: int, *values: Any) -> bytes:
    """A packet with its length. The values are those of the table."""
    parts = [b"", b""]
    for field, value in zip(_FIELDS[kind], values, strict=True):
        if field == _NUMBER:
            parts.append(value.to_bytes(4, "big"))
        elif field == _LONG:
            parts.append(value.to_bytes(8, "big"))
        elif field in (_TEXT, _WORDS):
            parts += (len(value).to_bytes(4, "big"), value)
        elif field == _ATTRIBUTES:
            parts.append(attributes.emit(value))
        elif field == _NAMES:
            parts.append(len(value).to_bytes(4, "big"))
            parts += [_emit_name(name) for name in value]
        else:
            parts.append(value)
    parts[0] = struct.pack("!IBI", 5 + sum(map(len, parts)), kind, number)
    return b"".join(parts)


def emit_version(kind: int, version: Version) -> bytes:
    """INIT or VERSION."""
    body = version.number.to_bytes(4, "big")
    body += b"".join(len(text).to_bytes(4, "big") + text for pair in version.extensions for text in pair)
    return struct.pack("!IB", 1 + len(body), kind) + body


def parse_size(head: bytes) -> int:
    """How many bytes follow the four that a packet begins with. Raises RemoteProtocolError."""
    size = int.from_bytes(head, "big")
    if not 1 <= size <= PACKET_LIMIT:
        raise RemoteProtocolError(f"a packet of {size} bytes", rule="filexfer-02 §3", offset=0, seen=head)
    return size


def parse_packet(data: bytes) -> Packet:
    """A packet without its length. Raises RemoteProtocolError; what is in the body is looked at by `fields`."""
    if len(data) < 5:
        raise RemoteProtocolError(f"a packet of {len(data)} bytes", rule="filexfer-02 §3", offset=0)
    return Packet(data[0], int.from_bytes(data[1:5], "big"), data[5:])


def parse_version(data: bytes, kind: int) -> Version:
    """INIT or VERSION, without its length. Raises RemoteProtocolError."""
    if len(data) < 5 or data[0] != kind:
        expected = codes.PACKETS[kind]
        raise RemoteProtocolError(f"{expected} is expected first", rule="filexfer-02 §4", offset=0, seen=data[:64])
    found: list[tuple[bytes, bytes]] = []
    at = 5
    while at < len(data):
        name, at = attributes.text(data, at)
        value, at = attributes.text(data, at)
        found.append((name, value))
        if len(found) > EXTENSIONS:
            raise RemoteProtocolError(f"more than {EXTENSIONS} extensions", rule="filexfer-02 §4", offset=at)
    return Version(int.from_bytes(data[1:5], "big"), tuple(found))


def fields(packet: Packet) -> tuple[Any, ...]:
    """What a packet's body says: the values of the table. Raises RemoteProtocolError."""
    table = _FIELDS.get(packet.kind)
    if table is None:
        raise RemoteProtocolError(f"there is no packet {packet.kind}", rule="filexfer-02 §3", offset=0)
    data, at = packet.body, 0
    values: list[Any] = []
    for field in table:
        if field in (_NUMBER, _LONG):
            size = 4 if field == _NUMBER else 8
            if at + size > len(data):
                raise _short(packet, at)
            values.append(int.from_bytes(data[at : at + size], "big"))
            at += size
        elif field == _TEXT:
            value, at = attributes.text(data, at)
            values.append(value)
        elif field == _WORDS:  # old servers say a status without words
            value, at = attributes.text(data, at) if at < len(data) else (b"", at)
            values.append(value)
        elif field == _ATTRIBUTES:
            told, at = attributes.parse(data, at)
            values.append(told)
        elif field == _NAMES:
            names, at = _parse_names(packet, at)
            values.append(names)
        else:
            values.append(data[at:])
            at = len(data)
    if at != len(data):
        raise RemoteProtocolError(
            f"{codes.PACKETS[packet.kind]} goes on for {len(data) - at} bytes", rule="filexfer-02 §6", offset=at
        )
    return tuple(values)


def _short(packet: Packet, at: int) -> RemoteProtocolError:
    return RemoteProtocolError(f"{codes.PACKETS[packet.kind]} ends early", rule="filexfer-02 §6", offset=at)


def _emit_name(name: Name) -> bytes:
    head = b"".join(len(text).to_bytes(4, "big") + text for text in (name.name, name.line))
    return head + attributes.emit(name.attributes)


def _parse_names(packet: Packet, at: int) -> tuple[tuple[Name, ...], int]:
    data = packet.body
    if at + 4 > len(data):
        raise _short(packet, at)
    count = int.from_bytes(data[at : at + 4], "big")
    if count > NAMES:
        raise RemoteProtocolError(f"more than {NAMES} names", rule="filexfer-02 §7", offset=at)
    at += 4
    found = []
    for _ in range(count):
        name, at = attributes.text(data, at)
        line, at = attributes.text(data, at)
        told, at = attributes.parse(data, at)
        found.append(Name(name, line, told))
    return tuple(found), at


# OpenSSH's extensions (its file PROTOCOL, §4)


class Limits(NamedTuple):
    """What limits@openssh.com tells: bytes of a packet, of a read and of a write, and how many handles; 0: not told."""

    packet: int
    read: int
    write: int
    handles: int


class Space(NamedTuple):
    """What statvfs@openssh.com tells, as statvfs(3) has it."""

    block_size: int
    fragment_size: int
    blocks: int
    blocks_free: int
    blocks_available: int
    files: int
    files_free: int
    files_available: int
    identity: int
    flags: int
    name_limit: int


def emit_limits(limits: Limits) -> bytes:
    return struct.pack("!4Q", *limits)


def parse_limits(data: bytes) -> Limits:
    if len(data) != 32:
        raise RemoteProtocolError(f"limits@openssh.com has 32 bytes, not {len(data)}", rule="OpenSSH PROTOCOL §4.8")
    return Limits(*struct.unpack("!4Q", data))


def emit_space(space: Space) -> bytes:
    return struct.pack("!11Q", *space)


def parse_space(data: bytes) -> Space:
    if len(data) != 88:
        raise RemoteProtocolError(f"statvfs@openssh.com has 88 bytes, not {len(data)}", rule="OpenSSH PROTOCOL §4.3")
    return Space(*struct.unpack("!11Q", data))
