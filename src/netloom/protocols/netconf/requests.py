"""NETCONF's operations as a client says them: from names, paths and options to elements (RFC 6241 §7, §8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from netloom.errors import RemoteProtocolError, UsageError
from netloom.protocols.netconf.models.modules import MONITORING
from netloom.protocols.netconf.models.schema import TOPS
from netloom.wire.netconf import xml
from netloom.wire.netconf.messages import BASE, CAPABILITY
from netloom.wire.netconf.xml import Node, container, leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netloom.protocols.netconf.client import NetconfOptions

_STORES = ("running", "candidate", "startup")
_STEP = re.compile(r"(?:\{([^}]*)\})?([A-Za-z_][\w.-]*)((?:\[[^\]]*\])*)")
_KEY = re.compile(r"\[([A-Za-z_][\w.-]*)=(?:'([^']*)'|\"([^\"]*)\"|([^\]]*))\]")
_NAMED = {**TOPS, "netconf-state": MONITORING, "system-state": TOPS["system"]}


def get(store: str, wanted: Node | None) -> Node:
    """A datastore, or with "" what runs and its state."""
    if store:
        return container("get-config", BASE, container("source", BASE, Node(store, BASE)), wanted)
    return container("get", BASE, wanted)


def filter_of(query: str) -> Node | None:
    """What `?filter=` selects: XML, or a path such as `interfaces/interface[name=eth0]`. Raises UsageError."""
    asked = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    unknown = set(asked) - {"filter"}
    if unknown:
        raise UsageError(f"netconf has no query {min(unknown)!r}", hint="?filter=PATH or ?filter=XML")
    text = asked.get("filter", "").strip()
    if not text:
        return None
    inner = _elements(text, "a filter") if text.startswith("<") else [_path(text)]
    return Node("filter", BASE, children=inner, attributes={"type": "subtree"})


def _path(text: str) -> Node:
    """A path as a subtree. Its first name has a namespace, `{urn:…}name`, unless it is one that is known here."""
    steps = re.findall(r"(?:\{[^}]*\}|\[[^\]]*\]|[^/\[{])+", text.strip("/"))
    root: Node | None = None
    above: Node | None = None
    ns = ""
    for step in steps:
        found = _STEP.fullmatch(step)
        if found is None:
            raise UsageError(f"{step!r} in a filter is no step of a path", hint="interfaces/interface[name=eth0]")
        ns = found[1] or (ns if above is not None else _NAMED.get(found[2], ""))
        if not ns:
            raise UsageError(
                f"the namespace of {found[2]!r} isn't known here",
                hint=f"{{NAMESPACE}}{found[2]}; netloom list shows them",
            )
        node = Node(found[2], ns)
        for key in _KEY.finditer(found[3]):
            node.children.append(leaf(key[1], ns, key[2] or key[3] or key[4] or ""))
        if above is None:
            root = node
        else:
            above.children.append(node)
        above = node
    if root is None:
        raise UsageError("a filter names something", hint="?filter=interfaces")
    return root


def config_of(data: bytes) -> Node:
    """What is put, as the config element. Raises UsageError."""
    found = _elements(data.decode("utf-8", "replace"), "what is put")
    if len(found) == 1 and found[0].name in ("config", "data") and found[0].ns in ("", BASE):
        found = found[0].children
    if not found:
        raise UsageError("nothing is put", hint="XML elements, as `netloom get` shows them")
    return Node("config", BASE, children=found)


def edit(target: str, config: Node, options: NetconfOptions) -> Node:
    """An edit of a datastore, as the options have it."""
    told = [
        leaf(name, BASE, value)
        for name, value in (
            ("default-operation", options.default_operation),
            ("test-option", options.test_option),
            ("error-option", options.error_option),
        )
        if value
    ]
    return container("edit-config", BASE, container("target", BASE, Node(target, BASE)), *told, config)


def commit(confirm: float | None, persist: str = "") -> Node:
    """A commit, which has to be confirmed within so many seconds where there are any."""
    if confirm is None:
        return Node("commit", BASE)
    return container(
        "commit",
        BASE,
        Node("confirmed", BASE),
        leaf("confirm-timeout", BASE, max(1, round(confirm))),
        leaf("persist", BASE, persist) if persist else None,
    )


def locking(name: str, store: str) -> Node:
    """lock or unlock."""
    return container(name, BASE, container("target", BASE, Node(store, BASE)))


def schemas() -> Node:
    """The list of schemas (RFC 6022)."""
    wanted = container("netconf-state", MONITORING, Node("schemas", MONITORING))
    return container("get", BASE, Node("filter", BASE, children=[wanted], attributes={"type": "subtree"}))


def found(nodes: Iterable[Node], name: str) -> Iterator[Node]:
    """All elements of a name, at any depth."""
    for node in nodes:
        if node.name == name:
            yield node
        else:
            yield from found(node.children, name)


def described(capability: str) -> tuple[str, str, dict[str, Any]]:
    """A capability's short name, its kind, and what else it says."""
    place, _, query = capability.partition("?")
    told = dict(parse_qsl(query.replace("&amp;", "&")))
    if "module" in told:
        return told.pop("module"), "module", {**told, "namespace": place}
    if place.startswith(CAPABILITY):
        return place.removeprefix(CAPABILITY), "capability", told
    return place, "capability", told


def operation(command: str) -> Node:
    """An operation in words, or as XML (with its rpc element or without). Raises UsageError."""
    text = command.strip()
    if text.startswith("<"):
        elements = _elements(text, "an operation")
        if len(elements) == 1 and elements[0].name == "rpc":
            elements = elements[0].children
        if len(elements) != 1:
            raise UsageError(f"one operation is expected, not {len(elements)}")
        return elements[0] if elements[0].ns else _based(elements[0])
    name, *words = text.split()
    made = _IN_WORDS.get(name)
    if made is None:
        raise UsageError(f"netconf has no operation {name!r}", hint=f"XML, or one of {', '.join(sorted(_IN_WORDS))}")
    try:
        node: Node = made(*words)
    except TypeError:
        raise UsageError(f"{text!r} isn't understood", hint=f"usage: {_USAGE[name]}") from None
    return node


def _based(node: Node) -> Node:
    """An operation that was written without a namespace is one of the protocol's own, all the way down."""
    return Node(
        node.name, BASE, node.text, [child if child.ns else _based(child) for child in node.children], node.attributes
    )


def _elements(text: str, what: str) -> list[Node]:
    """One or several elements beside each other."""
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        return xml.parse(f"<all>{body}</all>".encode()).children
    except RemoteProtocolError as error:
        raise UsageError(f"{what} isn't understood: {error.message}") from None


def _checked(store: str) -> str:
    if store not in _STORES:
        raise UsageError(f"there is no datastore {store!r}", hint=f"datastores: {', '.join(_STORES)}")
    return store


def _commit(*words: str) -> Node:
    """`commit`, `commit persist-id ID`, `commit confirmed [SECONDS] [persist ID]`."""
    rest = list(words)
    if rest[:1] == ["confirmed"]:
        del rest[0]
        seconds = rest.pop(0) if rest and rest[0].isdigit() else "600"
        persist = rest[1] if len(rest) == 2 and rest[0] == "persist" else ""
        if rest and not persist:
            raise TypeError
        return commit(float(seconds[:10]), persist)
    return _with_id("commit", *rest)


def _with_id(name: str, *words: str) -> Node:
    """An operation that may say which commit it is about."""
    if words and (len(words) != 2 or words[0] != "persist-id"):
        raise TypeError
    return container(name, BASE, leaf("persist-id", BASE, words[1]) if words else None)


_USAGE = {
    "get": "get",
    "get-config": "get-config DATASTORE",
    "lock": "lock DATASTORE",
    "unlock": "unlock DATASTORE",
    "validate": "validate DATASTORE",
    "copy-config": "copy-config FROM TO",
    "delete-config": "delete-config startup",
    "commit": "commit [confirmed [SECONDS] [persist ID]] | commit persist-id ID",
    "cancel-commit": "cancel-commit [persist-id ID]",
    "discard-changes": "discard-changes",
    "close-session": "close-session",
    "kill-session": "kill-session NUMBER",
    "get-schema": "get-schema NAME [VERSION]",
}
_IN_WORDS: dict[str, Any] = {
    "get": lambda: Node("get", BASE),
    "get-config": lambda store: get(_checked(store), None),
    "lock": lambda store: locking("lock", _checked(store)),
    "unlock": lambda store: locking("unlock", _checked(store)),
    "validate": lambda store: container("validate", BASE, container("source", BASE, Node(_checked(store), BASE))),
    "copy-config": lambda source, target: container(
        "copy-config",
        BASE,
        container("target", BASE, Node(_checked(target), BASE)),
        container("source", BASE, Node(_checked(source), BASE)),
    ),
    "delete-config": lambda store: locking("delete-config", _checked(store)),
    "commit": _commit,
    "cancel-commit": lambda *words: _with_id("cancel-commit", *words),
    "discard-changes": lambda: Node("discard-changes", BASE),
    "close-session": lambda: Node("close-session", BASE),
    "kill-session": lambda number: container("kill-session", BASE, leaf("session-id", BASE, number)),
    "get-schema": lambda name, version="": container(
        "get-schema",
        MONITORING,
        leaf("identifier", MONITORING, name),
        leaf("version", MONITORING, version) if version else None,
    ),
}
