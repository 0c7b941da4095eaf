"""POP3 commands: a line with a keyword and its arguments (RFC 1939 §3, RFC 2449 §4, RFC 5034 §4)."""

from __future__ import annotations

import re

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import crlf

LINE_LIMIT = 255
"""Octets in a command's line with its CRLF (RFC 2449 §4)."""
LINE_LIMITS = {"AUTH": 12_288, "USER": 512, "PASS": 512}
"""More where a first answer stands in it, or a name in UTF-8 (RFC 6856 §3)."""
RESPONSE_LIMIT = 12_288
"""Octets in a line of an authentication exchange (RFC 4954 §4 has the same)."""
NUMBER_LIMIT = 2**32 - 1

_RULE = "RFC 1939 §3"
_LINES = crlf.Rules(_RULE, _RULE, length="RFC 2449 §4", charset="RFC 6856 §2")
_KEYWORD = re.compile(r"[A-Z0-9]{2,16}")


class Command(Struct, frozen=True):
    """A keyword in upper case, and what follows it as it stands: a password may have spaces."""

    keyword: str
    argument: str = ""

    def __repr__(self) -> str:
        shown = "***" if self.keyword in ("PASS", "AUTH", "APOP") else self.argument
        return f"Command(keyword={self.keyword!r}, argument={shown!r})"


def parse_line(buffer: bytes, limit: int) -> tuple[str, int] | None:
    """A line without its CRLF and the octets it took; None: more is needed."""
    return crlf.parse_text(buffer, limit, _LINES)


def parse(buffer: bytes) -> tuple[Command, int] | None:
    """The first whole command and the octets it took; None: more is needed.

    Any first word passes as a keyword: a server answers an unknown one with -ERR and goes on.
    """
    found = parse_line(buffer, LINE_LIMITS.get(bytes(buffer[:4]).upper().decode("latin-1"), LINE_LIMIT))
    if found is None:
        return None
    keyword, _, argument = found[0].partition(" ")
    # Only ASCII letters: Unicode's upper case would make a RSET of "R\u017fET"
    return Command(keyword.upper() if keyword.isascii() else keyword, argument), found[1]


def emit(command: Command) -> bytes:
    """A command's line; CR, LF and NUL are refused, and so is one beyond the limit."""
    if not _KEYWORD.fullmatch(command.keyword):
        raise LocalProtocolError(f"{command.keyword[:40]!r} is no POP3 keyword", rule=_RULE)
    if any(character in command.argument for character in "\r\n\0"):
        raise LocalProtocolError(f"CR, LF or NUL in the argument of {command.keyword}", rule=_RULE)
    try:
        octets = (f"{command.keyword} {command.argument}" if command.argument else command.keyword).encode() + b"\r\n"
    except UnicodeEncodeError:
        raise LocalProtocolError(f"the argument of {command.keyword} isn't text", rule="RFC 6856 §2") from None
    limit = LINE_LIMITS.get(command.keyword, LINE_LIMIT)
    if len(octets) > limit:
        message = f"{command.keyword} has {len(octets)} octets: {limit} at most"
        raise LocalProtocolError(message, rule="RFC 2449 §4")
    return octets


def parse_numbers(argument: str, least: int, most: int) -> tuple[int, ...]:
    """So many numbers with single spaces between."""
    words = argument.split(" ") if argument else []
    if not least <= len(words) <= most or any(not _is_number(word) for word in words):
        counts = str(most) if least == most else f"{least} to {most}"
        raise RemoteProtocolError(f"{counts} number{'' if most == 1 else 's'} expected", rule="RFC 1939 §5")
    return tuple(map(int, words))


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 10 and int(word) <= NUMBER_LIMIT
