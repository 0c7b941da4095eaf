"""Topics and patterns: what is one, and trees in which each finds the other (MQTT 5.0 §4.7)."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from netloom.errors import UsageError
from netloom.wire.mqtt.topics import misplaced

if TYPE_CHECKING:
    from collections.abc import Iterator

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_TOPIC_LIMIT = 65_535  # bytes, as MQTT has it
_LEVELS = 128
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")

LEVEL_COST = 256
"""About how many bytes a level of a tree takes."""


def check_topic(topic: str) -> None:
    """Raises UsageError for a wildcard, NUL, more than 65,535 bytes or 128 levels in a topic (MQTT 5.0 §4.7.3)."""
    if "+" in topic or "#" in topic:
        raise UsageError(f"a topic has no wildcard: {topic[:80]!r}", hint="+ and # are for subscribing")
    _check_text(topic)


def check_pattern(pattern: str) -> list[str]:
    """The levels of a pattern. Raises UsageError with the column of the wildcard that stands where none may."""
    _check_text(pattern)
    column = misplaced(pattern)
    if column >= 0:
        raise UsageError(
            f"{pattern[:80]!r} is no pattern, at column {column + 1}: + is a whole level, # the whole last one",
            text=pattern,
            column=column,
        )
    return pattern.split("/")


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic is among what a pattern stands for."""
    levels = topic.split("/")
    expected = check_pattern(pattern)
    if topic.startswith("$") and expected[0] in ("+", "#"):
        return False
    for position, level in enumerate(expected):
        if level == "#":
            return True
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(expected) == len(levels)


def cost(text: str) -> int:
    """About how many bytes it takes to file a topic or a pattern in a tree."""
    return len(text) + LEVEL_COST * text.count("/")


def _check_text(text: str) -> None:
    if _FORBIDDEN.search(text):
        raise UsageError("a topic has no NUL and no half of a surrogate pair in it")
    if (len(text) * 4 > _TOPIC_LIMIT and len(text.encode()) > _TOPIC_LIMIT) or text.count("/") >= _LEVELS:
        raise UsageError(f"a topic has no more than {_TOPIC_LIMIT} bytes and {_LEVELS} levels")


class _Node(Generic[V]):
    """One level: what stands below it, and what is filed here."""

    __slots__ = ("below", "here")

    def __init__(self) -> None:
        self.below: dict[str, _Node[V]] = {}
        self.here: V | None = None


class _Tree(Generic[V]):
    """Texts of levels between `/`, one node a level."""

    def __init__(self) -> None:
        self._root: _Node[V] = _Node()

    def __bool__(self) -> bool:
        return bool(self._root.below)

    def _at(self, levels: list[str]) -> _Node[V]:
        """The node of these levels, which is made where it isn't there."""
        node = self._root
        for level in levels:
            found = node.below.get(level)
            if found is None:
                found = node.below[level] = _Node()
            node = found
        return node

    def _prune(self, levels: list[str]) -> None:
        """Drop the nodes at the end of a way that hold nothing any more."""
        way = [self._root]
        for level in levels:
            way.append(way[-1].below[level])
        for parent, level in zip(reversed(way[:-1]), reversed(levels), strict=True):
            node = parent.below[level]
            if node.below or node.here is not None:
                return
            del parent.below[level]


class Patterns(_Tree[dict[K, V]], Generic[K, V]):
    """What is filed under patterns, each under a key, is found by the topics that they stand for.

    Looking something up visits no more nodes than there are, however many wildcards stand in a row.
    """

    def put(self, pattern: str, key: K, value: V) -> None:
        """File a value; one of that key and pattern is replaced. The pattern has been checked."""
        node = self._at(pattern.split("/"))
        if node.here is None:
            node.here = {}
        node.here[key] = value

    def remove(self, pattern: str, key: K) -> None:
        """Take out what was filed under both."""
        levels = pattern.split("/")
        node = self._at(levels)
        if node.here is not None:
            node.here.pop(key, None)
            node.here = node.here or None
        self._prune(levels)

    def find(self, topic: str) -> dict[K, list[V]]:
        """All that is filed under patterns which stand for a topic, by key, in the order of the tree."""
        found: dict[K, list[V]] = {}
        nodes: list[_Node[dict[K, V]]] = [self._root]
        wild = not topic.startswith("$")  # at the first level
        for level in topic.split("/"):
            following = []
            for node in nodes:
                below = node.below
                if (next_ := below.get(level)) is not None:
                    following.append(next_)
                if wild:
                    if (next_ := below.get("+")) is not None:
                        following.append(next_)
                    if (next_ := below.get("#")) is not None:
                        _collect(next_, found)
            nodes, wild = following, True
            if not nodes:
                return found
        for node in nodes:
            _collect(node, found)
            if (next_ := node.below.get("#")) is not None:
                _collect(next_, found)
        return found


def _collect(node: _Node[dict[K, V]], found: dict[K, list[V]]) -> None:
    for key, value in (node.here or {}).items():
        found.setdefault(key, []).append(value)


class Topics(_Tree[V], Generic[V]):
    """What is filed under topics is found by the patterns that stand for them."""

    def put(self, topic: str, value: V) -> None:
        """File a value; one that is there is replaced."""
        self._at(topic.split("/")).here = value

    def remove(self, topic: str) -> None:
        """Take out what was filed under a topic, which is there."""
        levels = topic.split("/")
        self._at(levels).here = None
        self._prune(levels)

    def find(self, pattern: list[str]) -> Iterator[V]:
        """All that is filed under the topics which a pattern (its levels) stands for, in no order."""
        nodes = [self._root]
        for depth, level in enumerate(pattern):
            if level == "#":
                yield from _all_below(nodes, hidden=not depth)
                return
            if level == "+":
                nodes = [
                    below for node in nodes for name, below in node.below.items() if depth or not name.startswith("$")
                ]
            else:
                nodes = [below for node in nodes if (below := node.below.get(level)) is not None]
        for node in nodes:
            if node.here is not None:
                yield node.here


def _all_below(nodes: list[_Node[V]], *, hidden: bool) -> Iterator[V]:
    """What these nodes and all below them hold; where `hidden`, without first levels that begin with $."""
    left = list(nodes)
    if hidden:
        left = [below for node in nodes for name, below in node.below.items() if not name.startswith("$")]
    while left:
        node = left.pop()
        if node.here is not None:
            yield node.here
        left.extend(node.below.values())
