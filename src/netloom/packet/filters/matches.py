"""Filters on packets that were dissected: the tree as a function of a row, or of columns of as many as there are.

One row's integers and NumPy's columns meet the same operators, so that there is one meaning and no import. Of headers
that are there twice, in a tunnel, the innermost counts; tags and tunnels don't hide what is in them.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from netloom.errors import UsageError
from netloom.packet.filters import names, tree
from netloom.packet.filters.arithmetic import COMPARED, WORD, calculated
from netloom.packet.filters.tree import constant
from netloom.packet.frame import INBOUND, OUTBOUND
from netloom.packet.row import MAPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.filters.tree import Condition, Filter, Value

LOW = (1 << 64) - 1
_MULTICAST = 0xE0 << 24
_EVERYONE = (1 << 48) - 1
_ENDS = {"src": ("src",), "dst": ("dst",), "or": ("src", "dst"), "and": ("src", "dst")}


class View(Protocol):
    """What rows don't have: octets of their frames, and which way these passed."""

    @property
    def direction(self) -> Any:
        """As a frame has it: unknown, in, or out; or a column of that."""

    def octet(self, base: str, offset: Any, size: int) -> tuple[Any, Any]:
        """One, two or four octets in network order from where a header begins, and whether they are there.

        `base` is a protocol's word (ether, ip, tcp, icmp6 …), llc, mpls or pppoes. An offset may be a column. Of
        columns what is given are numbers of 32 bits unsigned, or wider, and truths; what isn't there has any value.
        """


Found = tuple[Any, Any]
"""A value, and whether it is there."""


class Matcher(NamedTuple):
    """`keep(row, view)` is a truth, or a column of them. `needs_view`: it can't do without a view."""

    keep: Callable[[Any, Any], Any]
    needs_view: bool


def matcher(wanted: Filter) -> Matcher:
    """A filter as a function. Raises UsageError for what no row could answer."""
    reader = _Reader(wanted.text)
    return Matcher(reader.condition(wanted.condition), reader.needs_view)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.needs_view = False

    def condition(self, node: Condition) -> Callable[[Any, Any], Any]:
        match node:
            case tree.All(parts=()):
                return lambda row, _view: row.length >= 0
            case tree.All(parts=parts):
                return _joined(operator.and_, [self.condition(part) for part in parts])
            case tree.Any(parts=parts):
                return _joined(operator.or_, [self.condition(part) for part in parts])
            case tree.Not(inner=inner):
                keep = self.condition(inner)
                return lambda row, view: keep(row, view) ^ True
            case tree.Relation():
                return self._relation(node)
        seen = _seen(node)
        if seen is not None:
            self.needs_view = True
            return seen
        if isinstance(node, tree.Tag) and node.number == 0:
            raise UsageError(
                f"rows tell no tag with the number 0, at column {node.at + 1}",
                hint="vlan, or vlan 1 to vlan 4095",
                text=self._text,
                column=node.at,
            )
        told = _READ[type(node)](node)
        return lambda row, _view: told(row)

    def _relation(self, node: tree.Relation) -> Callable[[Any, Any], Any]:
        compare = COMPARED[node.operator]
        left, right = self._value(node.left), self._value(node.right)

        def keep(row: Any, view: Any) -> Any:
            one, there = left(row, view)
            other, also = right(row, view)
            return compare(one, other) & there & also & (row.length >= 0)

        return keep

    def _value(self, node: Value) -> Callable[[Any, Any], Found]:
        known = constant(node)
        if known is not None:
            return lambda _row, _view: (known, True)
        match node:
            case tree.Length():
                return lambda row, _view: (row.length, True)
            case tree.Hops():  # as wide as what it may be calculated with
                return lambda row, _view: (row.ttl + (row.length & 0), row.version > 0)
            case tree.Octets():
                return self._octets(node)
            case tree.Sum():
                left, right = self._value(node.left), self._value(node.right)
                sign = node.operator

                def value(row: Any, view: Any) -> Found:
                    one, there = left(row, view)
                    other, also = right(row, view)
                    result, sound = calculated(sign, one, other)
                    return result, there & also & sound

                return value
        raise UsageError("a value that nothing is known about", text=self._text)  # pragma: no cover - all are above

    def _octets(self, node: tree.Octets) -> Callable[[Any, Any], Found]:
        self.needs_view = True
        offset = self._value(node.offset)
        carried = _base(node.base)

        def value(row: Any, view: Any) -> Found:
            at, known = offset(row, view)
            found, there = view.octet(node.base, at, node.size)
            return found, there & known & carried(row)

        return value


def _joined(join: Callable[[Any, Any], Any], parts: list[Callable[[Any, Any], Any]]) -> Callable[[Any, Any], Any]:
    first, *others = parts

    def keep(row: Any, view: Any) -> Any:
        found = first(row, view)
        for other in others:
            found = join(found, other(row, view))
        return found

    return keep


def _base(base: str) -> Callable[[Any], Any]:
    """Whether a packet has such a header, and its first part."""
    if base == "ether":
        return lambda row: row.length >= 0
    protocol = names.WORDS[base]
    carried = _carries(tree.Carries(protocol.below, protocol.number))
    if protocol.below == "ether":
        return carried
    return lambda row: carried(row) & (row.fragment <= 0)


# Conditions that need more than a row


def _seen(node: tree.Plain) -> Callable[[Any, Any], Any] | None:
    """None for those that a row can answer."""
    match node:
        case tree.Carries(below="ether", number=names.IPX):  # the only one that goes by either number
            point = _numbered("llc", 0, 1, 0, names.IPX)
            return lambda row, view: point(row, view) | (row.ethertype == names.IPX_TYPE)
        case tree.Carries(below="ether", number=number) if number < names.LEAST_TYPE:
            return _numbered("llc", 0, 1, 0, number)
        case tree.Way(outbound=outbound):
            way = OUTBOUND if outbound else INBOUND
            return lambda row, view: (row.length >= 0) & (view.direction == way)
        case tree.Tag(kind="mpls", number=number):
            return _numbered("mpls", 0, 4, 12, number)
        case tree.Tag(kind="pppoes", number=number):
            return _numbered("pppoes", 2, 2, 0, number)
    return None


def _numbered(base: str, at: int, size: int, shift: int, number: int | None) -> Callable[[Any, Any], Any]:
    def keep(_row: Any, view: Any) -> Any:
        found, there = view.octet(base, at, size)
        return there if number is None else there & (found >> shift == number)

    return keep


# Conditions on a row alone


def _carries(node: tree.Carries) -> Callable[[Any], Any]:
    number = node.number
    if node.below == "ether":
        version = {names.IP: 4, names.IP6: 6}.get(number)
        if version is not None:
            return lambda row: row.version == version
        return lambda row: row.ethertype == number
    if node.below:
        version = 4 if node.below == "ip" else 6
        return lambda row: (row.version == version) & (row.protocol == number)
    return lambda row: (row.version > 0) & (row.protocol == number)


def _address(node: tree.Address) -> Callable[[Any], Any]:
    high, low = node.value >> 64, node.value & LOW
    high_mask, low_mask = node.mask >> 64, node.mask & LOW
    if node.version == 4:
        low, high_mask, low_mask = MAPPED | low, LOW, LOW & ~0xFFFFFFFF | low_mask

    def at(end: str) -> Callable[[Any], Any]:
        upper, lower = operator.attrgetter(f"{end}_high"), operator.attrgetter(f"{end}_low")
        return lambda row: ((upper(row) & high_mask) == high) & ((lower(row) & low_mask) == low)

    either = _either(node.way, at)
    match node.protocol:
        case "" if node.version == 4:  # IPv4's, ARP's, but not IPv6's mapped ones
            return lambda row: either(row) & (row.version != 6)
        case "arp" | "rarp":
            number = names.ARP if node.protocol == "arp" else names.RARP
            return lambda row: either(row) & (row.version == 0) & (row.ethertype == number)
    version = node.version
    return lambda row: either(row) & (row.version == version)


def _hardware(node: tree.Hardware) -> Callable[[Any], Any]:
    value = node.value

    def at(end: str) -> Callable[[Any], Any]:
        told = operator.attrgetter(f"{end}_mac")
        return lambda row: told(row) == value

    return _either(node.way, at)


def _port(node: tree.Port) -> Callable[[Any], Any]:
    low, high = node.low, node.high

    def at(end: str) -> Callable[[Any], Any]:
        told = operator.attrgetter(f"{end}_port")
        return lambda row: (told(row) >= low) & (told(row) <= high)

    either = _either(node.way, at)
    protocols = [names.WORDS[node.protocol].number] if node.protocol else [names.TCP, names.UDP, names.SCTP]

    def keep(row: Any) -> Any:
        carried = row.protocol == protocols[0]
        for protocol in protocols[1:]:
            carried = carried | (row.protocol == protocol)
        found = either(row) & carried & (row.version > 0) & (row.fragment <= 0)
        # Where the header couldn't be read its ports are 0
        return found & (row.anomaly == 0) if low == 0 else found

    return keep


def _either(way: str, at: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    first, *more = (at(end) for end in _ENDS[way])
    if not more:
        return first
    second = more[0]
    if way == "and":
        return lambda row: first(row) & second(row)
    return lambda row: first(row) | second(row)


def _vlan(node: tree.Tag) -> Callable[[Any], Any]:
    number = node.number
    if number is None:
        return lambda row: row.vlan != 0
    return lambda row: (row.vlan == number) | (row.inner_vlan == number)


def _cast(node: tree.Cast) -> Callable[[Any], Any]:
    match node.below, node.broad:
        case "ether", True:
            return lambda row: row.dst_mac == _EVERYONE
        case "ether", False:
            return lambda row: (row.dst_mac >> 40 & 1) == 1
        case "ip", True:
            return lambda row: (row.version == 4) & ((row.dst_low == MAPPED) | (row.dst_low == MAPPED | WORD))
        case "ip", False:
            return lambda row: (row.version == 4) & ((row.dst_low & WORD) >= _MULTICAST)
    return lambda row: (row.version == 6) & (row.dst_high >> 56 == 0xFF)


def _fragment(_node: tree.Fragment) -> Callable[[Any], Any]:
    return lambda row: row.fragment >= 0


def _tunnel(_node: tree.Tunnel) -> Callable[[Any], Any]:
    return lambda row: row.tunnels > 0


def _anomaly(node: tree.Anomaly) -> Callable[[Any], Any]:
    bits = node.bits
    return lambda row: (row.anomaly & bits) != 0


def _flags(node: tree.Flags) -> Callable[[Any], Any]:
    wanted, among = node.wanted, node.among
    return lambda row: (row.version > 0) & (row.protocol == names.TCP) & ((row.flags & among) == wanted)


_READ: dict[type, Callable[[Any], Callable[[Any], Any]]] = {
    tree.Carries: _carries,
    tree.Address: _address,
    tree.Hardware: _hardware,
    tree.Port: _port,
    tree.Tag: _vlan,
    tree.Cast: _cast,
    tree.Fragment: _fragment,
    tree.Tunnel: _tunnel,
    tree.Anomaly: _anomaly,
    tree.Flags: _flags,
}
