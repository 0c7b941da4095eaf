"""Names to declarations, without importing what they declare. The folders are the registry."""

from __future__ import annotations

import functools
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from netloom.endpoint import Endpoint, suggest
from netloom.errors import UsageError
from netloom.shapes import Content, Facts, Operation, Protocol, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOTS = ("protocols", "operations", "contents", "formats", "links.faults.kinds")


def names(kind: str) -> tuple[str, ...]:
    """The names that stand in one of the folders that are registries, such as `protocols`, sorted.

    Nothing is imported but the folder.
    """
    if kind not in _ROOTS:
        raise ValueError(kind)
    package = importlib.import_module(f"netloom.{kind}")
    found = {item.name.removesuffix(".py") for folder in package.__path__ for item in os.scandir(folder)}
    return tuple(sorted(name for name in found if has(kind, name)))


def has(kind: str, name: str) -> bool:
    """Whether a name stands in one of these folders, as a module or as a folder of its own."""
    return place(kind, name) is not None


def place(kind: str, name: str) -> str | None:
    """The file in which a name of one of these folders is declared."""
    if not name.isidentifier() or name.startswith("_"):
        return None
    # os.path, not pathlib: importing it would take longer than all of this
    folders = importlib.import_module(f"netloom.{kind}").__path__
    places = (f"{folder}/{name}{rest}" for folder in folders for rest in (".py", "/__init__.py"))
    return next((place for place in places if os.path.isfile(place)), None)  # noqa: PTH113


@functools.cache
def protocol(name: str) -> Protocol:
    """A protocol's declaration by its name. Raises UsageError for a name that nobody declares."""
    declared = _declared("protocols", name, "PROTOCOL")
    if not isinstance(declared, Protocol):
        known = names("protocols")
        raise UsageError(
            f"there is no protocol {name!r}", hint=suggest(name, known) or f"protocols: {', '.join(known)}"
        )
    return declared


def operation(name: str) -> Operation:
    """An operation's declaration by its name (`-` and `_` are the same). Raises UsageError for an unknown one."""
    declared = _declared("operations", name.replace("-", "_"), "OPERATION")
    if not isinstance(declared, Operation):
        known = names("operations")
        raise UsageError(
            f"there is no operation {name!r}", hint=suggest(name, known) or f"operations: {', '.join(known)}"
        )
    return declared


def content_class(kind: str) -> Any:
    """A content's class by its kind, or None."""
    return _inside("contents", kind, "CONTENT") if has("contents", kind) else None


def content(text: str) -> Content:
    """A content from `KIND[:ARGUMENT]`."""
    kind, _, argument = text.partition(":")
    declared = content_class(kind)
    if declared is None:
        known = names("contents")
        raise UsageError(
            f"there is no content {kind!r}",
            hint=suggest(kind, known) or f"contents: {', '.join(known)}",
            text=text,
            column=0,
        )
    made: Content = declared.from_argument(argument)
    return made


def protocols() -> Iterable[Protocol]:
    """Every protocol's declaration, sorted by name."""
    return [protocol(name) for name in names("protocols")]


def operations() -> Iterable[Operation]:
    """Every operation's declaration, sorted by name."""
    return [operation(name) for name in names("operations")]


@functools.cache
def for_scheme(scheme: str) -> tuple[Protocol, Scheme]:
    """The protocol that speaks a scheme. `http+unix` is http over a Unix socket. Raises UsageError."""
    name = scheme.removesuffix("+unix") if scheme != "unix" else scheme
    direct = protocol(name) if has("protocols", name) else None
    for declared in [direct] if direct is not None and name in direct.schemes else protocols():
        if name in declared.schemes:
            return declared, declared.schemes[name]
    for declared in _entry_points("netloom.protocols"):
        if isinstance(declared, Protocol) and name in declared.schemes:
            return declared, declared.schemes[name]
    known = [known for declared in protocols() for known in declared.schemes]
    raise UsageError(
        f"{scheme}:// is no scheme that netloom speaks, at column 1",
        hint=suggest(name, known) or f"schemes: {', '.join(sorted(known))}",
        text=f"{scheme}://",
        column=0,
    )


def settle(endpoint: Endpoint) -> tuple[Protocol, Scheme, Endpoint]:
    """The protocol of an endpoint, its scheme, and the endpoint with its default port filled in."""
    declared, scheme = for_scheme(endpoint.scheme)
    if endpoint.port is None and not endpoint.socket and scheme.port is not None:
        endpoint = endpoint.replace(port=scheme.port)
    return declared, scheme, endpoint


_facts: dict[Any, type[Facts]] = {}


def facts(declared: Protocol) -> type[Facts]:
    """The draft that a protocol's probe fills: what its parameter `facts` is annotated with."""
    probe = load(declared, "probe")
    found = _facts.get(probe)
    if found is None:
        named = probe.__annotations__["facts"]
        found = getattr(sys.modules[probe.__module__], named) if isinstance(named, str) else named
        _facts[probe] = found
    return found


_loaded: dict[tuple[str, str, str], Any] = {}


def load(declared: Protocol, part: str) -> Any:
    """What a declaration refers to: `load(http, "client")` imports and gives its Client."""
    key = declared.package, declared.name, part
    found = _loaded.get(key)
    if found is None:
        found = _loaded[key] = resolve(declared, getattr(declared, part))
    return found


def resolve(declared: Protocol, reference: str) -> Any:
    """What a reference of a declaration stands for: `.decode:is_request` is in the protocol's own folder."""
    module, _, name = reference.partition(":")
    package = declared.package or f"netloom.protocols.{declared.name}"
    return getattr(importlib.import_module(module, package), name)


def _declared(kind: str, name: str, constant: str) -> Any:
    found = _inside(kind, name, constant) if has(kind, name) else None
    if found is None:
        found = next((d for d in _entry_points(f"netloom.{kind}") if getattr(d, "name", None) == name), None)
    return found


def _inside(kind: str, name: str, constant: str) -> Any:
    return getattr(importlib.import_module(f"netloom.{kind}.{name}"), constant, None)


@functools.cache
def _entry_points(group: str) -> tuple[Any, ...]:
    """What other distributions declare: asked only for a name that isn't found inside (asking costs 40 ms)."""
    from importlib.metadata import entry_points

    return tuple(point.load() for point in entry_points(group=group))
