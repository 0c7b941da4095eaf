"""Records to text: each file here is a format. The folder is the registry."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any, get_args

import msgspec

from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.records import Record, ReplyRecord
from netloom.shapes import Operation

PLAIN_WIDTH = 100
"""Columns of a table that isn't drawn on a terminal."""


def _plain_size() -> tuple[int, int]:
    return PLAIN_WIDTH, 40


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer may know of the place where its text goes. `size` gives columns and lines, now.

    `redraws` is false where a terminal can't go back to a line that it has shown.
    """

    operation: Operation
    request: Any = None
    terminal: bool = False
    redraws: bool = True
    colour: bool = False
    aside_colour: bool = False
    unicode: bool = True
    quiet: bool = False
    template: str = ""
    size: Callable[[], tuple[int, int]] = _plain_size


class Writer:
    """Makes text, or bytes, of records. It does no I/O: whoever asks writes what it gives.

    `aside` is for people and goes to standard error. `exit_code` is set where a format has its own.
    """

    exit_code: int | None = None

    def __init__(self, view: View) -> None:
        self.view = view

    def record(self, record: Record) -> str | bytes:
        """What to write for a record, at once."""
        raise NotImplementedError

    def aside(self, record: Record) -> str:
        """What to tell people of a record where standard output isn't for them."""
        return ""

    def end(self, *, interrupted: bool) -> str | bytes:
        """What to write when no more records come."""
        return ""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of a format. `fits` is the kind of record that it can tell of."""

    name: str
    summary: str
    writer: Callable[[View], Writer]
    fits: type[Record] = Record


def names() -> tuple[str, ...]:
    """The formats' names, sorted; nothing is imported."""
    found = {
        item.name.removesuffix(".py") for folder in __path__ for item in os.scandir(folder) if item.name.endswith(".py")
    }
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


@functools.cache
def named(name: str) -> Format:
    """A format by its name. Raises UsageError for one that isn't there."""
    if name.replace("_", "-") not in names():
        raise UsageError(
            f"there is no output format {name!r}", hint=suggest(name, names()) or f"formats: {', '.join(names())}"
        )
    made: Format = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").FORMAT
    return made


def usual(operation: Operation, *, terminal: bool) -> str:
    """The format that nobody asked for: raw for what is brought, otherwise a table, or in a pipe JSON lines."""
    if brings(operation):
        return "raw"
    return "table" if terminal else "ndjson"


def brings(operation: Operation) -> bool:
    """Whether standard output is for what the other side says: get, run, connect. For put and send it is a receipt."""
    return records_of(operation)[0] is ReplyRecord and operation.verb not in ("put", "send")


def records_of(operation: Operation) -> tuple[type[Record], ...]:
    """The kinds of records that an operation emits."""
    return tuple(get_args(operation.record)) or (operation.record,)


def check(form: Format, operation: Operation) -> None:
    """Raise UsageError where a format can't tell of what an operation emits."""
    if not any(issubclass(kind, form.fits) for kind in records_of(operation)):
        fitting = ", ".join(name for name in names() if issubclass(records_of(operation)[0], named(name).fits))
        raise UsageError(f"{form.name} can't tell of what {operation.name} finds", hint=f"formats that can: {fitting}")
