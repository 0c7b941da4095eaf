"""Faults in words: `latency:100ms:jitter=20ms:to=both`, and scripts with one a line."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec

from netloom.amounts import UNITS, amount
from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.kinds import in_words, where
from netloom.registry import has, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec.structs import FieldInfo

    from netloom.links.faults.fault import Fault

FOLDER = "links.faults.kinds"
LIMIT = 1024 * 1024
"""Octets of a script."""


def known() -> tuple[str, ...]:
    """The names of all faults."""
    return names(FOLDER)


def kind(name: str) -> type[Fault]:
    """A fault's class. Raises UsageError for a name that nobody declares."""
    if not has(FOLDER, name):
        raise UsageError(f"there is no fault {name!r}", hint=suggest(name, known()) or f"faults: {', '.join(known())}")
    found: type[Fault] = importlib.import_module(f"netloom.{FOLDER}.{name}").FAULT
    return found


def parse(text: str) -> Fault:
    """A fault from `NAME[:VALUE][:PARAMETER=VALUE]…`. Raises UsageError that names what is wrong and what would do."""
    name, *parts = text.strip().split(":")
    made = kind(name.replace("-", "_"))
    fields = parameters(made)
    given: dict[str, str] = {}
    for part in parts:
        parameter, equals, value = part.partition("=")
        if not equals and part is parts[0] and made.VALUE:
            parameter, value = made.VALUE, part
        elif not equals or parameter not in fields:
            hint = suggest(parameter, fields) or f"{name} takes {', '.join(fields)}"
            raise UsageError(f"{part!r} is nothing that the fault {name} takes", hint=hint)
        if parameter in given:
            raise UsageError(f"the fault {name} takes {parameter} once", hint=text)
        given[parameter] = value
    return _made(made, name, given)


def several(text: str) -> Iterator[Fault]:
    """One fault, or with `@FILE` those of a script. Raises UsageError."""
    if text.startswith("@"):
        yield from read(text[1:])
    else:
        yield parse(text)


def read(path: str) -> Iterator[Fault]:
    """The faults of a script: one a line, `#` begins a comment. Raises UsageError with file and line."""
    try:
        with Path(path).open("rb") as file:
            script = file.read(LIMIT + 1)
    except OSError as exc:
        raise UsageError(f"the script of faults {path} can't be read: {exc.strerror}") from None
    if len(script) > LIMIT:
        raise UsageError(f"the script of faults {path} has more than {LIMIT} octets")
    for number, line in enumerate(script.decode("utf-8", "replace").splitlines(), 1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            yield parse(words)
        except UsageError as exc:
            raise UsageError(f"{path}, line {number}: {exc.message}", hint=exc.hint) from None


@functools.cache
def parameters(made: type[Fault]) -> dict[str, FieldInfo]:
    """What a fault can be told, its own first."""
    fields = {field.name: field for field in msgspec.structs.fields(made)}
    own = [name for name in fields if name in made.__annotations__]
    return {name: fields[name] for name in (*own, *(name for name in fields if name not in own))}


def described(parameter: FieldInfo) -> str:
    """What a parameter is, in words."""
    return next((part.description for part in _parts(parameter.type) if getattr(part, "description", "")), "")


def _made(made: type[Fault], name: str, given: dict[str, str]) -> Fault:
    fields = parameters(made)
    try:
        return msgspec.convert({each: _value(fields[each], text) for each, text in given.items()}, made)
    except msgspec.ValidationError as exc:
        wrong = where(exc)
        if wrong:
            units = f"; units: {' '.join(UNITS)}" if _is_number(fields[wrong]) else ""
            raise UsageError(
                f"the fault {name} takes {in_words(fields[wrong].type)} as {wrong}, not {given[wrong]!r}",
                hint=f"{wrong}: {described(fields[wrong])}{units}",
            ) from None
        needed = next(field for field in fields.values() if field.required and field.name not in given)
        raise UsageError(f"the fault {name} needs {needed.name}: {described(needed)}", hint=f"{name}:…") from None


def _value(parameter: FieldInfo, text: str) -> Any:
    found = amount(text) if _is_number(parameter) else None
    if found is None:
        return text
    return int(found) if float(found).is_integer() else found


def _is_number(parameter: FieldInfo) -> bool:
    return not {int, float}.isdisjoint(_parts(parameter.type))


def _parts(kind: Any) -> Iterator[Any]:
    """A type and what it is made of, down to the last."""
    if get_origin(kind) is Annotated:
        yield from kind.__metadata__
    yield kind
    for part in get_args(kind) if get_origin(kind) is not Literal else ():
        yield from _parts(part)
