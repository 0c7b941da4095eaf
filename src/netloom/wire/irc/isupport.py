"""What a server says it supports: the tokens of 005 (draft-hardy-irc-isupport, modern.ircdocs.horse)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TOKENS_PER_LINE = 12
LIMIT = 500
"""Tokens that are kept of a server."""

_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(r"[\\ =]")


def parse(params: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """What was known with the tokens of one line (without nick and text); `-NAME` takes one back."""
    found = dict(known)
    for token in params:
        name, _, value = token.partition("=")
        if name.startswith("-"):
            found.pop(name[1:], None)
        elif name and len(found) < LIMIT:
            found[name] = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), value)
    return found


def emit(tokens: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The tokens of each line."""
    said = [f"{name}={_TO_ESCAPE.sub(_code, value)}" if value else name for name, value in tokens.items()]
    return [tuple(said[at : at + TOKENS_PER_LINE]) for at in range(0, len(said), TOKENS_PER_LINE)]


def _code(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02X}"
