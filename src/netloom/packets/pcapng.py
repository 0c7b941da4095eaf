"""pcapng captures: a writer that leaves a valid file at every moment, and a reader (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import os
import stat
import struct
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINKTYPE_RAW = 101
"""Packets start with their IPv4 or IPv6 header."""
SECRETS_TLS_KEY_LOG = 0x544C534B
"""The decryption secrets are lines of the NSS key log format."""
BLOCK_LIMIT = 16 * 1024 * 1024
"""Octets of a block that the reader takes into memory; Wireshark has the same limit."""

_SECTION, _INTERFACE, _SIMPLE, _NAMES, _ENHANCED, _SECRETS = 0x0A0D0D0A, 1, 3, 4, 6, 10
_MAGIC = 0x1A2B3C4D
_OPT_COMMENT, _SHB_USERAPPL, _IF_NAME, _IF_TSRESOL, _IF_TSOFFSET, _EPB_FLAGS = 1, 4, 2, 9, 14, 2
INBOUND, OUTBOUND = 1, 2
"""Directions of a packet as the recorder saw it; 0 is unknown."""

_FOREIGN = {
    b"\xd4\xc3\xb2\xa1": "a classic pcap capture",
    b"\xa1\xb2\xc3\xd4": "a classic pcap capture",
    b"\x4d\x3c\xb2\xa1": "a classic pcap capture with nanoseconds",
    b"\xa1\xb2\x3c\x4d": "a classic pcap capture with nanoseconds",
    b"\x1f\x8b": "compressed with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"PK\x03\x04": "a ZIP archive",
    b"snoop\0": "a snoop capture",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "XML or HTML",
    b"CLIENT_": "a TLS key log",
    b"# SSL": "a TLS key log",
}


# Writing


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    if len(value) > 0xFFFF:
        raise UsageError(f"a comment or name of {len(value)} octets: a capture file takes 65535")
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _options(*options: tuple[int, bytes]) -> bytes:
    """The options that aren't empty, and their end; nothing if all are."""
    present = b"".join(_option(code, value) for code, value in options if value)
    return present + bytes(4) if present else b""


def _block(kind: int, body: bytes) -> bytes:
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def section_block(application: str = "netloom", comment: str = "") -> bytes:
    """What a file starts with. Its length is left open, so that blocks can follow at any time."""
    body = struct.pack("<IHHq", _MAGIC, 1, 0, -1)
    return _block(_SECTION, body + _options((_OPT_COMMENT, comment.encode()), (_SHB_USERAPPL, application.encode())))


def interface_block(name: str = "", link_type: int = LINKTYPE_RAW) -> bytes:
    """What the packets that name this interface are; their timestamps are in nanoseconds."""
    return _block(
        _INTERFACE, struct.pack("<HHI", link_type, 0, 0) + _options((_IF_NAME, name.encode()), (_IF_TSRESOL, b"\x09"))
    )


def packet_block(data: bytes, timestamp_ns: int, direction: int = 0, comment: str = "", interface: int = 0) -> bytes:
    """One packet; `timestamp_ns` counts from 1970."""
    if not 0 <= timestamp_ns < 1 << 64:
        raise UsageError(f"{timestamp_ns} ns is no time that a capture file can tell")
    head = struct.pack("<IIIII", interface, timestamp_ns >> 32, timestamp_ns & 0xFFFFFFFF, len(data), len(data))
    flags = struct.pack("<I", direction) if direction else b""
    return _block(_ENHANCED, head + _padded(data) + _options((_OPT_COMMENT, comment.encode()), (_EPB_FLAGS, flags)))


def secrets_block(key_log: bytes) -> bytes:
    """TLS secrets, as lines of a key log; it has to stand before the packets that need it."""
    return _block(_SECRETS, struct.pack("<II", SECRETS_TLS_KEY_LOG, len(key_log)) + _padded(key_log))


def names_block(names: Mapping[str, str]) -> bytes:
    """What addresses are called: addresses to names."""
    records = b""
    for address, name in names.items():
        packed = ip_address(address)
        records += _option(1 if packed.version == 4 else 2, packed.packed + name.encode() + b"\0")
    return _block(_NAMES, records + bytes(4))


class Writer:
    """A capture file, open for writing. Each `write` of whole blocks leaves a valid file behind.

    The file gets mode 0600: it tells what was said, and the secrets too. One that exists is refused unless
    `overwrite`. UsageError if it can't be opened or written.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        self.path = Path(path)
        self._descriptor = _open(self.path, overwrite=overwrite)
        self._size = 0

    def write(self, *blocks: bytes) -> None:
        """Append blocks, with one system call. If that fails, what was written of them is taken back."""
        data = memoryview(b"".join(blocks))
        size = self._size + len(data)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            self._take_back()
            raise UsageError(f"can't write to {self.path}: {error.strerror}") from error
        self._size = size

    def _take_back(self) -> None:
        if stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)

    def close(self) -> None:
        """Close the file; again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open(path: Path, *, overwrite: bool) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
    try:
        try:
            return os.open(path, flags | os.O_EXCL, 0o600)
        except FileExistsError:
            regular = path.is_file() or not path.exists()  # a link that leads nowhere would become a file there
            if regular and not overwrite:
                message = f"{path} exists already"
                raise UsageError(message, hint="choose another name, or move it away") from None
            descriptor = os.open(path, flags | os.O_TRUNC, 0o600)
        if regular:
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise UsageError(f"can't write to {path}: {error.strerror}") from error
    return descriptor


# Reading


class Section(Struct, frozen=True):
    """The start of a section: numbers of interfaces start again at 0."""

    application: str = ""
    comment: str = ""


class Interface(Struct, frozen=True):
    """Where packets came from, and what their first octets are."""

    link_type: int
    name: str = ""


class Packet(Struct, frozen=True):
    """A packet. `timestamp_ns` counts from 1970, None if there is none; `length` is what it had before it was cut."""

    data: bytes
    timestamp_ns: int | None
    interface: int
    link_type: int
    length: int
    direction: int = 0
    comment: str = ""


class Secrets(Struct, frozen=True):
    """Secrets to decrypt what follows; for TLS a key log."""

    kind: int
    data: bytes

    def __repr__(self) -> str:
        return f"Secrets(kind={self.kind:#x}, data=***)"


class Names(Struct, frozen=True):
    """What addresses are called; the first name where there are several."""

    names: dict[str, str]


class Other(Struct, frozen=True):
    """A block that is skipped, as the format wants unknown ones to be."""

    kind: int
    body: bytes


Block = Section | Interface | Packet | Secrets | Names | Other


class _Clock(Struct, frozen=True):
    """How an interface tells the time: ticks a second, and seconds to add."""

    link_type: int
    ticks: int = 1_000_000
    offset: int = 0

    def nanoseconds(self, ticks: int) -> int:
        return ticks * 1_000_000_000 // self.ticks + self.offset * 1_000_000_000


def read(path: str | os.PathLike[str]) -> Iterator[Block]:
    """The blocks of a file, one by one; UsageError for one that is something else, or damaged, after what was whole."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}") from error
    return parse(data, str(path))


def parse(data: bytes, name: str = "the capture") -> Iterator[Block]:
    """The blocks of a file's octets, both byte orders; `name` is for messages. Errors as `read`."""
    if data[:4] != b"\x0a\x0d\x0d\x0a":
        kind = next((words for magic, words in _FOREIGN.items() if data.startswith(magic)), "")
        found = f"it is {kind}" if kind else f"it starts with {data[:8]!r}" if data else "it is empty"
        raise UsageError(f"{name} is no pcapng capture: {found}", hint="editcap converts captures" if kind else "")
    return _blocks(data, name)


def _blocks(data: bytes, name: str) -> Iterator[Block]:
    order, start = "<", 0
    interfaces: list[_Clock] = []
    while start < len(data):
        if data[start : start + 4] == b"\x0a\x0d\x0d\x0a":
            order = _byte_order(data, start, name)
            interfaces = []
        kind, body, end = _frame(data, start, order, name)
        try:
            block = _READERS.get(kind, _other)(body, order, interfaces)
        except (struct.error, IndexError, ValueError):
            block = None
        if block is None:
            raise _damaged(name, start, f"a block of type {kind} is not what it should be")
        yield block if not isinstance(block, Other) else Other(kind, body)
        start = end


def _damaged(name: str, offset: int, what: str) -> UsageError:
    return UsageError(f"{name} is damaged at byte {offset}: {what}")


def _byte_order(data: bytes, start: int, name: str) -> str:
    magic = data[start + 8 : start + 12]
    if magic == struct.pack("<I", _MAGIC):
        return "<"
    if magic == struct.pack(">I", _MAGIC):
        return ">"
    raise _damaged(name, start, "a section without a byte order")


def _frame(data: bytes, start: int, order: str, name: str) -> tuple[int, bytes, int]:
    if len(data) - start < 12:
        raise _damaged(name, start, "it ends within a block")
    kind, length = struct.unpack_from(order + "II", data, start)
    if length < 12 or length % 4 or length > BLOCK_LIMIT:
        raise _damaged(name, start, f"a block of {length} octets")
    end = start + length
    if end > len(data):
        raise _damaged(name, start, "it ends within a block")
    if struct.unpack_from(order + "I", data, end - 4)[0] != length:
        raise _damaged(name, end - 4, "a block's two lengths differ")
    return kind, data[start + 8 : end - 4], end


def _read_options(body: bytes, start: int, order: str) -> dict[int, bytes]:
    """The first option of each code. Raises ValueError for one that is cut."""
    options: dict[int, bytes] = {}
    while start < len(body):
        code, length = struct.unpack_from(order + "HH", body, start)
        if code == 0:
            break
        if start + 4 + length > len(body):
            raise ValueError
        options.setdefault(code, body[start + 4 : start + 4 + length])
        start += 4 + length + -length % 4
    return options


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _section(body: bytes, order: str, _: list[_Clock]) -> Block:
    if struct.unpack_from(order + "H", body, 4)[0] != 1 or len(body) < 16:
        raise ValueError
    options = _read_options(body, 16, order)
    return Section(_text(options.get(_SHB_USERAPPL, b"")), _text(options.get(_OPT_COMMENT, b"")))


def _interface(body: bytes, order: str, interfaces: list[_Clock]) -> Block:
    link_type = struct.unpack_from(order + "HHI", body)[0]
    options = _read_options(body, 8, order)
    resolution = options.get(_IF_TSRESOL, b"\x06")[0]
    ticks = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
    offset = struct.unpack(order + "q", options[_IF_TSOFFSET])[0] if _IF_TSOFFSET in options else 0
    interfaces.append(_Clock(link_type, ticks, offset))
    return Interface(link_type, _text(options.get(_IF_NAME, b"")))


def _enhanced(body: bytes, order: str, interfaces: list[_Clock]) -> Block:
    number, high, low, captured, length = struct.unpack_from(order + "IIIII", body)
    clock = interfaces[number]
    if 20 + captured > len(body):
        raise ValueError
    options = _read_options(body, 20 + captured + -captured % 4, order)
    flags = struct.unpack(order + "I", options[_EPB_FLAGS])[0] if _EPB_FLAGS in options else 0
    return Packet(
        data=body[20 : 20 + captured],
        timestamp_ns=clock.nanoseconds(high << 32 | low),
        interface=number,
        link_type=clock.link_type,
        length=length,
        direction=flags & 3,
        comment=_text(options.get(_OPT_COMMENT, b"")),
    )


def _simple(body: bytes, order: str, interfaces: list[_Clock]) -> Block:
    length = struct.unpack_from(order + "I", body)[0]
    return Packet(body[4 : 4 + length], None, 0, interfaces[0].link_type, length)


def _secrets(body: bytes, order: str, _: list[_Clock]) -> Block:
    kind, length = struct.unpack_from(order + "II", body)
    if 8 + length > len(body):
        raise ValueError
    return Secrets(kind, body[8 : 8 + length])


def _names(body: bytes, order: str, _: list[_Clock]) -> Block:
    names: dict[str, str] = {}
    start = 0
    while start < len(body):
        kind, length = struct.unpack_from(order + "HH", body, start)
        if kind == 0:
            break
        value = body[start + 4 : start + 4 + length]
        size = {1: 4, 2: 16}.get(kind, length)
        if len(value) < length or length < size:
            raise ValueError
        if kind in (1, 2):
            names[str(ip_address(value[:size]))] = _text(value[size:].split(b"\0")[0])
        start += 4 + length + -length % 4
    return Names(names)


def _other(body: bytes, _: str, __: list[_Clock]) -> Block:
    return Other(0, body)


_READERS = {
    _SECTION: _section,
    _INTERFACE: _interface,
    _SIMPLE: _simple,
    _NAMES: _names,
    _ENHANCED: _enhanced,
    _SECRETS: _secrets,
}
