"""POP3 responses: +OK or -ERR, and what several lines of them say (RFC 1939 §3, RFC 2449 §6 and §8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LINE_LIMIT = 4096
"""Octets in a response's line. RFC 2449 §4 says 512, which servers with long explanations exceed."""
LISTING_LIMIT = 8 << 20
"""Octets of a response of several lines that is no message."""

_RULE = "RFC 1939 §3"
_CODE = re.compile(r"\[([A-Za-z0-9/_.-]{1,60})\] ?")
_CAPABILITY = re.compile(r"[!-,./-~][!-~]*")


class Response(Struct, frozen=True):
    """The first line: `positive` is +OK. `code` is an extended response code such as IN-USE, in upper case."""

    positive: bool
    text: str = ""
    code: str = ""


class Challenge(Struct, frozen=True):
    """A line of an authentication exchange: base64 (RFC 5034 §4)."""

    text: str = ""


def parse(buffer: bytes, limit: int = LINE_LIMIT) -> tuple[Response | Challenge, int] | None:
    """The first line and the octets it took; None: more is needed.

    What can't become a response (another protocol's greeting) is refused at its first octet.
    """
    first = buffer[:4]
    if not any(known[: len(first)] == first[: len(known)].upper() for known in (b"+OK", b"-ERR", b"+ ")):
        found = bytes(buffer[:20])
        raise RemoteProtocolError(f"a response starts with +OK or -ERR, not {found!r}", rule=_RULE, offset=0)
    end = buffer.find(b"\n", 0, limit)
    if end < 0:
        if len(buffer) >= limit:
            raise RemoteProtocolError(f"a line longer than {limit} octets", rule=_RULE, offset=limit)
        return None
    if buffer[end - 1 : end] != b"\r":
        raise RemoteProtocolError("a line ends in LF without CR", rule=_RULE, offset=end)
    line = bytes(buffer[: end - 1])
    for octet, name in ((b"\r", "CR without LF"), (b"\0", "NUL")):
        at = line.find(octet)
        if at >= 0:
            raise RemoteProtocolError(f"{name} within a line", rule=_RULE, offset=at)
    text = line.decode("utf-8", "backslashreplace")
    if text.startswith("+ "):
        return Challenge(text[2:]), end + 1
    word, _, rest = text.partition(" ")
    if word.upper() not in ("+OK", "-ERR"):
        raise RemoteProtocolError("+OK or -ERR is followed by a space or nothing", rule=_RULE, offset=len(word))
    code = _CODE.match(rest)
    if code is not None:
        return Response(word.upper() == "+OK", rest[code.end() :], code[1].upper()), end + 1
    return Response(word.upper() == "+OK", rest), end + 1


def emit(response: Response | Challenge) -> bytes:
    """A line; its text holds no CR, LF or NUL."""
    if isinstance(response, Challenge):
        text = f"+ {response.text}"
    else:
        code = f"[{response.code}] " if response.code else ""
        text = f"{'+OK' if response.positive else '-ERR'} {code}{response.text}".rstrip(" ")
    if any(character in text for character in "\r\n\0"):
        raise LocalProtocolError("CR, LF or NUL in a response", rule=_RULE)
    octets = text.encode("utf-8", "backslashreplace") + b"\r\n"
    if isinstance(response, Response) and len(octets) > 512:
        raise LocalProtocolError(f"a response's line of {len(octets)} octets: 512 at most", rule="RFC 2449 §4")
    return octets


# What several lines say


def parse_lines(block: bytes) -> list[str]:
    """The lines of a response of several lines, without their ends and the dots that were added."""
    lines = block.split(b"\r\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.decode("utf-8", "backslashreplace") for line in lines]


def parse_capabilities(lines: Iterable[str]) -> dict[str, str]:
    """CAPA's names in upper case with their parameters (RFC 2449 §5). A line that is none is left out."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, parameters = line.strip().partition(" ")
        if name.isascii() and _CAPABILITY.fullmatch(name):
            found[name.upper()] = " ".join(parameters.split())
    return found


def emit_capabilities(capabilities: Mapping[str, str]) -> list[str]:
    """The lines of CAPA's answer."""
    lines = []
    for name, parameters in capabilities.items():
        if not _CAPABILITY.fullmatch(name):
            raise LocalProtocolError(f"{name[:40]!r} is no capability", rule="RFC 2449 §5")
        lines.append(f"{name} {parameters}".rstrip())
    return lines


def parse_listing(lines: Iterable[str]) -> dict[int, str]:
    """What LIST and UIDL tell: a number, and its size or unique id."""
    found: dict[int, str] = {}
    for line in lines:
        number, _, told = line.strip().partition(" ")
        if not (number.isascii() and number.isdigit() and len(number) <= 10) or not told:
            raise RemoteProtocolError(f"{line[:60]!r} is no number with what it has", rule="RFC 1939 §5")
        found[int(number)] = told.split(" ")[0]
    return found


def parse_pair(text: str) -> tuple[int, int]:
    """Two numbers at the start of a text, as STAT tells them."""
    words = text.split(" ")
    if len(words) < 2 or any(not (w.isascii() and w.isdigit() and len(w) <= 20) for w in words[:2]):
        raise RemoteProtocolError(f"{text[:60]!r} doesn't begin with two numbers", rule="RFC 1939 §5")
    return int(words[0]), int(words[1])
