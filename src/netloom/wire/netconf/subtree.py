"""Subtree filters: which part of a tree somebody wants (RFC 6241 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.netconf.messages import fault
from netloom.wire.netconf.xml import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 1000
"""Elements of a filter: each of them may be looked for in each part of a tree."""


def select(data: Node, wanted: Node) -> Node:
    """The part of a tree that a filter selects, in the tree's own order. Both are roots whose children count.

    Raises Fault for a filter beyond the limit.
    """
    if sum(1 for _ in _every(wanted)) > LIMIT:
        raise fault("too-big", f"a filter has no more than {LIMIT} elements", path="/filter")
    selection = _Selection()
    for asked in wanted.children:
        for child in data.children:
            selection.mark(child, asked)
    return Node(data.name, data.ns, children=selection.children(data))


def _every(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _every(child)


class _Selection:
    """What several parts of a filter select: nodes with all that is in them, and nodes of which only a part is meant.

    Nodes are told apart by their identity; the tree stands as long as they are kept here.
    """

    def __init__(self) -> None:
        self._whole: set[int] = set()
        self._part: set[int] = set()

    def mark(self, node: Node, asked: Node) -> bool:
        """Whether a part of a filter selects something of a node."""
        if not _is_same(node, asked):
            return False
        if not asked.children and asked.text.strip() and not _matches(node, asked):
            return False
        values, others = _sorted(asked)
        if not all(any(_is_value(child, one) for child in node.children) for one in values):
            return False
        if not others:
            self._whole.add(id(node))  # a node by itself, and §6.2.5: values alone select the whole
            return True
        found = False
        for child in node.children:
            found |= self._mark_child(child, values, others.get(child.name, ()))
        if found:
            self._part.add(id(node))
        return found

    def _mark_child(self, child: Node, values: list[Node], others: list[Node] | tuple[()]) -> bool:
        if any(_is_value(child, one) for one in values):
            self._whole.add(id(child))
        found = False
        for one in others:
            if id(child) in self._whole:
                break
            found |= self.mark(child, one)
        return found or id(child) in self._whole

    def children(self, node: Node) -> list[Node]:
        """The children of a node as far as they are selected."""
        return [
            child
            if id(child) in self._whole
            else Node(child.name, child.ns, children=self.children(child), attributes=dict(child.attributes))
            for child in node.children
            if id(child) in self._whole or id(child) in self._part
        ]


def _sorted(asked: Node) -> tuple[list[Node], dict[str, list[Node]]]:
    """Values that have to be there (§6.2.5), and by name what is wanted beside them."""
    values: list[Node] = []
    others: dict[str, list[Node]] = {}
    for one in asked.children:
        if not one.children and one.text.strip():
            values.append(one)
        else:
            others.setdefault(one.name, []).append(one)
    return values, others


def _is_same(node: Node, asked: Node) -> bool:
    """Name, namespace (none is any, §6.2.1) and attributes (§6.2.2)."""
    if node.name != asked.name or asked.ns not in ("", node.ns):
        return False
    return all(node.attributes.get(name) == value for name, value in asked.attributes.items())


def _is_value(node: Node, asked: Node) -> bool:
    return _is_same(node, asked) and _matches(node, asked)


def _matches(node: Node, asked: Node) -> bool:
    """A content match: the texts are the same, blanks around them left out (§6.2.5)."""
    if node.children:
        return False
    if asked.prefixes and node.prefixes:
        return node.identity == asked.identity
    return node.text.strip() == asked.text.strip()
