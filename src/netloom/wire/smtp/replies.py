"""SMTP replies and what an EHLO reply offers (RFC 5321 §4.2, RFC 2034 enhanced codes, RFC 1870 SIZE, RFC 4954 AUTH)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

LINE_LIMIT = 4096
"""Octets in a reply's line. RFC 5321 §4.5.3.1.5 says 512, which servers with long explanations exceed."""
LINES_LIMIT = 256

_RULE = "RFC 5321 §4.2"
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?= |$)")
_KEYWORD = re.compile(r"[A-Z0-9][A-Z0-9-]*")


class Reply(Struct, frozen=True):
    """A code of three digits and its lines of text, without codes and line ends."""

    code: int
    lines: tuple[str, ...] = ("",)

    @property
    def text(self) -> str:
        """The lines, joined by line feeds."""
        return "\n".join(self.lines)

    @property
    def enhanced(self) -> str:
        """The enhanced status code at the start of the text, such as 5.7.1 (RFC 2034 §4); empty if there is none."""
        found = _ENHANCED.match(self.lines[0]) if self.lines else None
        return found[0] if found and found[1] == str(self.code)[0] else ""

    @property
    def positive(self) -> bool:
        """It went well, or shall go on (2yz, 3yz)."""
        return self.code < 400

    @property
    def transient(self) -> bool:
        """It failed now and may work later (4yz)."""
        return 400 <= self.code < 500


def parse(buffer: bytes, line_limit: int = LINE_LIMIT, lines_limit: int = LINES_LIMIT) -> tuple[Reply, int] | None:
    """The first whole reply and the octets it took; None if more is needed.

    What can't become a reply (another protocol's greeting) is refused at its first octet, not when the line ends.
    """
    lines: list[str] = []
    code, start = b"", 0
    while True:
        _check_start(buffer, start, code)
        end = buffer.find(b"\n", start, start + line_limit)
        if end < 0:
            if len(buffer) >= start + line_limit:
                raise RemoteProtocolError(f"a line longer than {line_limit} octets", rule=_RULE, offset=start)
            return None
        if len(lines) == lines_limit:
            raise RemoteProtocolError(f"a reply of more than {lines_limit} lines", rule=_RULE, offset=start)
        line = _line(buffer, start, end)
        code = line[:3]
        lines.append(line[4:].decode("utf-8", "backslashreplace"))
        start = end + 1
        if line[3:4] != b"-":
            return Reply(int(code), tuple(lines)), start


def _check_start(buffer: bytes, start: int, code: bytes) -> None:
    for offset, octet in enumerate(buffer[start : start + 3]):
        if not 0x30 <= octet <= 0x39 or (offset == 0 and not 0x32 <= octet <= 0x35):
            found = bytes(buffer[start : start + 20])
            message = f"a reply starts with a code from 200 to 599, not {found!r}"
            raise RemoteProtocolError(message, rule=_RULE, offset=start + offset)
        if code and octet != code[offset]:
            message = "a reply's lines have different codes"
            raise RemoteProtocolError(message, rule="RFC 5321 §4.2.1", offset=start + offset)


def _line(buffer: bytes, start: int, end: int) -> bytes:
    if buffer[end - 1 : end] != b"\r":
        raise RemoteProtocolError("a line ends in LF without CR", rule="RFC 5321 §2.3.8", offset=end)
    line = bytes(buffer[start : end - 1])
    for octet in b"\r\0":
        at = line.find(octet)
        if at >= 0:
            name = "CR without LF" if octet == 13 else "NUL"
            raise RemoteProtocolError(f"{name} within a line", rule="RFC 5321 §4.2", offset=start + at)
    if line[3:4] not in (b"", b" ", b"-"):
        raise RemoteProtocolError("a code is followed by a space or a hyphen", rule=_RULE, offset=start + 3)
    return line


def emit(reply: Reply) -> bytes:
    """A reply's octets; its text may be UTF-8 (RFC 6531 §3.3) and holds no CR, LF or NUL."""
    if not 200 <= reply.code <= 599:
        raise LocalProtocolError(f"{reply.code} is no reply code: 200 to 599", rule=_RULE)
    if not 1 <= len(reply.lines) <= LINES_LIMIT:
        raise LocalProtocolError(f"a reply has 1 to {LINES_LIMIT} lines", rule=_RULE)
    return b"".join(
        _emit_line(reply.code, "-" if number < len(reply.lines) else " ", line)
        for number, line in enumerate(reply.lines, 1)
    )


def _emit_line(code: int, separator: str, text: str) -> bytes:
    if any(character in text for character in "\r\n\0"):
        raise LocalProtocolError("CR, LF or NUL in a reply", rule=_RULE)
    line = f"{code}{separator}{text}\r\n".encode("utf-8", "backslashreplace")
    if len(line) > 512:
        raise LocalProtocolError(f"a reply's line of {len(line)} octets: 512 at most", rule="RFC 5321 §4.5.3.1.5")
    return line


# What an EHLO reply offers


def parse_extensions(reply: Reply) -> dict[str, str]:
    """An EHLO reply's keywords, in upper case, with their parameters as they came ("SIZE": "1000", "STARTTLS": "").

    `AUTH=PLAIN` is taken as `AUTH PLAIN`: servers still say it for old clients. A line that is no keyword is left out,
    since RFC 5321 §4.1.1.1 lets a server greet at more length.
    """
    found: dict[str, str] = {}
    for line in reply.lines[1:]:
        keyword, _, parameters = line.strip().partition(" ")
        keyword = keyword.upper() if keyword.isascii() else ""
        if keyword.startswith("AUTH="):
            keyword, parameters = "AUTH", f"{keyword[5:]} {parameters}"
        if not _KEYWORD.fullmatch(keyword):
            continue
        parameters = " ".join(parameters.split())
        if keyword in found and keyword == "AUTH":
            parameters = " ".join(dict.fromkeys(f"{found[keyword]} {parameters}".split()))
        found[keyword] = parameters
    return found


def emit_extensions(domain: str, extensions: Mapping[str, str]) -> Reply:
    """The reply to EHLO: who we are, then what we offer."""
    lines = [domain]
    for keyword, parameters in extensions.items():
        if not _KEYWORD.fullmatch(keyword):
            raise LocalProtocolError(f"{keyword!r} is no EHLO keyword", rule="RFC 5321 §4.1.1.1")
        lines.append(f"{keyword} {parameters}".rstrip())
    return Reply(250, tuple(lines))


def auth_mechanisms(extensions: Mapping[str, str]) -> tuple[str, ...]:
    """The SASL mechanisms on offer, in upper case and the server's order."""
    return tuple(extensions.get("AUTH", "").upper().split())


def size_limit(extensions: Mapping[str, str]) -> int | None:
    """Octets that a message may have; None if the server doesn't say, or says 0: no fixed limit (RFC 1870 §4)."""
    value = extensions.get("SIZE", "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise RemoteProtocolError(f"SIZE {value[:40]!r} is no number of up to 20 digits", rule="RFC 1870 §4")
    return int(value) or None
