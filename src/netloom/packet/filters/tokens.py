"""A filter's text in tokens: words, addresses, operators, each with its column."""

from __future__ import annotations

import re
from typing import NamedTuple

from netloom.errors import UsageError

LONGEST = 65_536
"""Characters of a filter."""

_SHOWN = 40

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
      (?P<colons>(?:[0-9A-Fa-f]{0,4}:){2,}[0-9A-Fa-f:.]*)
    | (?P<word>\\?[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?)
    | (?P<operator>&&|\|\||==|!=|<=|>=|<<|>>|[-+*/%&|^=<>!()\[\]:])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.ASCII,
)
_SAME = {"&&": "and", "||": "or", "!": "not", "==": "="}
_HARDWARE = re.compile(r"[0-9A-Fa-f]{1,2}(?:([-:.])[0-9A-Fa-f]{1,2})(?:\1[0-9A-Fa-f]{1,2}){4}")
_PACKED = re.compile(r"[0-9A-Fa-f]{4}(\.?)[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]+|[0-9]+", re.ASCII)


class Token(NamedTuple):
    """`kind` is word, quoted (it stood behind a backslash), colons, operator or end."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """All of a text's tokens, an `end` last. Raises UsageError."""
    if len(text) > LONGEST:
        raise UsageError(f"a filter of {len(text)} characters", hint=f"{LONGEST} at most")
    found = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
            raise UsageError(
                f"{text[at]!r} at column {at + 1} means nothing in a filter",
                hint="words, numbers, addresses, ( ) [ ] and operators",
                text=text,
                column=at,
            )
        kind, word = match.lastgroup, match[match.lastgroup]
        start, at = match.start(kind), match.end()
        if kind == "operator":
            word = _SAME.get(word, word)
        elif kind == "word" and word[0] == "\\":
            kind, word = "quoted", word[1:]
        found.append(Token(kind, word, start))
        if kind == "end":
            return found


def shown(text: str) -> str:
    """A word for a message, be it as long as it may."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"


def number(text: str) -> int | None:
    """A number in decimal, hexadecimal (0x) or octal (0) figures, as in C."""
    if not _NUMBER.fullmatch(text) or len(text) > 20:
        return None
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    if text[0] != "0":
        return int(text)
    return int(text, 8) if not set(text) & {"8", "9"} else None


def hardware(text: str) -> int | None:
    """A hardware address: six numbers with : - or . between them, or in three parts of four figures, or in one."""
    found = _HARDWARE.fullmatch(text)
    if found:
        value = 0
        for part in text.split(found[1]):
            value = value << 8 | int(part, 16)
        return value
    return int(text.replace(".", ""), 16) if _PACKED.fullmatch(text) else None
