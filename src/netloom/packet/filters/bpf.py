"""Filters as programs for the kernel (classic BPF), with the meaning that tcpdump gives them.

Such a program looks at fixed places. It sees neither behind a VLAN tag nor into a tunnel unless the filter said so
before (`vlan`, `mpls`, `pppoes`); behind one of these words, wherever it stands, the rest of the filter looks there.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.filters import names, tree
from netloom.packet.filters.arithmetic import COMPARED, WORD
from netloom.packet.filters.assembler import (
    ABS,
    ADD,
    ALU,
    AND,
    BYTE,
    CELLS,
    DIV,
    FROM_X,
    IMM,
    IND,
    JEQ,
    JGE,
    JGT,
    JSET,
    LD,
    LDX,
    LEN,
    LSH,
    MEM,
    MISC,
    MOD,
    MSH,
    MUL,
    OR,
    RSH,
    SIZES,
    ST,
    SUB,
    TAX,
    XOR,
    Compare,
    Logic,
    Program,
    Step,
    assembled,
    equal,
    every,
    loaded,
    some,
    unless,
)
from netloom.packet.filters.links import Link, link
from netloom.packet.filters.machine import OUTGOING, PACKET_TYPE
from netloom.packet.filters.tree import constant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netloom.packet.filters.tree import Condition, Filter, Value

SNAP = 262_144
"""Octets that are kept of a frame unless less is asked for."""

_SPARE = 2
"""Cells of memory that are left for whoever leads a program's loads elsewhere."""
_ENDS = {"src": (0,), "dst": (1,), "or": (0, 1), "and": (0, 1)}
_JUMPS = {
    "==": (JEQ, True),
    "!=": (JEQ, False),
    ">": (JGT, True),
    "<=": (JGT, False),
    ">=": (JGE, True),
    "<": (JGE, False),
}
_MIRRORED = {"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}
_OPERATIONS = {
    "+": ADD, "-": SUB, "*": MUL, "/": DIV, "%": MOD, "&": AND, "|": OR, "^": XOR, "<<": LSH, ">>": RSH,
}  # fmt: skip


def compiled(wanted: Filter, link_type: int, snap: int = SNAP) -> Program:
    """A filter as a program for frames of a link type. It returns `snap` for what is wanted, otherwise 0.

    Raises UsageError for words that such a link has nothing for, for those that only dissected packets know, and for
    a filter of more than 4,096 instructions.
    """
    return assembled(_Compiler(wanted.text, link(link_type)).condition(wanted.condition), snap)


class _Compiler:
    """What is looked at moves on with each tag; the tree is read in the order in which it was written."""

    def __init__(self, text: str, first: Link) -> None:
        self._text = text
        self._link = first

    def condition(self, node: Condition) -> Logic:
        match node:
            case tree.All(parts=parts):
                return every(*[self.condition(part) for part in parts])
            case tree.Any(parts=parts):
                return some(*[self._alike(list(group)) for _, group in itertools.groupby(parts, _kind)])
            case tree.Not(inner=inner):
                return unless(self.condition(inner))
            case tree.Relation():
                return self._relation(node)
        return _READ.get(type(node), _Compiler._unknown)(self, node)

    def _alike(self, nodes: list[Condition]) -> Logic:
        """One of several conditions; ports, and addresses, that differ in nothing else share what comes before them."""
        if len(nodes) > 1 and isinstance(nodes[0], tree.Port):
            return self._port(*nodes)  # type: ignore[arg-type]
        if len(nodes) > 1:
            return self._address(*nodes)  # type: ignore[arg-type]
        return self.condition(nodes[0])

    def _unknown(self, node: tree.Plain) -> Logic:
        raise self._error("the kernel doesn't know this word", node.at, "it is for packets that were dissected")

    def _error(self, message: str, at: int, hint: str = "") -> UsageError:
        return UsageError(f"{message}, at column {at + 1}", hint=hint, text=self._text, column=at)

    # What is carried

    def _type(self, number: int, at: int) -> Logic:
        found = self._link.carries(number)
        if found is None:
            raise self._error("behind MPLS only IP can be told", at)
        return found

    def _carries(self, node: tree.Carries) -> Logic:
        below, number, at = node.below, node.number, node.at
        if below == "ether":
            return self._type(number, at)
        network = self._link.network
        found = []
        if below in ("", "ip"):
            found.append(every(self._type(names.IP, at), equal(network + 9, 1, number)))
        if below in ("", "ip6"):
            fragment = every(equal(network + 6, 1, names.IPV6_FRAGMENT), equal(network + 40, 1, number))
            found.append(every(self._type(names.IP6, at), some(equal(network + 6, 1, number), fragment)))
        return some(*found)

    # Addresses

    def _address(self, node: tree.Address, *others: tree.Address) -> Logic:
        network, nodes = self._link.network, (node, *others)
        if node.version == 6:
            found = _ways(node.way, lambda end: some(*[_words(network + (8, 24)[end], one) for one in nodes]))
            return every(self._type(names.IP6, node.at), found)
        protocols = [node.protocol] if node.protocol else ["ip"] if self._link.labels else ["ip", "arp", "rarp"]
        return some(*[self._four(protocol, nodes) for protocol in protocols])

    def _four(self, protocol: str, nodes: Sequence[tree.Address]) -> Logic:
        ends = [self._link.network + place for place in ((12, 16) if protocol == "ip" else (14, 24))]
        carried = self._type(names.WORDS[protocol].number, nodes[0].at)
        return every(
            carried, _ways(nodes[0].way, lambda end: some(*[equal(ends[end], 4, one.value, one.mask) for one in nodes]))
        )

    def _hardware(self, node: tree.Hardware) -> Logic:
        first = self._ethernet("hardware addresses", node.at)
        return _ways(node.way, lambda end: _six(first + (6, 0)[end], node.value))

    def _ethernet(self, what: str, at: int) -> int:
        if not self._link.ethernet:
            raise self._error(f"{self._link.name} has no {what}", at)
        return self._link.head

    def _cast(self, node: tree.Cast) -> Logic:
        network = self._link.network
        match node.below, node.broad:
            case "ether", True:
                return _six(self._ethernet("broadcasts", node.at), (1 << 48) - 1)
            case "ether", False:
                return Compare(loaded(self._ethernet("multicasts", node.at), 1), JSET, 1)
            case "ip", True:
                return every(
                    self._type(names.IP, node.at), some(equal(network + 16, 4, 0), equal(network + 16, 4, WORD))
                )
            case "ip", False:
                return every(self._type(names.IP, node.at), Compare(loaded(network + 16, 1), JGE, 0xE0))
        return every(self._type(names.IP6, node.at), equal(network + 24, 1, 0xFF))

    # Ports

    def _port(self, node: tree.Port, *others: tree.Port) -> Logic:
        network, nodes = self._link.network, (node, *others)
        numbers = [names.WORDS[node.protocol].number] if node.protocol else [names.SCTP, names.TCP, names.UDP]
        direct: list[Step] = [(LD | ABS | SIZES[2], network + 40)]
        behind: list[Step] = [(LDX | MSH | BYTE, network), (LD | IND | SIZES[2], network)]
        return some(
            every(
                self._type(names.IP6, node.at),
                some(*[equal(network + 6, 1, number) for number in numbers]),
                _ranges(nodes, direct),
            ),
            every(
                self._type(names.IP, node.at),
                some(*[equal(network + 9, 1, number) for number in numbers]),
                unless(Compare(loaded(network + 6, 2), JSET, 0x1FFF)),
                _ranges(nodes, behind),
            ),
        )

    # Tags

    def _tag(self, node: tree.Tag) -> Logic:
        before = self._link
        tagged = before.tagged(node.kind)
        if isinstance(tagged, str):
            raise self._error(tagged, node.at)
        found, self._link, (at, size, mask, shift) = tagged
        if node.number is None:
            return found
        return every(found, equal(at, size, node.number << shift, mask))

    def _way(self, node: tree.Way) -> Logic:
        at, size = self._link.sender if self._link.sender is not None else (PACKET_TYPE, 2)
        sent = equal(at, size, OUTGOING)
        return sent if node.outbound else unless(sent)

    # Values

    def _relation(self, node: tree.Relation) -> Logic:
        word, left, right = node.operator, node.left, node.right
        if constant(left) is not None:
            word, left, right = _MIRRORED[word], right, left
        known, other = constant(left), constant(right)
        if known is not None and other is not None:
            return bool(COMPARED[word](known, other))
        conditions = [*self._needed(node.left), *self._needed(node.right)]
        jump, wanted = _JUMPS[word]
        if other is not None:
            test = Compare(self._value(left, 0), jump, other)
        else:
            test = Compare(self._both(left, right, 0), jump | FROM_X, 0)
        return every(*conditions, test if wanted else unless(test))

    def _needed(self, value: Value) -> list[Logic]:
        """What has to be so before octets of a header can be read."""
        match value:
            case tree.Sum(left=left, right=right):
                return [*self._needed(left), *self._needed(right)]
            case tree.Octets(base=base, offset=offset):
                return [*self._needed(offset), self._present(base, value.at)]
        return []

    def _present(self, base: str, at: int) -> Logic:
        if base == "ether":
            return True
        protocol = names.WORDS[base]
        if protocol.below == "ether":
            return self._type(protocol.number, at)
        if protocol.below == "ip6":
            return every(self._type(names.IP6, at), equal(self._link.network + 6, 1, protocol.number))
        whole = unless(Compare(loaded(self._link.network + 6, 2), JSET, 0x1FFF))
        return every(self._carries(tree.Carries("ip", protocol.number, at)), whole)

    def _value(self, value: Value, cell: int) -> tuple[Step, ...]:
        """Steps that leave a value in A. Cells of memory from `cell` on are free."""
        known = constant(value)
        if known is not None:
            return ((LD | IMM, known),)
        match value:
            case tree.Length():
                return ((LD | LEN, 0),)
            case tree.Octets():
                return self._octets(value, cell)
            case tree.Sum(operator=word, left=left, right=right):
                other = constant(right)
                if other is not None:
                    return (*self._value(left, cell), (ALU | _OPERATIONS[word], other))
                return (*self._both(left, right, cell), (ALU | _OPERATIONS[word] | FROM_X, 0))
        raise self._error("the kernel doesn't know this value", value.at, "ip[8] is the ttl")

    def _both(self, left: Value, right: Value, cell: int) -> tuple[Step, ...]:
        """The left one in A, the right one in X."""
        self._free(cell, left.at)
        return (
            *self._value(left, cell),
            (ST, cell),
            *self._value(right, cell + 1),
            (MISC | TAX, 0),
            (LD | MEM, cell),
        )

    def _free(self, cell: int, at: int) -> None:
        if cell >= CELLS - _SPARE:
            raise self._error("too many values within each other for the kernel", at, "calculate from the left")

    def _octets(self, value: tree.Octets, cell: int) -> tuple[Step, ...]:
        link_, protocol = self._link, names.WORDS.get(value.base)
        moving = protocol is not None and protocol.below in ("", "ip")
        start = link_.head if protocol is None else link_.network + 40 * (protocol.below == "ip6")
        load = LD | SIZES[value.size]
        offset = constant(value.offset)
        if offset is not None:
            if offset > SNAP:
                raise self._error(f"no frame has {offset} octets", value.at)
            if moving:
                return ((LDX | MSH | BYTE, link_.network), (load | IND, start + offset))
            return ((load | ABS, start + offset),)
        where = self._value(value.offset, cell)
        if moving:
            self._free(cell, value.at)
            header = ((ST, cell), (LDX | MSH | BYTE, link_.network), (LD | MEM, cell), (ALU | ADD | FROM_X, 0))
            where = (*where, *header)
        return (*where, (MISC | TAX, 0), (load | IND, start))


_READ: dict[type, Callable[..., Logic]] = {
    tree.Carries: _Compiler._carries,
    tree.Address: _Compiler._address,
    tree.Hardware: _Compiler._hardware,
    tree.Port: _Compiler._port,
    tree.Tag: _Compiler._tag,
    tree.Cast: _Compiler._cast,
    tree.Way: _Compiler._way,
}


def _ways(way: str, at: Callable[[int], Logic]) -> Logic:
    """An address at the source's place, the destination's, either or both."""
    found = [at(end) for end in _ENDS[way]]
    return every(*found) if way == "and" else some(*found)


def _words(at: int, node: tree.Address) -> Logic:
    """An IPv6 address, in four words."""
    parts = []
    for word in range(4):
        shift = 96 - 32 * word
        parts.append(equal(at + 4 * word, 4, node.value >> shift & WORD, node.mask >> shift & WORD))
    return every(*parts)


def _six(at: int, value: int) -> Logic:
    """A hardware address, its lower four octets first: they differ more often."""
    return every(equal(at + 2, 4, value & WORD), equal(at, 2, value >> 32))


def _ranges(nodes: Sequence[tree.Port], source: list[Step]) -> Logic:
    """One of several ports, at the source's place or two octets behind it."""

    def at(end: int) -> Logic:
        *before, (code, place) = source
        return some(*[_range(node, (*before, (code, place + 2 * end))) for node in nodes])

    return _ways(nodes[0].way, at)


def _range(node: tree.Port, steps: tuple[Step, ...]) -> Logic:
    if node.low == node.high:
        return Compare(steps, JEQ, node.low)
    return every(Compare(steps, JGE, node.low), unless(Compare(steps, JGT, node.high)))


def _kind(node: Condition) -> object:
    """The same for conditions that can be told together; `src and dst` can't."""
    if isinstance(node, tree.Port) and node.way != "and":
        return node.protocol, node.way
    if isinstance(node, tree.Address) and node.way != "and":
        return node.protocol, node.way, node.version
    return id(node)
