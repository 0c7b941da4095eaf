"""Edits of a tree: merge, replace, create, delete and remove, each where it is said (RFC 6241 §7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.netconf.messages import BASE, Fault, RpcError, fault
from netloom.wire.netconf.xml import Node

if TYPE_CHECKING:
    from netloom.wire.netconf.schema import Schema

OPERATION = f"{{{BASE}}}operation"
PARTS = 100
"""Elements at the top of an edit that goes on after errors: each is tried on a copy of the whole."""
OPERATIONS = ("merge", "replace", "create", "delete", "remove")


def apply(data: Node, edit: Node, schema: Schema, default: str, *, goes_on: bool = False) -> Node:
    """A tree as an edit makes it; the given one stays as it is. `default` is merge, replace or none.

    Raises Fault at the first thing that is wrong, or, where it `goes_on`, with everything that is wrong at the top.
    """
    made = data.copy()
    errors: list[RpcError] = []
    if default == "replace":
        made.children = []
        default = "merge"
    if goes_on and len(edit.children) > PARTS:
        raise fault("too-big", f"an edit that goes on after errors has no more than {PARTS} parts", path="/")
    work = _Work()
    for child in edit.children:
        before = made.copy() if goes_on else made
        try:
            work.apply(made, child, schema, (default, ""))
        except Fault as found:
            if not goes_on:
                raise
            made, work = before, _Work()
            errors += found.errors
        if goes_on:
            work.finish()
    work.finish()
    if errors:
        raise Partial(made, tuple(errors))
    _prune(made, schema)
    return made


class Partial(Fault):
    """Some of an edit was done, and some couldn't be."""

    def __init__(self, data: Node, errors: tuple[RpcError, ...]) -> None:
        super().__init__(*errors)
        self.data = data


_Key = tuple[str | tuple[str, str], ...]


class _Work:
    """An edit that is being done. What is deleted stays in its place until all is done, and entries are found by their
    keys: a long edit of a long list takes no longer than both are.
    """

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Node, dict[_Key, Node]]] = {}  # by the parent's id; the parent is kept alive
        self._gone: dict[int, set[int]] = {}

    def apply(self, parent: Node, edit: Node, above: Schema, meant: tuple[str, str]) -> None:
        """One element of an edit, and what is in it. `meant` are the operation that it inherits, and its path."""
        inherited, path = meant
        schema = _known(edit, above, path)
        place = f"{path}/{edit.name}"
        operation = edit.attributes.get(OPERATION, inherited)
        if OPERATION in edit.attributes and operation not in OPERATIONS:
            words = f"{operation[:32]!r} is no operation"
            raise fault("bad-attribute", words, path=place, bad_attribute="operation", bad_element=edit.name)
        entries, key = self._of(parent, above), _key(edit, schema, place)
        existing = entries.get(key)
        place = _placed(place, edit, schema)
        if operation in ("delete", "remove"):
            if existing is not None:
                del entries[key]
                self._gone.setdefault(id(parent), set()).add(id(existing))
            elif operation == "delete":
                raise fault("data-missing", f"there is no {edit.name} to delete", path=place)
            return
        if operation == "create" and existing is not None:
            raise fault("data-exists", f"{edit.name} is there already", path=place)
        if existing is None:
            if operation == "none" and schema.kind != "container":
                raise fault("data-missing", f"there is no {edit.name}", path=place)
            existing = entries[key] = Node(edit.name, edit.ns)
            parent.children.append(existing)
        elif operation == "replace":
            self._empty(existing)
        if schema.kind in ("leaf", "leaf-list"):
            if operation != "none":
                _set(existing, edit, schema, place)
            return
        if edit.text.strip():
            raise fault("bad-element", f"{edit.name} has elements, not a text", path=place, bad_element=edit.name)
        following = "merge" if operation in ("create", "replace") else operation
        for child in edit.children:
            is_key = child.name in schema.keys and OPERATION not in child.attributes
            self.apply(existing, child, schema, ("merge" if is_key else following, place))

    def finish(self) -> None:
        """Take out what was deleted."""
        for number, gone in self._gone.items():
            parent, _ = self._entries[number]
            parent.children = [child for child in parent.children if id(child) not in gone]
        self._entries, self._gone = {}, {}

    def _of(self, parent: Node, schema: Schema) -> dict[_Key, Node]:
        """What is below a node, by its keys."""
        known = self._entries.get(id(parent))
        if known is None:
            found: dict[_Key, Node] = {}
            for child in parent.children:
                kind = schema.child(child.name, child.ns)
                if kind is not None:
                    found.setdefault(_key(child, kind), child)
            known = self._entries[id(parent)] = parent, found
        return known[1]

    def _empty(self, node: Node) -> None:
        """Nothing is in it any more. What was is kept alive until all is done, as its ids are known here."""
        kept = Node(node.name, node.ns, children=node.children)
        self._entries[id(kept)] = kept, {}
        self._entries.pop(id(node), None)
        self._gone.pop(id(node), None)
        node.children, node.text, node.prefixes = [], "", {}


def _known(edit: Node, above: Schema, path: str) -> Schema:
    schema = above.child(edit.name, edit.ns)
    if schema is None:
        if not above.has_namespace(edit.ns):
            raise fault(
                "unknown-namespace", f"{edit.ns or 'no namespace'} isn't known here", path=path or "/",
                bad_element=edit.name, bad_namespace=edit.ns,
            )  # fmt: skip
        raise fault("unknown-element", f"there is no {edit.name} here", path=path or "/", bad_element=edit.name)
    return schema


def _key(node: Node, schema: Schema, path: str | None = None) -> _Key:
    """What tells an element from those beside it. With a `path`, raises Fault where a key is missing."""
    if schema.kind == "leaf-list":
        return node.ns, node.name, node.text.strip()
    found: list[str | tuple[str, str]] = [node.ns, node.name]
    for key in schema.keys:
        child = node.find(key)
        if path is not None and not node.value(key):
            raise fault("missing-element", f"{node.name} has no {key}", path=path, bad_element=key)
        found.append("" if child is None else child.identity if child.prefixes else child.text.strip())
    return tuple(found)


def _set(existing: Node, edit: Node, schema: Schema, place: str) -> None:
    if edit.children:
        raise fault("bad-element", f"{edit.name} has a value, not elements", path=place, bad_element=edit.name)
    if schema.values and edit.text.strip() not in schema.values:
        raise fault("invalid-value", f"{edit.name} is one of {', '.join(schema.values)}", path=place)
    existing.text = edit.text
    existing.prefixes = dict(edit.prefixes)


def _placed(path: str, edit: Node, schema: Schema) -> str:
    """A path that names a list's entry, as an instance identifier does."""
    return path + "".join(f"[{key}='{edit.value(key)[:64]}']" for key in schema.keys)


def _prune(node: Node, schema: Schema) -> None:
    """Take out containers in which nothing is left: they say nothing by being there."""
    for child in list(node.children):
        known = schema.child(child.name, child.ns)
        if known is not None and known.kind in ("container", "list"):
            _prune(child, known)
            if known.kind == "container" and not child.children:
                node.children.remove(child)
