"""What may stand in a tree: containers, lists with their keys, leaves (RFC 7950, as far as an edit has to know it)."""

from __future__ import annotations

from typing import Literal

import msgspec


class Schema(msgspec.Struct, frozen=True):
    """One node. A list's `keys` tell its entries apart; `values`, where there are some, are all that a leaf may be."""

    name: str
    ns: str
    kind: Literal["container", "list", "leaf", "leaf-list"]
    children: dict[tuple[str, str], Schema] = {}
    keys: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def child(self, name: str, ns: str) -> Schema | None:
        return self.children.get((ns, name))

    def has_namespace(self, ns: str) -> bool:
        """Whether anything below, at any depth, is of a namespace."""
        return any(key[0] == ns or child.has_namespace(ns) for key, child in self.children.items())


def container(name: str, ns: str, *children: Schema) -> Schema:
    return Schema(name, ns, "container", _keyed(children))


def listed(name: str, ns: str, keys: str, *children: Schema) -> Schema:
    """A list; `keys` are separated by blanks, as YANG writes them."""
    return Schema(name, ns, "list", _keyed(children), tuple(keys.split()))


def leaf(name: str, ns: str, *values: str) -> Schema:
    return Schema(name, ns, "leaf", values=values)


def leaf_list(name: str, ns: str) -> Schema:
    return Schema(name, ns, "leaf-list")


def leaves(ns: str, names: str) -> tuple[Schema, ...]:
    """Several leaves, separated by blanks."""
    return tuple(leaf(name, ns) for name in names.split())


def _keyed(children: tuple[Schema, ...]) -> dict[tuple[str, str], Schema]:
    return {(child.ns, child.name): child for child in children}
