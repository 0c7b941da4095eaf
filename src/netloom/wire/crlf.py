"""Lines that end in CRLF and in nothing else: whoever takes less for an end can be told commands within a line."""

from __future__ import annotations

from typing import NamedTuple

from netloom.errors import RemoteProtocolError


class Rules(NamedTuple):
    """Where a protocol says so: of a line's octets, of its end, of its length, of its charset."""

    octets: str
    end: str
    length: str
    charset: str = ""


def parse(buffer: bytes, limit: int, rules: Rules) -> tuple[bytes, int] | None:
    """The first line without its CRLF and the octets it took; None: more is needed.

    NUL, CR without LF, LF without CR and a line longer than `limit` raise RemoteProtocolError, as soon as they came.
    """
    end = buffer.find(b"\n", 0, limit)
    line = buffer[:limit] if end < 0 else buffer[: end + 1]
    at = line.find(b"\0")
    if at >= 0:
        raise RemoteProtocolError("NUL within a line", rule=rules.octets, offset=at)
    at = line.find(b"\r")
    if 0 <= at < len(line) - 1 and line[at + 1] != 10:
        raise RemoteProtocolError("CR without LF", rule=rules.end, offset=at)
    if end < 0:
        if len(buffer) >= limit:
            raise RemoteProtocolError(f"a line longer than {limit} octets", rule=rules.length, offset=limit)
        return None
    if not 0 <= at == end - 1:
        raise RemoteProtocolError("LF without CR", rule=rules.end, offset=end)
    return bytes(line[:at]), end + 1


def parse_text(buffer: bytes, limit: int, rules: Rules) -> tuple[str, int] | None:
    """The same as text, which is UTF-8 or raises RemoteProtocolError."""
    found = parse(buffer, limit, rules)
    if found is None:
        return None
    try:
        return found[0].decode(), found[1]
    except UnicodeDecodeError as error:
        raise RemoteProtocolError("a line that isn't UTF-8", rule=rules.charset, offset=error.start) from None
