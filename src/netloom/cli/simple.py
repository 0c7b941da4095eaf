"""Simple command lines: an operation, words, flags with their values. What others mean is for click to say.

Most lines are simple, and importing click takes longer than much of what they ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from netloom import registry
from netloom.cli.execution import COMMON
from netloom.cli.fields import fields_of, offered_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from netloom.cli.fields import Field
    from netloom.shapes import Operation


class Said(NamedTuple):
    """What a line says: the operation, what is given for its fields and for options of links, and what is common."""

    operation: Operation
    given: dict[str, Any]
    common: dict[str, Any]


class _Flag(NamedTuple):
    """What a flag stands for. `kind` is one or many (a value follows), switch (`value` is it) or count (add it)."""

    name: str
    kind: str
    value: Any = None


_COMMON = {
    "-o": _Flag("output", "one"),
    "--output": _Flag("output", "one"),
    "-w": _Flag("write_out", "one"),
    "--write-out": _Flag("write_out", "one"),
    "-v": _Flag("verbose", "count", 1),
    "-vv": _Flag("verbose", "count", 2),
    "--verbose": _Flag("verbose", "count", 1),
    "-q": _Flag("quiet", "switch", True),
    "--quiet": _Flag("quiet", "switch", True),
    "-4": _Flag("family", "switch", "4"),
    "-6": _Flag("family", "switch", "6"),
    "--color": _Flag("color", "one"),
    "--config": _Flag("config", "one"),
}


def read(arguments: Sequence[str]) -> Said | None:
    """What a simple line says; None for any other, and for one with a mistake."""
    name = arguments[0].replace("-", "_") if arguments else ""
    if not registry.has("operations", name):
        return None
    operation = registry.operation(name)
    said = Said(operation, {}, {name: 0 if name == "verbose" else None for name in COMMON})
    fields = fields_of(operation.request)
    flags = dict(_flags(fields))
    plain: list[str] = []
    words = iter(arguments[1:])
    for word in words:
        if not word.startswith("-") or word == "-":
            plain.append(word)
            continue
        flag = word.partition("=")[0] if word.startswith("--") else word
        if flag not in flags and flag not in _COMMON:
            flags = dict(_flags(offered_links(operation.request))) | flags
        into, known = (said.common, _COMMON) if flag in _COMMON else (said.given, flags)
        if flag not in known or not _take(known[flag], into, word, words):
            return None
    return said if _place(fields, plain, said.given) else None


def _flags(fields: Iterable[Field]) -> Iterator[tuple[str, _Flag]]:
    for field in fields:
        if field.positional or field.name in COMMON:  # of two that share a name click knows which counts
            continue
        if field.kind == "switch":
            yield field.flag, _Flag(field.name, "switch", True)
            yield f"--no-{field.flag.removeprefix('--')}", _Flag(field.name, "switch", False)
        else:
            yield field.flag, _Flag(field.name, field.kind)
        if field.short:
            yield field.short, _Flag(field.name, field.kind, True)


def _take(flag: _Flag, into: dict[str, Any], word: str, words: Iterator[str]) -> bool:
    """Note what a flag says, with the value that stands in it or follows it. Whether that is simple."""
    _, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
    if flag.kind in ("switch", "count"):
        into[flag.name] = flag.value if flag.kind == "switch" else into[flag.name] + flag.value
        return not equals
    if not equals:
        value = next(words, "")
    into[flag.name] = (*into.get(flag.name, ()), value) if flag.kind == "many" else value
    return bool(value) and (bool(equals) or value == "-" or not value.startswith("-"))


def _place(fields: Iterable[Field], words: list[str], given: dict[str, Any]) -> bool:
    """Give words to the fields that take them, in order. Whether that is simple."""
    left = iter(words)
    for field in fields:
        if not field.positional:
            continue
        if field.kind == "many":
            taken = tuple(left)
            given.update({field.name: taken} if taken else {})
        elif (word := next(left, None)) is not None:
            given[field.name] = word
    return all(words) and next(left, None) is None
