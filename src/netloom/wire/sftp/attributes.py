"""What SFTP tells of a file: its size, owner, permissions and times (draft-ietf-secsh-filexfer-02 §5)."""

from __future__ import annotations

import stat
import struct
from typing import Literal

import msgspec

from netloom.errors import RemoteProtocolError

_SIZE, _OWNER, _PERMISSIONS, _TIMES, _EXTENDED = 1, 2, 4, 8, 0x80000000
_KNOWN = _SIZE | _OWNER | _PERMISSIONS | _TIMES | _EXTENDED
EXTENSIONS = 64


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file. Times are whole Unix seconds, to 2106; `permissions` include the kind, as in stat(2)."""

    size: int | None = None
    owner: tuple[int, int] | None = None
    permissions: int | None = None
    times: tuple[int, int] | None = None
    extended: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def kind(self) -> Literal["file", "directory", "link", "other"]:
        """What it is; a file, where that isn't told."""
        if self.permissions is None or not stat.S_IFMT(self.permissions) or stat.S_ISREG(self.permissions):
            return "file"
        if stat.S_ISDIR(self.permissions):
            return "directory"
        return "link" if stat.S_ISLNK(self.permissions) else "other"


def emit(attributes: Attributes) -> bytes:
    flags = 0
    parts: list[bytes] = []
    if attributes.size is not None:
        flags |= _SIZE
        parts.append(attributes.size.to_bytes(8, "big"))
    if attributes.owner is not None:
        flags |= _OWNER
        parts.append(struct.pack("!II", *attributes.owner))
    if attributes.permissions is not None:
        flags |= _PERMISSIONS
        parts.append(attributes.permissions.to_bytes(4, "big"))
    if attributes.times is not None:
        flags |= _TIMES
        parts.append(struct.pack("!II", *attributes.times))
    if attributes.extended:
        flags |= _EXTENDED
        parts.append(len(attributes.extended).to_bytes(4, "big"))
        parts += [len(text).to_bytes(4, "big") + text for pair in attributes.extended for text in pair]
    return flags.to_bytes(4, "big") + b"".join(parts)


def parse(data: bytes, at: int) -> tuple[Attributes, int]:
    """The attributes that stand at an offset, and where they end. Raises RemoteProtocolError."""
    flags, at = _number(data, at, 4)
    if flags & ~_KNOWN:
        raise RemoteProtocolError(f"attribute flags {flags:#x} aren't version 3's", rule="filexfer-02 §5", offset=at)
    size = owner = permissions = times = None
    extended: list[tuple[bytes, bytes]] = []
    if flags & _SIZE:
        size, at = _number(data, at, 8)
    if flags & _OWNER:
        uid, at = _number(data, at, 4)
        gid, at = _number(data, at, 4)
        owner = uid, gid
    if flags & _PERMISSIONS:
        permissions, at = _number(data, at, 4)
    if flags & _TIMES:
        accessed, at = _number(data, at, 4)
        modified, at = _number(data, at, 4)
        times = accessed, modified
    if flags & _EXTENDED:
        count, at = _number(data, at, 4)
        if count > EXTENSIONS:
            raise RemoteProtocolError(f"more than {EXTENSIONS} extended attributes", rule="filexfer-02 §5", offset=at)
        for _ in range(count):
            name, at = text(data, at)
            value, at = text(data, at)
            extended.append((name, value))
    return Attributes(size=size, owner=owner, permissions=permissions, times=times, extended=tuple(extended)), at


def text(data: bytes, at: int) -> tuple[bytes, int]:
    """A string: its length in four bytes, and so many bytes."""
    size, at = _number(data, at, 4)
    if at + size > len(data):
        raise RemoteProtocolError(f"a string of {size} bytes, and {len(data) - at} are there", offset=at)
    return data[at : at + size], at + size


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    if at + size > len(data):
        raise RemoteProtocolError(f"{size} bytes are due, and {len(data) - at} are there", offset=at)
    return int.from_bytes(data[at : at + size], "big"), at + size
