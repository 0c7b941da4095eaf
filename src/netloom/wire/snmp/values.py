"""Variable bindings: the SMI's types on the wire (RFC 2578 §7, RFC 3416 §3)."""

from __future__ import annotations

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.oid import Oid
from netloom.wire.snmp import ber

INTEGER, OCTETS, NULL, OBJECT = ber.INTEGER, ber.OCTETS, ber.NULL, ber.OBJECT
IP_ADDRESS = 0x40
COUNTER32 = 0x41
GAUGE32 = 0x42
TIME_TICKS = 0x43
OPAQUE = 0x44
NSAP_ADDRESS = 0x45
COUNTER64 = 0x46
UINTEGER32 = 0x47
NO_SUCH_OBJECT = 0x80
NO_SUCH_INSTANCE = 0x81
END_OF_MIB_VIEW = 0x82

TYPES = {
    INTEGER: "Integer32", OCTETS: "OctetString", NULL: "Null", OBJECT: "ObjectIdentifier", IP_ADDRESS: "IpAddress",
    COUNTER32: "Counter32", GAUGE32: "Gauge32", TIME_TICKS: "TimeTicks", OPAQUE: "Opaque",
    NSAP_ADDRESS: "NsapAddress", COUNTER64: "Counter64", UINTEGER32: "UInteger32", NO_SUCH_OBJECT: "noSuchObject",
    NO_SUCH_INSTANCE: "noSuchInstance", END_OF_MIB_VIEW: "endOfMibView",
}  # fmt: skip
"""What each tag is called."""
TAGS = {name: tag for tag, name in TYPES.items()}
EXCEPTIONS = (NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW)
"""What stands in the place of a value that isn't there (RFC 3416 §4.2.1)."""

Value = int | bytes | Oid | None
_UNSIGNED = {COUNTER32: 5, GAUGE32: 5, TIME_TICKS: 5, UINTEGER32: 5, COUNTER64: 9}
_LARGEST = {tag: (1 << (64 if tag == COUNTER64 else 32)) - 1 for tag in _UNSIGNED}
_OCTETS = (OCTETS, OPAQUE, NSAP_ADDRESS, IP_ADDRESS)
_EMPTY = {tag: bytes((tag, 0)) for tag in (NULL, *EXCEPTIONS)}
_TEXT_LIMIT = 65_535  # RFC 2578 §7.1.2


class Varbind(Struct, frozen=True, gc=False):
    """An instance's identifier, the tag of its value, and the value: a number, octets, an identifier or nothing."""

    oid: Oid
    tag: int = NULL
    value: Value = None


def read_varbinds(data: bytes, at: int, end: int) -> tuple[Varbind, ...]:
    """The list of bindings that fills the octets from `at` to `end`. Raises RemoteProtocolError."""
    start, stop = ber.expect(data, at, end, ber.SEQUENCE)
    if stop != end:
        raise RemoteProtocolError("something follows the variable bindings", rule="RFC 3416 §3", offset=stop)
    found = []
    read = ber.read
    while start < stop:
        tag, inner, after = read(data, start, stop)
        if tag != ber.SEQUENCE:
            raise RemoteProtocolError(f"tag {tag:#04x} in place of a binding", rule="RFC 3416 §3", offset=start)
        tag, first, last = read(data, inner, after)
        if tag != OBJECT:
            raise RemoteProtocolError("a binding begins with no identifier", rule="RFC 3416 §3", offset=inner)
        name = ber.decoded_oid(data[first:last])
        tag, first, last = read(data, last, after)
        if last != after:
            raise RemoteProtocolError("something follows a binding's value", rule="RFC 3416 §3", offset=last)
        found.append(Varbind(name, tag, _value(data, tag, first, last)))
        start = after
    return tuple(found)


def _value(data: bytes, tag: int, start: int, stop: int) -> Value:
    size = stop - start
    if tag == OCTETS:
        if size > _TEXT_LIMIT:
            raise RemoteProtocolError(f"{size} octets", rule="RFC 2578 §7.1.2", offset=start)
        return data[start:stop]
    if tag in _EMPTY:
        if size:
            raise RemoteProtocolError("nothing, that isn't empty", rule="X.690 §8.8", offset=start)
        return None
    if tag in _UNSIGNED:
        return _unsigned(data, tag, start, stop)
    if tag == INTEGER:
        if not 1 <= size <= 4:
            raise RemoteProtocolError(f"an integer of {size} octets", rule="RFC 2578 §7.1.1", offset=start)
        return int.from_bytes(data[start:stop], signed=True)
    if tag == OBJECT:
        return ber.decoded_oid(data[start:stop])
    if tag in _OCTETS:
        if tag == IP_ADDRESS and size != 4:
            raise RemoteProtocolError(f"an IPv4 address of {size} octets", rule="RFC 2578 §7.1.5", offset=start)
        return data[start:stop]
    raise RemoteProtocolError(f"there is no type with the tag {tag:#04x}", rule="RFC 3416 §3", offset=start)


def _unsigned(data: bytes, tag: int, start: int, stop: int) -> int:
    """A number without a sign. Agents are about that leave out the zero before a first bit that is set."""
    size = stop - start
    if not 1 <= size <= _UNSIGNED[tag] or (size == _UNSIGNED[tag] and data[start]):
        raise RemoteProtocolError(f"{TYPES[tag]} of {size} octets", rule="RFC 2578 §7.1.6", offset=start)
    if size < _UNSIGNED[tag] - 1 and data[start] & 0x80:
        raise RemoteProtocolError(f"{TYPES[tag]} below zero", rule="RFC 2578 §7.1.6", offset=start)
    return int.from_bytes(data[start:stop])


def varbind(oid: Oid, tag: int = NULL, value: Value = None) -> bytes:
    """A binding's octets. Raises LocalProtocolError for a value that its type can't hold."""
    content = ber.oid(oid) + encoded(tag, value)
    if len(content) < 128:
        return bytes((ber.SEQUENCE, len(content))) + content
    return ber.element(ber.SEQUENCE, content)


def encoded(tag: int, value: Value) -> bytes:
    """A value's octets, tag and length included. Raises LocalProtocolError."""
    if tag in _EMPTY and value is None:
        return _EMPTY[tag]
    if isinstance(value, bytes) and tag in _OCTETS:
        if len(value) > _TEXT_LIMIT or (tag == IP_ADDRESS and len(value) != 4):
            raise LocalProtocolError(f"{TYPES[tag]} can't have {len(value)} octets", rule="RFC 2578 §7.1")
        return ber.element(tag, value)
    if isinstance(value, int):
        if tag == INTEGER and -(1 << 31) <= value < 1 << 31:
            return ber.integer(value)
        if 0 <= value <= _LARGEST.get(tag, -1):
            return ber.tagged_integer(tag, value)
    if isinstance(value, tuple) and tag == OBJECT:
        return ber.oid(value)
    raise LocalProtocolError(f"{TYPES.get(tag, tag)} can't hold {str(value)[:40]}", rule="RFC 2578 §7.1")


def emit_varbinds(varbinds: tuple[Varbind, ...] | list[Varbind]) -> bytes:
    """Several bindings' octets, one after the other, without their frame. Raises LocalProtocolError."""
    return b"".join([varbind(each.oid, each.tag, each.value) for each in varbinds])
