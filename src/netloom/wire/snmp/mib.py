"""Names for object identifiers, and what is known of the objects that have them (RFC 2578)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.wire.oid import Oid, check_oid, parse_oid, show_oid

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMERIC = re.compile(r"\.?\d+(\.\d+)*")
_INDEX = re.compile(r"\.(?:(\d+)|\"([^\"]*)\"|'([^']*)')")
_NAMED = re.compile(r"(?:([A-Za-z][\w-]*)::)?([A-Za-z][\w-]*)(.*)", re.DOTALL)


class Syntax(Struct, frozen=True):
    """A type: the SMI's own that it rests on, how it is shown (RFC 2579 §3.1), and its numbers' names."""

    base: str
    hint: str = ""
    enums: Mapping[int, str] = {}


class Node(Struct, frozen=True):
    """A name that a MIB gives. `syntax` is that of an object that has instances; tables and groups have none."""

    name: str
    oid: Oid
    module: str = ""
    syntax: Syntax | None = None
    notifies: bool = False


class Mib:
    """Names both ways. Of several nodes with one name or identifier the last counts; `MODULE::name` tells more."""

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self.names: dict[str, Node] = {}
        self.oids: dict[Oid, Node] = {}
        self.add(nodes)

    def add(self, nodes: Iterable[Node]) -> None:
        """Know more names."""
        for node in nodes:
            self.names[node.name] = self.names[f"{node.module}::{node.name}"] = node
            self.oids[node.oid] = node

    def with_nodes(self, nodes: Iterable[Node]) -> Mib:
        """A copy that knows more names."""
        made = Mib()
        made.names, made.oids = dict(self.names), dict(self.oids)
        made.add(nodes)
        return made

    def oid(self, text: str) -> Oid:
        """What `1.3.6.1`, `sysName.0`, `IF-MIB::ifDescr.2` or `nlmLogName."x"` stands for.

        A text in double quotes is an index with its length before it, one in single quotes without. Raises ValueError.
        """
        if _NUMERIC.fullmatch(text):
            return parse_oid(text)
        found = _NAMED.fullmatch(text)
        if found is None:
            raise ValueError(f"{text[:80]!r} is no object: names and numbers with dots between them are")
        module, name, index = found.groups()
        node = self.names.get(f"{module}::{name}" if module else name)
        if node is None:
            near = difflib.get_close_matches(name, self.names, 1, 0.7)
            known = f"did you mean {near[0]}?" if near else "names come from MIBs: give its number, or mibs=FILE"
            raise ValueError(f"there is no object {text[:80]!r}: {known}")
        return check_oid(node.oid + _index(index, text))

    def near(self, oid: Oid) -> tuple[Node | None, Oid]:
        """The node with the longest identifier that `oid` begins with, and what follows it."""
        oids = self.oids
        for size in range(len(oid), 0, -1):
            node = oids.get(oid[:size])
            if node is not None:
                return node, oid[size:]
        return None, oid

    def name(self, oid: Oid) -> str:
        """`sysName.0`; an identifier of which no object's name is known stays numbers."""
        node, index = self.near(oid)
        if node is None or (index and node.syntax is None):
            return show_oid(oid)
        return f"{node.name}.{show_oid(index)}" if index else node.name

    def syntax(self, oid: Oid) -> Syntax | None:
        """The type of an instance's object."""
        node, _ = self.near(oid)
        return node.syntax if node is not None else None


def _index(text: str, whole: str) -> Oid:
    found: list[int] = []
    at = 0
    while at < len(text):
        part = _INDEX.match(text, at)
        if part is None:
            raise ValueError(f"{whole[:80]!r} has no index that could be one, from {text[at : at + 20]!r} on")
        number, counted, bare = part.groups()
        if number is not None:
            found.append(int(number[:11]))
        else:
            octets = (counted if counted is not None else bare).encode()
            found += [len(octets)] * (counted is not None) + list(octets)
        at = part.end()
    return tuple(found)
