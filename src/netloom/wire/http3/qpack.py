"""QPACK without a dynamic table: we announce none, so that no field section waits for another (RFC 9204).

A peer that keeps to that can neither block a stream nor store what one short reference makes large.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from hpack import HPACKDecodingError
from hpack.huffman_table import decode_huffman

from netloom.wire.http3.codes import Code, Http3Error
from netloom.wire.http3.qpack_static import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

Field = tuple[bytes, bytes]

OVERHEAD = 32
"""What a field counts beyond its name and value (RFC 9114 §4.2.2)."""
_MOST = (1 << 62) - 1
_SECRET = frozenset((b"authorization", b"cookie", b"proxy-authorization", b"set-cookie"))
_WHOLE = {field: number for number, field in reversed(list(enumerate(TABLE)))}
_NAMES = {name: number for number, (name, _) in reversed(list(enumerate(TABLE)))}
_CACHED = 256
_NO_TABLE = "a reference into a dynamic table, and there is none"


class TooLarge(Http3Error):
    """A field section beyond its limit; it can be answered (431)."""


def _broken(message: str, at: int) -> Http3Error:
    return Http3Error(Code.QPACK_DECOMPRESSION_FAILED, message, "RFC 9204 §2.2", offset=at)


# Saying


def _integer(value: int, bits: int, flags: int) -> bytes:
    """An integer with a prefix of so many bits (RFC 7541 §5.1)."""
    most = (1 << bits) - 1
    if value < most:
        return bytes((flags | value,))
    made = bytearray((flags | most,))
    value -= most
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _field(name: bytes, value: bytes) -> bytes:
    known = _WHOLE.get((name, value))
    if known is not None:
        return _integer(known, 6, 0xC0)
    number = _NAMES.get(name)
    kept = name in _SECRET  # never to be indexed by whoever passes it on (RFC 9204 §7.1)
    if number is not None:
        head = _integer(number, 4, 0x70 if kept else 0x50)
    else:
        head = _integer(len(name), 3, 0x30 if kept else 0x20) + name
    return head + _integer(len(value), 7, 0) + value


_cached = functools.lru_cache(maxsize=1024)(_field)


def emit(fields: Iterable[Field]) -> bytes:
    """A field section. Strings go as they are: the static table is all the compression there is."""
    parts = [b"\0\0"]
    for name, value in fields:
        parts.append(_field(name, value) if len(value) > _CACHED or name in _SECRET else _cached(name, value))
    return b"".join(parts)


# Hearing


def parse(block: bytes, limit: int) -> list[Field]:
    """The fields of a section. Raises TooLarge beyond `limit` bytes, counted as RFC 9114 §4.2.2 has it; Http3Error."""
    required, at = integer(block, 0, 8)
    if required:
        raise _broken(_NO_TABLE, 0)
    _, at = integer(block, at, 7)  # the base means nothing then
    found: list[Field] = []
    room = limit
    while at < len(block):
        field, at = _line(block, at)
        room -= len(field[0]) + len(field[1]) + OVERHEAD
        if room < 0:
            raise TooLarge(Code.EXCESSIVE_LOAD, f"more than {limit} bytes of fields", "RFC 9114 §4.2.2")
        found.append(field)
    return found


def _line(block: bytes, at: int) -> tuple[Field, int]:
    """One field line (RFC 9204 §4.5), and where the next begins."""
    first = block[at]
    if first & 0x80:
        if not first & 0x40:
            raise _broken(_NO_TABLE, at)
        number, after = integer(block, at, 6)
        return _entry(number, at), after
    if first & 0x40:
        if not first & 0x10:
            raise _broken(_NO_TABLE, at)
        number, after = integer(block, at, 4)
        name = _entry(number, at)[0]
    elif first & 0x20:
        name, after = _string(block, at, 3)
    else:
        raise _broken(_NO_TABLE, at)
    value, after = _string(block, after, 7)
    return (name, value), after


def _entry(number: int, at: int) -> Field:
    if number >= len(TABLE):
        raise _broken(f"the static table has no entry {number}", at)
    return TABLE[number]


def integer(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """An integer with a prefix of so many bits, and the offset behind it (RFC 7541 §5.1). Raises Http3Error."""
    if at >= len(data):
        raise _broken("a field section that ends in the middle of a line", at)
    most = (1 << bits) - 1
    value = data[at] & most
    at += 1
    if value < most:
        return value, at
    shift = 0
    while at < len(data):
        octet = data[at]
        at += 1
        value += (octet & 0x7F) << shift
        if value > _MOST or shift > 63:
            raise _broken("an integer of more than 62 bits", at)
        if not octet & 0x80:
            return value, at
        shift += 7
    raise _broken("a field section that ends in the middle of a line", at)


def _string(block: bytes, at: int, bits: int) -> tuple[bytes, int]:
    """A string whose length has a prefix of so many bits; the bit before it says whether it is Huffman-coded."""
    if at >= len(block):
        raise _broken("a field section that ends in the middle of a line", at)
    coded = block[at] >> bits & 1
    size, start = integer(block, at, bits)
    end = start + size
    if end > len(block):
        raise _broken("a string that goes on beyond its field section", at)
    text = block[start:end]
    if not coded:
        return text, end
    try:
        return decode_huffman(text), end
    except HPACKDecodingError as exc:
        raise _broken("a string that isn't in Huffman's code", start) from exc
