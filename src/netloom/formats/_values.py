"""Values that all formats share: what JSON has, and bytes and moments; the walk that makes them fit, or says where not.

A value is None, a bool, int, float, str, bytes, a datetime with a zone, a list of values, or a dict of them whose keys
are texts or whole numbers.
"""

from __future__ import annotations

import base64
import contextlib
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from netloom.errors import RemoteProtocolError, Unsupported

DEPTH = 100
"""Lists and mappings within each other."""
Part = Callable[[Any], Any]
_AS_THEY_ARE = frozenset({type(None), bool, float, bytes})
_BITS = 14_280
"""Of a whole number: as decimals these are 4300 digits, and Python makes no more of them, as that takes ever longer."""


class Misfit(Exception):
    """What a value holds doesn't fit. `path` grows on the way out."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint
        self.path: list[Any] = []

    def at(self, part: Any) -> Misfit:
        """The same, one level further out."""
        self.path.insert(0, part)
        return self

    @property
    def place(self) -> str:
        """Where, as a JSON pointer (RFC 6901)."""
        parts = (part if isinstance(part, str) else shown(part) for part in self.path)
        return "".join("/" + part[:60].replace("~", "~0").replace("/", "~1") for part in parts)

    def __str__(self) -> str:
        return f"{' at ' if self.path else ''}{self.place}: {self.args[0]}"


@contextlib.contextmanager
def under(part: Any) -> Iterator[None]:
    """What doesn't fit inside doesn't fit there."""
    try:
        yield
    except Misfit as misfit:
        raise misfit.at(part) from None


def shown(value: Any) -> str:
    """The beginning of a value, for people."""
    try:
        return f"{value!r:.60}"
    except ValueError:  # of thousands of digits, or something with such a number in it
        return f"a {type(value).__name__}"


def leaf(value: Any) -> Any:
    """What is neither a list nor a mapping, if formats know it. Raises Misfit."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return _zoned(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise Misfit(
        f"formats don't know a {type(value).__name__}",
        "texts, numbers, true and false, null, bytes, moments with a zone, lists and mappings",
    )


def key(name: Any) -> Any:
    """A mapping's key, if formats know it. Raises Misfit."""
    if isinstance(name, str):
        return _text(name)
    if isinstance(name, int) and not isinstance(name, bool):
        return _whole(name)
    raise Misfit(f"a key is a text or a whole number, not {shown(name)}")


def text_key(name: Any) -> str:
    """A mapping's key where a format has only texts for them."""
    return str(key(name))


def as_in_json(value: Any) -> Any:
    """A leaf where there is only what JSON has: bytes are base64 (RFC 4648 §4), moments texts (RFC 3339)."""
    value = leaf(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Misfit(f"there is no number for {value}", "YAML, CBOR and MessagePack have one")
    return as_text(value) if isinstance(value, bytes | datetime) else value


def as_text(value: Any) -> str:
    """A leaf in words: numbers, true, false and null as in JSON, bytes and moments as there, no quotes."""
    value = leaf(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def fitting(format: str, value: Any, part: Part = leaf, name: Part = key) -> Any:
    """A copy of a value for a writer: each leaf is what `part` makes of it, each key what `name` does.

    Raises Unsupported that says where something doesn't fit.
    """
    try:
        return walk(value, part, name)
    except Misfit as misfit:
        raise unheld(format, misfit) from None


def unheld(format: str, misfit: Misfit) -> Unsupported:
    """What a writer says of a misfit."""
    return Unsupported(f"{format} can't hold this{misfit}", hint=misfit.hint)


def taken(value: Any, rule: str, part: Part = leaf) -> Any:
    """A copy of what a reader was given. Raises RemoteProtocolError that says where something is no value."""
    try:
        return walk(value, part, key)
    except Misfit as misfit:
        raise RemoteProtocolError(f"no value{misfit}", rule=rule, hint=misfit.hint) from None


def walk(value: Any, part: Part, name: Part, depth: int = DEPTH) -> Any:
    """A copy of a value. Raises Misfit."""
    if isinstance(value, dict):
        if not depth:
            raise _too_deep()
        made: dict[Any, Any] = {}
        for each, item in value.items():
            try:
                known = name(each)
                if known in made:
                    raise Misfit("a second field of that name")
                made[known] = walk(item, part, name, depth - 1)
            except Misfit as misfit:
                raise misfit.at(each) from None
        return made
    if isinstance(value, list | tuple):
        if not depth:
            raise _too_deep()
        items: list[Any] = []
        for item in value:
            try:
                items.append(walk(item, part, name, depth - 1))
            except Misfit as misfit:
                raise misfit.at(len(items)) from None
        return items
    return part(value)


def _too_deep() -> Misfit:
    return Misfit(f"lists and mappings within each other, more than {DEPTH}")


def _whole(value: int) -> int:
    if value.bit_length() > _BITS:
        raise Misfit(f"a whole number of more than {_BITS} bits")
    return int(value)


def _text(value: str) -> str:
    plain = value if type(value) is str else str.__str__(value)
    try:
        if not plain.isascii():
            plain.encode()
    except UnicodeEncodeError:
        raise Misfit("half a character: a surrogate without the other") from None
    return plain


def _zoned(value: datetime) -> datetime:
    offset = value.utcoffset()
    if offset is None:
        raise Misfit("a moment without a zone", "datetime.replace(tzinfo=…)")
    return value if not offset.total_seconds() % 60 else value.astimezone(UTC)
