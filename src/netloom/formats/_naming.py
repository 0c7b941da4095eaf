"""Formats by their names, and what follows the colon."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from netloom import registry
from netloom.endpoint import suggest
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netloom.formats import Format


def find(text: str) -> Format:
    """A format from `NAME[:ARGUMENT]`. Raises UsageError."""
    name, colon, argument = text.partition(":")
    if not registry.has("formats", name):
        known = registry.names("formats")
        raise UsageError(
            f"there is no format {name!r}",
            hint=suggest(name, known) or f"formats: {', '.join(known)}",
            text=text,
            column=0,
        )
    declared = declaration(name)
    if not colon and not (declared.given is not None and declared.argument.startswith(":")):
        return declared
    if declared.given is None:
        raise UsageError(f"the format {name} takes nothing after a colon", text=text, column=len(name))
    return declared.given(argument)


def declaration(name: str) -> Format:
    """What a format's own file says."""
    made: Format = importlib.import_module(f"netloom.formats.{name}").FORMAT
    return made


def declarations() -> Iterator[Format]:
    """All of them, sorted by name."""
    return map(declaration, registry.names("formats"))


def words(format: str, argument: str, switches: Iterable[str], settings: Iterable[str] = ()) -> dict[str, str]:
    """An argument's words, parted by commas: `switches` stand alone, `settings` have a value: `name=value`.

    Raises UsageError for a word that the format doesn't know, and for one that is given twice.
    """
    known = [*switches, *(f"{name}=" for name in settings)]
    made: dict[str, str] = {}
    for word in argument.split(","):
        name, equals, value = word.partition("=")
        if f"{name}{equals}" not in known or (equals and not value) or name in made:
            raise UsageError(
                f"{word!r} can't be said of the format {format}" + (" twice" if name in made else ""),
                hint=suggest(word, known) or f"{format}:WORD,…: {', '.join(known)}",
                text=f"{format}:{argument}",
                column=len(format) + 1,
            )
        made[name] = value
    return made
