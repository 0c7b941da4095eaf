"""The part of BER that SNMP uses: definite lengths, single-octet tags, integers, identifiers (X.690, RFC 3417 §8)."""

from __future__ import annotations

import functools

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.oid import ARCS, Oid, check_oid

INTEGER = 0x02
OCTETS = 0x04
NULL = 0x05
OBJECT = 0x06
SEQUENCE = 0x30
_LENGTH_OCTETS = 4
_ARC = (1 << 32) - 1
_SMALL = tuple(bytes((INTEGER, 1, number)) for number in range(128))


def read(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The tag of the element at `at`, where its content begins, and where it ends, which is no later than `end`.

    Raises RemoteProtocolError.
    """
    if at + 2 > end:
        raise RemoteProtocolError("an element is cut short", rule="X.690 §8.1", offset=at)
    tag, size = data[at], data[at + 1]
    start = at + 2
    if tag & 31 == 31:
        raise RemoteProtocolError("a tag of several octets", rule="X.690 §8.1.2.4", offset=at)
    if size > 127:
        count = size & 127
        if not 1 <= count <= _LENGTH_OCTETS:
            words = f"a length of {count} octets" if count else "an indefinite length"
            raise RemoteProtocolError(words, rule="RFC 3417 §8", offset=at + 1)
        start += count
        if start > end:
            raise RemoteProtocolError("a length is cut short", rule="X.690 §8.1.3", offset=at + 1)
        size = int.from_bytes(data[at + 2 : start])
    stop = start + size
    if stop > end:
        raise RemoteProtocolError("an element is longer than what it stands in", rule="X.690 §8.1", offset=at)
    return tag, start, stop


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends. Raises RemoteProtocolError for another tag."""
    start = at + 2
    if start <= end and data[at] == tag and data[at + 1] < 128:  # nearly all are so, and every message has dozens
        stop = start + data[at + 1]
        if stop <= end:
            return start, stop
    found, start, stop = read(data, at, end)
    if found != tag:
        raise RemoteProtocolError(f"tag {found:#04x} where {tag:#04x} is expected", rule="RFC 3416 §3", offset=at)
    return start, stop


def read_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An INTEGER of 32 bits, and where it ends. More octets than needed are borne, as other implementations do."""
    start, stop = expect(data, at, end, INTEGER)
    if not 1 <= stop - start <= 4:
        raise RemoteProtocolError(f"an integer of {stop - start} octets", rule="RFC 2578 §7.1.1", offset=at)
    return int.from_bytes(data[start:stop], signed=True), stop


def read_octets(data: bytes, at: int, end: int, limit: int) -> tuple[bytes, int]:
    """An OCTET STRING of at most `limit` octets, and where it ends."""
    start, stop = expect(data, at, end, OCTETS)
    if stop - start > limit:
        raise RemoteProtocolError(f"{stop - start} octets where {limit} are allowed", rule="RFC 3411 §5", offset=at)
    return data[start:stop], stop


@functools.lru_cache(maxsize=8192)
def decoded_oid(content: bytes) -> Oid:
    """The identifier that an element's content says. Raises RemoteProtocolError."""
    if not content:
        return (0, 0)  # what some agents say for zeroDotZero
    if content[-1] & 0x80:
        raise RemoteProtocolError("an object identifier is cut short", rule="X.690 §8.19.2")
    arcs: list[int] = []
    arc = 0
    begins = True
    for octet in content:
        if begins and octet == 0x80:
            raise RemoteProtocolError("an arc with a leading zero", rule="X.690 §8.19.2")
        arc = arc << 7 | octet & 0x7F
        begins = octet < 0x80
        if begins:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    arcs[0:1] = [first, arcs[0] - 40 * first]
    if len(arcs) > ARCS or max(arcs) > _ARC:
        words = f"an object identifier with more than {ARCS} arcs, or an arc above {_ARC}"
        raise RemoteProtocolError(words, rule="RFC 2578 §3.5")
    return tuple(arcs)


@functools.lru_cache(maxsize=8192)
def oid(value: Oid) -> bytes:
    """An OBJECT IDENTIFIER. Raises LocalProtocolError for what is none."""
    try:
        check_oid(value)
    except ValueError as error:
        raise LocalProtocolError(str(error), rule="RFC 2578 §3.5") from None
    content = bytearray()
    for arc in (value[0] * 40 + value[1], *value[2:]):
        shift = (max(arc.bit_length() - 1, 0) // 7) * 7
        for left in range(shift, 0, -7):
            content.append(0x80 | arc >> left & 0x7F)
        content.append(arc & 0x7F)
    return element(OBJECT, bytes(content))


def element(tag: int, content: bytes) -> bytes:
    """An element with the shortest length that says it."""
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    if size < 256:
        return bytes((tag, 0x81, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def integer(value: int) -> bytes:
    """An INTEGER."""
    if 0 <= value < 128:
        return _SMALL[value]
    return tagged_integer(INTEGER, value)


def tagged_integer(tag: int, value: int) -> bytes:
    """A number in two's complement under a tag of its own."""
    size = ((value if value >= 0 else ~value).bit_length() >> 3) + 1
    return bytes((tag, size)) + value.to_bytes(size, signed=True)
