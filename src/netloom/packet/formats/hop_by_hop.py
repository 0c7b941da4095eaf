"""IPv6's hop-by-hop options, and options as such (RFC 8200 §4.2, §4.3, RFC 2675, RFC 2711)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from netloom.errors import UsageError
from netloom.packet.formats.ipv6 import NONE
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole
from netloom.packet.packing import numbers

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

NEXT_HEADER = 0
LENGTH = 1
"""The header's length in units of eight octets, the first eight not counted."""
OPTIONS = 2
HEADER = 8
"""The least that such a header has."""
LARGEST = 2048

_RULE = "RFC 8200 §4.3"


# The record


class HopByHop(Layer, frozen=True, kw_only=True):
    """A header of options. They are padded to eight octets; `header` is its own length in octets."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 0),)

    next_header: int | None = None
    options: bytes = b""
    header: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        next_header, header, found = taken(data, "a hop-by-hop header", _RULE)
        return Parsed(cls(next_header=next_header, options=found, header=header), header, None, ("ip", next_header))

    def emit(self, payload: bytes, around: Around) -> bytes:
        return written(self, around.number("ip", self.next_header, NONE), self.header, self.options) + payload

    def tell(self, row: Row) -> None:
        row.protocol = self.next_header or 0


def taken(data: bytes, what: str, rule: str) -> tuple[int, int, bytes]:
    """What a header of options says: the next header, its own length in octets, the options. Raises Cut."""
    whole(data, HEADER, what, rule)
    header = 8 + 8 * data[LENGTH]
    whole(data, header, what, rule)
    return data[NEXT_HEADER], header, bytes(data[OPTIONS:header])


def written(layer: Layer, next_header: int, header: int | None, options: bytes) -> bytes:
    """A header of options. Raises UsageError for a number that has no place in it."""
    fitting(layer, next_header=8)
    octets = options + padding(-(OPTIONS + len(options)) % 8)
    length = OPTIONS + len(octets) if header is None else header
    if length % 8 or not HEADER <= length <= LARGEST:
        raise UsageError(f"a header of options of {length} octets", hint=f"a multiple of 8, {HEADER} to {LARGEST}")
    return bytes([next_header, length // 8 - 1]) + octets


# Options


class Option(NamedTuple):
    """One option: its kind, whose upper bits tell what becomes of a packet where it isn't known, and its data."""

    kind: int
    data: bytes = b""


PAD1, PADN, ROUTER_ALERT, JUMBO = 0, 1, 5, 194


def option(kind: int, data: bytes = b"") -> bytes:
    """An option's octets; that which pads one octet has no length."""
    if not 0 <= kind < 256 or len(data) > 255:
        raise UsageError(
            f"an option {kind} of {len(data)} octets", hint="its number has eight bits, and so has its length"
        )
    return bytes([kind]) if kind == PAD1 else bytes([kind, len(data)]) + data


def padding(octets: int) -> bytes:
    """So many octets of nothing (§4.2)."""
    if not 0 <= octets <= 257:
        raise UsageError(f"padding of {octets} octets", hint="0 to 257")
    return option(PADN, bytes(octets - 2)) if octets > 1 else bytes(octets)


def options(data: bytes) -> list[Option]:
    """Those of a header, padding included, up to one that is broken."""
    found = []
    at = 0
    while at < len(data):
        if data[at] == PAD1:
            found.append(Option(PAD1))
            at += 1
            continue
        end = at + 2 + data[at + 1] if at + 1 < len(data) else len(data) + 1
        if end > len(data):
            break
        found.append(Option(data[at], bytes(data[at + 2 : end])))
        at = end
    return found


def router_alert(value: int = 0) -> bytes:
    """Routers look closer: 0 is multicast listener discovery, 1 RSVP (RFC 2711 §2.1)."""
    return option(ROUTER_ALERT, numbers("a router alert", ">H", value))


def jumbo(octets: int) -> bytes:
    """A jumbogram's length, behind IPv6's header, whose own `length` is 0 then (RFC 2675 §2)."""
    return option(JUMBO, numbers("a jumbogram", ">I", octets))
