"""Values as people write and read them, and the bits and words that they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.protocols.modbus.target import TEXT
from netloom.wire.modbus.values import number_of, text_of, words_for, words_of

if TYPE_CHECKING:
    from netloom.protocols.modbus.target import Target

Value = bool | int | float | str

_BITS = {"true": 1, "on": 1, "1": 1, "yes": 1, "false": 0, "off": 0, "0": 0, "no": 0}
_BETWEEN = re.compile(r"[\s,;]+")


def as_values(wanted: Target, words: tuple[int, ...]) -> Value | list[Value]:
    """What was read or written: one value, or a list where there are several."""
    if wanted.type == TEXT:
        return text_of(words)
    found: list[Value]
    if wanted.is_bits:
        found = [bool(bit) for bit in words]
    elif not wanted.type:
        found = list(words)
    else:
        each = wanted.width
        found = [number_of(wanted.type, words[at : at + each], wanted.little) for at in range(0, len(words), each)]
    return found if wanted.several else found[0]


def count(text: str) -> int:
    """How many values a text has."""
    return len(_BETWEEN.split(text.strip()))


def trimmed(text: str) -> str:
    """A text without the end of its last line."""
    return text.removesuffix("\n").removesuffix("\r")


def words_written(wanted: Target, text: str) -> tuple[int, ...]:
    """The bits or words of what is to be written. Raises UsageError."""
    if wanted.type == TEXT:
        return _text(wanted, text)
    found: list[int] = []
    for word in _BETWEEN.split(text.strip()):
        if wanted.is_bits:
            if word.lower() not in _BITS:
                raise UsageError(f"{word[:40]!r} is no bit", hint="on, off, 1, 0")
            found.append(_BITS[word.lower()])
            continue
        try:
            found += words_for(wanted.type or "uint16", _number(word), wanted.little)
        except ValueError as error:
            raise UsageError(str(error), hint="?type=int16, float32 and so on say what it is") from None
    return tuple(found)


def number(text: str) -> int:
    """A number of a command: `12`, `0xF2`. Raises UsageError."""
    try:
        return int(text, 0)
    except ValueError:
        raise UsageError(f"{text[:40]!r} is no number", hint="12 or 0xF2") from None


def _number(word: str) -> float:
    try:
        return int(word, 0) if word.lower().startswith(("0x", "-0x")) else int(word)
    except ValueError:
        pass
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"{word[:40]!r} is no number") from None


def _text(wanted: Target, text: str) -> tuple[int, ...]:
    """A text fills all of its words, the rest with NULs. Raises UsageError."""
    octets = trimmed(text).encode()
    room = 2 * wanted.count
    if len(octets) > room:
        raise UsageError(f"{len(octets)} octets don't fit {wanted.count} registers", hint="count= says how many")
    return words_of(octets.ljust(room, b"\0"))
