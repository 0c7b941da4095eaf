"""What options say: window size, terminal type, variables and character set (RFC 1073, 1091, 1572, 2066)."""

from __future__ import annotations

import re
from typing import NamedTuple

from netloom.errors import LocalProtocolError, RemoteProtocolError

IS, SEND, INFO = 0, 1, 2
VAR, VALUE, ESC, USERVAR = 0, 1, 2, 3
REQUEST, ACCEPTED, REJECTED, TTABLE_IS, TTABLE_REJECTED = 1, 2, 3, 4, 5
NAME_LIMIT = 40
"""Characters of a terminal's type (RFC 1091)."""
VARIABLES = 64
_NAME = re.compile(rb"[ -~]{0,%d}" % NAME_LIMIT)


class Window(NamedTuple):
    """A terminal's size in characters; 0 is unknown (RFC 1073)."""

    columns: int
    rows: int


class Variable(NamedTuple):
    """One variable (RFC 1572): well known, or of the user's own. Without a value it isn't defined there."""

    name: bytes
    value: bytes | None
    is_own: bool = False


def emit_window(window: Window) -> bytes:
    return window.columns.to_bytes(2, "big") + window.rows.to_bytes(2, "big")


def parse_window(data: bytes) -> Window:
    if len(data) != 4:
        raise RemoteProtocolError(f"NAWS has 4 bytes, not {len(data)}", rule="RFC 1073")
    return Window(int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big"))


def emit_terminal(name: str | None) -> bytes:
    """A terminal's type, or with None the question for it."""
    if name is None:
        return bytes((SEND,))
    if not name.isascii() or " " in name or not _NAME.fullmatch(name.encode()):
        raise LocalProtocolError(f"{name!r} is no type of a terminal", rule="RFC 1091")
    return bytes((IS,)) + name.encode("ascii")


def parse_terminal(data: bytes) -> str | None:
    """A terminal's type, or None for the question."""
    if data == bytes((SEND,)):
        return None
    if data[:1] != bytes((IS,)) or not _NAME.fullmatch(data[1:]):
        raise RemoteProtocolError("TERMINAL-TYPE is IS and a name, or SEND", rule="RFC 1091")
    return data[1:].decode("ascii")


def emit_variables(verb: int, variables: list[Variable]) -> bytes:
    """Variables with their values (IS, INFO), or the question for some or all (SEND)."""
    data = bytearray((verb,))
    for variable in variables:
        data += bytes((USERVAR if variable.is_own else VAR,)) + _escaped(variable.name)
        if variable.value is not None:
            data += bytes((VALUE,)) + _escaped(variable.value)
    return bytes(data)


def parse_variables(data: bytes) -> tuple[int, list[Variable]]:
    """IS, SEND or INFO, and the variables."""
    if not data or data[0] not in (IS, SEND, INFO):
        raise RemoteProtocolError("NEW-ENVIRON is IS, SEND or INFO", rule="RFC 1572")
    found: list[Variable] = []
    at = 1
    while at < len(data):
        if data[at] not in (VAR, USERVAR):
            raise RemoteProtocolError("VAR or USERVAR is expected", rule="RFC 1572", offset=at)
        is_own = data[at] == USERVAR
        name, at = _unescaped(data, at + 1)
        value = None
        if at < len(data) and data[at] == VALUE:
            value, at = _unescaped(data, at + 1)
        found.append(Variable(name, value, is_own))
        if len(found) > VARIABLES:
            raise RemoteProtocolError(f"more than {VARIABLES} variables", rule="RFC 1572")
    return data[0], found


def _escaped(text: bytes) -> bytes:
    return b"".join(bytes((ESC, byte)) if byte <= USERVAR else bytes((byte,)) for byte in text)


def _unescaped(data: bytes, at: int) -> tuple[bytes, int]:
    text = bytearray()
    while at < len(data) and (data[at] > USERVAR or data[at] == ESC):
        if data[at] == ESC:
            at += 1
            if at == len(data):
                raise RemoteProtocolError("ESC stands at the end", rule="RFC 1572", offset=at)
        text.append(data[at])
        at += 1
    return bytes(text), at


def emit_charset(verb: int, names: list[str] | None = None) -> bytes:
    """REQUEST with some names, ACCEPTED with one, REJECTED without."""
    if any(";" in name or not name.isascii() for name in names or ()):
        raise LocalProtocolError("a character set's name is ASCII without ';'", rule="RFC 2066")
    text = ";".join(names or ())
    return bytes((verb,)) + (b";" if verb == REQUEST else b"") + text.encode("ascii")


def parse_charset(data: bytes) -> tuple[int, list[str]]:
    """The verb and the names that it comes with. Translation tables are named nowhere, and refused."""
    if not data or data[0] not in range(REQUEST, 8):
        raise RemoteProtocolError("CHARSET begins with REQUEST, ACCEPTED or REJECTED", rule="RFC 2066")
    verb, rest = data[0], data[1:]
    if verb == REQUEST:
        rest = rest.removeprefix(b"[TTABLE]")[1:] if rest.startswith(b"[TTABLE]") else rest
        if not rest:
            raise RemoteProtocolError("CHARSET REQUEST has a separator and names", rule="RFC 2066")
        names = rest[1:].split(rest[:1])
    else:
        names = [rest] if verb == ACCEPTED else []
    if any(not name.isascii() for name in names):
        raise RemoteProtocolError("a character set's name is ASCII", rule="RFC 2066")
    return verb, [name.decode("ascii") for name in names if name]
