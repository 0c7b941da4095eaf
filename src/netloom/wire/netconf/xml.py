"""XML as NETCONF has it: elements with their namespaces, and never a DTD or an entity (RFC 6241 §3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr  # these write

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from netloom.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 100
ELEMENTS = 100_000
_QNAME = re.compile(r"\s*([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Node(msgspec.Struct):
    """An element: its name in a namespace, and either text or children.

    `attributes` are by name, with a namespace as `{namespace}name`. `prefixes` are known where the text is a name with
    a prefix, since only they say what that means.
    """

    name: str
    ns: str = ""
    text: str = ""
    children: list[Node] = []
    attributes: dict[str, str] = {}
    prefixes: dict[str, str] = {}

    def find(self, name: str, ns: str | None = None) -> Node | None:
        """The first child of that name, in a namespace or in any."""
        return next(self.all(name, ns), None)

    def all(self, name: str, ns: str | None = None) -> Iterator[Node]:
        """All children of that name."""
        return (child for child in self.children if child.name == name and ns in (None, child.ns))

    def value(self, *names: str) -> str:
        """The text at the end of a path of children, without blanks around it; empty where there is none."""
        node: Node | None = self
        for name in names:
            node = node.find(name) if node is not None else None
        return node.text.strip() if node is not None else ""

    @property
    def identity(self) -> tuple[str, str]:
        """What a name with a prefix means: a namespace and a name."""
        prefix, _, name = self.text.strip().rpartition(":")
        return self.prefixes.get(prefix, "" if prefix else self.ns), name

    def copy(self) -> Node:
        """The same, which can be changed without this one."""
        return Node(
            self.name, self.ns, self.text, [child.copy() for child in self.children], dict(self.attributes),
            dict(self.prefixes),
        )  # fmt: skip

    def __str__(self) -> str:
        return emit(self).decode()


def parse(data: bytes) -> Node:
    """A document's element. Raises RemoteProtocolError for what isn't well-formed, has a DTD, or is too much."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(
            f"a message is UTF-8: {error.reason}", rule="RFC 6241 §3", offset=error.start, seen=data[:64]
        ) from None
    builder = _Builder()
    parser: Any = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(text.lstrip())
        made: Node = parser.close()
    except ParseError as error:
        raise RemoteProtocolError(f"no well-formed XML: {error}", rule="RFC 6241 §3", seen=data[:64]) from None
    except DefusedXmlException as error:
        raise RemoteProtocolError(
            f"{type(error).__name__}: a message has no DTD and no entities", rule="RFC 6241 §3", seen=data[:64]
        ) from None
    return made


class _Builder:
    """What the parser calls."""

    def __init__(self) -> None:
        self._root: Node | None = None
        self._open: list[Node] = []
        self._text: list[list[str]] = []
        self._declared: list[dict[str, str]] = []  # prefixes, by the element that declares them
        self._coming: dict[str, str] = {}
        self._count = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        self._coming[prefix or ""] = uri

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEPTH or self._count > ELEMENTS:
            raise RemoteProtocolError(f"more than {DEPTH} elements in each other, or {ELEMENTS} in all")
        ns, name = _split(tag)
        node = Node(name, ns, attributes=dict(attributes))
        self._declared.append(self._coming)
        self._coming = {}
        if self._open:
            self._open[-1].children.append(node)
        elif self._root is None:
            self._root = node
        self._open.append(node)
        self._text.append([])

    def data(self, text: str) -> None:
        if self._text:
            self._text[-1].append(text)

    def end(self, tag: str) -> None:  # noqa: ARG002  # as it is called
        node, text = self._open.pop(), "".join(self._text.pop())
        if not node.children:
            node.text = text
            found = _QNAME.fullmatch(text)
            uri = self._meaning(found[1]) if found else None
            if found and uri is not None:
                node.prefixes = {found[1]: uri}
        self._declared.pop()

    def _meaning(self, prefix: str) -> str | None:
        """The namespace that a prefix stands for here."""
        return next((known[prefix] for known in reversed(self._declared) if prefix in known), None)

    def close(self) -> Node:
        assert self._root is not None  # noqa: S101  # a well-formed document has one
        return self._root


def _split(tag: str) -> tuple[str, str]:
    if tag.startswith("{"):
        ns, _, name = tag[1:].partition("}")
        return ns, name
    return "", tag


def emit(node: Node, *, declaration: bool = False, indent: int | None = None) -> bytes:
    """An element as UTF-8; with `indent`, for people, each child on a line of its own."""
    parts: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n'] if declaration else []
    _emit(node, "", parts, indent, 0)
    return "".join(parts).encode("utf-8")


def _emit(node: Node, outer: str, parts: list[str], indent: int | None, depth: int) -> None:
    pad = " " * (indent * depth) if indent is not None else ""
    end = "\n" if indent is not None else ""
    parts.append(f"{pad}<{node.name}{_attributes(node, outer)}")
    if node.children:
        parts.append(f">{end}")
        for child in node.children:
            _emit(child, node.ns, parts, indent, depth + 1)
        parts.append(f"{pad}</{node.name}>{end}")
    elif node.text:
        parts.append(f">{escape(_sayable(node.text))}</{node.name}>{end}")
    else:
        parts.append(f"/>{end}")


def _attributes(node: Node, outer: str) -> str:
    """Namespaces first: the element's own as the usual one, where it isn't that already."""
    made = f" xmlns={quoteattr(node.ns)}" if node.ns != outer else ""
    declared = dict(node.prefixes)
    for name, value in node.attributes.items():
        ns, local = _split(name)
        if ns:
            prefix = next((prefix for prefix, uri in declared.items() if uri == ns and prefix), "")
            if not prefix:
                prefix = _prefix(ns, declared)
                declared[prefix] = ns
            local = f"{prefix}:{local}"
        made += f" {local}={quoteattr(_sayable(value))}"
    made += "".join(
        f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in declared.items() if prefix and prefix != "xml"
    )
    return made


def _sayable(text: str) -> str:
    """What XML 1.0 has no characters for is shown as such (§2.2)."""
    return _NO_XML.sub("\ufffd", text)


def _prefix(ns: str, declared: dict[str, str]) -> str:
    if ns == "http://www.w3.org/XML/1998/namespace":
        return "xml"
    usual = "nc" if ns.endswith(":netconf:base:1.0") else "n"
    return usual if usual not in declared else f"n{len(declared)}"


def leaf(name: str, ns: str, value: Any, **prefixes: str) -> Node:
    """An element with a text."""
    shown = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return Node(name, ns, shown, prefixes=prefixes)


def container(name: str, ns: str, *children: Node | None) -> Node:
    """An element with children; what is None is left out."""
    return Node(name, ns, children=[child for child in children if child is not None])
