"""FTP replies, what FEAT lists, and the quoted path of 257 (RFC 959 §4.2 and appendix II, RFC 2389 §3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

LINE_LIMIT = 8192
"""Octets in a reply's line."""
LINES_LIMIT = 2048

_RULE = "RFC 959 §4.2"
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_FEATURE = re.compile(r"[!-~]+")


class Reply(Struct, frozen=True):
    """A code of three digits and its lines of text, without codes and line ends.

    A line between the first and the last may begin with a space, as FEAT and MLST want it (RFC 2389 §3.2).
    """

    code: int
    lines: tuple[str, ...] = ("",)

    @property
    def text(self) -> str:
        """The lines, joined by line feeds."""
        return "\n".join(self.lines)

    @property
    def preliminary(self) -> bool:
        """It has begun, and another reply follows (1yz)."""
        return self.code < 200

    @property
    def complete(self) -> bool:
        """It is done (2yz)."""
        return 200 <= self.code < 300

    @property
    def intermediate(self) -> bool:
        """It waits for what is still to be said (3yz)."""
        return 300 <= self.code < 400

    @property
    def transient(self) -> bool:
        """It failed now and may work later (4yz)."""
        return 400 <= self.code < 500


def parse(buffer: bytes, charset: str = "utf-8") -> tuple[Reply, int] | None:
    """The first whole reply and the octets it took; None if more is needed.

    A line may end in LF alone, as some servers have it. What can't become a reply (another protocol's greeting) is
    refused at its first octet, not when the line ends. Octets that aren't in the charset are shown as `\\xNN`.
    """
    lines: list[str] = []
    code, start = b"", 0
    while True:
        if not code:
            _check_start(buffer, start)
        end = buffer.find(b"\n", start, start + LINE_LIMIT)
        if end < 0:
            if len(buffer) >= start + LINE_LIMIT:
                raise RemoteProtocolError(f"a line longer than {LINE_LIMIT} octets", rule=_RULE, offset=start)
            return None
        if len(lines) == LINES_LIMIT:
            raise RemoteProtocolError(f"a reply of more than {LINES_LIMIT} lines", rule=_RULE, offset=start)
        line = _line(buffer, start, end)
        start = end + 1
        if not code:
            code = line[:3]
            if line[3:4] not in (b"", b" ", b"-"):
                raise RemoteProtocolError("a code is followed by a space or a hyphen", rule=_RULE, offset=3)
            more = line[3:4] == b"-"
            line = line[4:]
        else:
            more = line[:3] != code or line[3:4] not in (b"", b" ")
            if not more or line[:4] == code + b"-":
                line = line[4:]
        lines.append(line.decode(charset, "backslashreplace"))
        if not more:
            return Reply(int(code), tuple(lines)), start


def _check_start(buffer: bytes, start: int) -> None:
    for number, octet in enumerate(buffer[start : start + 3]):
        if not 0x30 <= octet <= 0x39 or (number == 0 and not 0x31 <= octet <= 0x35):
            found = bytes(buffer[start : start + 20])
            message = f"a reply starts with a code from 100 to 599, not {found!r}"
            raise RemoteProtocolError(message, rule=_RULE, offset=start + number)


def _line(buffer: bytes, start: int, end: int) -> bytes:
    line = bytes(buffer[start:end]).removesuffix(b"\r")
    for octet, name in ((b"\r", "CR without LF"), (b"\0", "NUL")):
        at = line.find(octet)
        if at >= 0:
            raise RemoteProtocolError(f"{name} within a line", rule=_RULE, offset=start + at)
    return line


def emit(reply: Reply) -> bytes:
    """A reply's octets; its text holds no CR, LF or NUL."""
    if not 100 <= reply.code <= 599:
        raise LocalProtocolError(f"{reply.code} is no reply code: 100 to 599", rule=_RULE)
    lines = reply.lines
    if not 1 <= len(lines) <= LINES_LIMIT:
        raise LocalProtocolError(f"a reply has 1 to {LINES_LIMIT} lines", rule=_RULE)
    if any(character in line for line in lines for character in "\r\n\0"):
        raise LocalProtocolError("CR, LF or NUL in a reply", rule=_RULE)
    # Between the first and the last, what begins with a space can't be taken for a code; anything else is given one.
    said = [f"{reply.code}-{lines[0]}"] if len(lines) > 1 else []
    said += [line if line.startswith(" ") else f"{reply.code}-{line}" for line in lines[1:-1]]
    said.append(f"{reply.code} {lines[-1]}")
    return "".join(f"{line}\r\n" for line in said).encode("utf-8", "surrogateescape")


def parse_features(reply: Reply) -> dict[str, str]:
    """What FEAT lists: names in upper case, with their parameters ("MLST": "type*;size*;", "UTF8": "").

    `AUTH TLS` and `AUTH SSL` on lines of their own become one, `AUTH: TLS;SSL`.
    """
    found: dict[str, str] = {}
    for line in reply.lines[1:-1]:
        name, _, parameters = line.strip().partition(" ")
        if not _FEATURE.fullmatch(name):
            continue
        name, parameters = name.upper(), parameters.strip()
        found[name] = f"{found[name]};{parameters}" if found.get(name) and parameters else parameters
    return found


def emit_features(features: Mapping[str, str]) -> Reply:
    """The reply to FEAT."""
    lines = [f" {name} {parameters}".rstrip() for name, parameters in features.items()]
    return Reply(211, ("extensions", *lines, "end"))


def parse_quoted(text: str) -> str:
    """The path in the text of 257: within quotes, where a quote in it is doubled (RFC 959 appendix II)."""
    found = _QUOTED.search(text)
    if found is None:
        raise RemoteProtocolError(f"a path in quotes is expected, not {text[:40]!r}", rule="RFC 959 appendix II")
    return found[1].replace('""', '"')


def emit_quoted(path: str, words: str) -> str:
    """The text of 257."""
    doubled = path.replace('"', '""')
    return f'"{doubled}" {words}'
