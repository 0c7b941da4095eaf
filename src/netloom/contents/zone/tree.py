"""The records of a zone by name, and which names exist (RFC 1034 §4.3, RFC 4592 §2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.name
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset

from netloom.wire.dns import codes
from netloom.wire.dns.message import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A name as its labels in lower case: hashed by C, where dnspython's own names take a Python step for every octet.
Key = tuple[bytes, ...]
_TypeKey = tuple[int, int]  # the type and, of signatures, the type that is covered


class Records(dns.rdataset.Rdataset):
    """Records of one type that aren't changed any more, with their data as wire forms, which are made once."""

    __slots__ = ("_data",)

    def __init__(self, found: dns.rdataset.Rdataset) -> None:
        super().__init__(found.rdclass, found.rdtype, found.covers, found.ttl)
        self.items = found.items
        self._data: tuple[bytes, ...] | None = None

    @property
    def data(self) -> tuple[bytes, ...]:
        if self._data is None:
            self._data = tuple([record.to_wire() or b"" for record in self])
        return self._data


class Owned(dns.rrset.RRset):
    """Records with their owner's name, `owner` in wire form; `wire` are the same as records of the wire."""

    __slots__ = ("owner", "wire")

    def __init__(self, owner: bytes, records: Records, ttl: int | None = None) -> None:
        super().__init__(name_of(owner), dns.rdataclass.IN, records.rdtype, records.covers)
        self.items = records.items
        self.ttl = records.ttl if ttl is None else ttl
        self.owner = owner
        kind = int(records.rdtype)
        self.wire = tuple([Record(owner, kind, codes.IN, self.ttl, data) for data in records.data])


class Node:
    """The records at one name."""

    __slots__ = ("name", "owner", "sets")

    def __init__(self, name: dns.name.Name, sets: Mapping[_TypeKey, dns.rdataset.Rdataset]) -> None:
        self.name = name
        self.owner = wire_of(name)
        self.sets: dict[_TypeKey, Records] = {
            kind: found if isinstance(found, Records) else Records(found) for kind, found in sets.items()
        }

    def get(self, rdtype: int) -> Records | None:
        """The records of a type that isn't a signature."""
        return self.sets.get((rdtype, 0))

    def matching(self, rdtype: int) -> list[Records]:
        """What answers a question for a type: of ANY everything, of RRSIG all signatures."""
        if rdtype in (dns.rdatatype.ANY, dns.rdatatype.RRSIG):
            return [found for (kept, _), found in self.sets.items() if rdtype in (kept, dns.rdatatype.ANY)]
        found = self.get(rdtype)
        return [] if found is None else [found]


class Tree:
    """The nodes of a zone. A tree that is served isn't changed: an update changes a copy (`copy`), node by node."""

    def __init__(self, origin: dns.name.Name) -> None:
        self.origin = origin
        self.origin_key = key_of(origin)
        self.nodes: dict[Key, Node] = {}
        self._below: dict[Key, int] = {}  # how many nodes are below a name that is in the zone

    def copy(self) -> Tree:
        """A tree with the same nodes, which are to be replaced and not changed."""
        twin = Tree(self.origin)
        twin.nodes = dict(self.nodes)
        twin._below = dict(self._below)
        return twin

    def contains(self, key: Key) -> bool:
        """Whether a name is at or below the origin."""
        return key[len(key) - len(self.origin_key) :] == self.origin_key and len(key) >= len(self.origin_key)

    def exists(self, key: Key) -> bool:
        """Whether a name exists: it has records, or a name below it has (an empty non-terminal)."""
        return key in self.nodes or key in self._below

    def ancestors(self, key: Key) -> Iterator[Key]:
        """The names from just below the origin down to `key` itself."""
        for depth in range(len(key) - len(self.origin_key) - 1, -1, -1):
            yield key[depth:]

    def put(self, key: Key, node: Node) -> None:
        """Set the records of a name; none remove it."""
        change = bool(node.sets) - (key in self.nodes)
        if node.sets:
            self.nodes[key] = node
        else:
            self.nodes.pop(key, None)
        for depth in range(1, len(key) - len(self.origin_key) + 1) if change else ():
            above = key[depth:]
            self._below[above] = self._below.get(above, 0) + change
            if not self._below[above]:
                del self._below[above]

    def sets(self) -> Iterable[Owned]:
        """Every set of records, the origin's first."""
        for key in sorted(self.nodes, key=lambda key: key[::-1]):
            node = self.nodes[key]
            yield from (Owned(node.owner, found) for found in node.sets.values())

    def __len__(self) -> int:
        return sum(len(found) for node in self.nodes.values() for found in node.sets.values())


def key_of(name: dns.name.Name) -> Key:
    """The labels of an absolute name in lower case."""
    return tuple([label.lower() for label in name.labels])


def key_of_wire(name: bytes) -> Key:
    """The same of a name's wire form."""
    return tuple([label.lower() for label in _labels(name)])


def wire_of(name: dns.name.Name) -> bytes:
    """An absolute name's wire form."""
    return b"".join([bytes((len(label),)) + label for label in name.labels])


def name_of(name: bytes) -> dns.name.Name:
    """The name that a wire form is of."""
    return dns.name.Name(_labels(name))


def _labels(name: bytes) -> list[bytes]:
    labels = []
    at = 0
    while length := name[at]:
        after = at + length + 1
        labels.append(name[at + 1 : after])
        at = after
    labels.append(b"")
    return labels
