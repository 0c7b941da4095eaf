"""IRC messages: `@tags :source COMMAND params`, a line each (RFC 2812 §2.3, IRCv3 message-tags)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from netloom.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINE_LIMIT = 512
"""Bytes of a message with its CRLF and without its tags (RFC 2812 §2.3)."""
TAGS_LIMIT = 8191
"""Bytes of the tags with `@` and the space after them, as a server may send them."""
CLIENT_TAGS_LIMIT = 4096
"""The same as a client may send them."""

_RULE = "RFC 2812 §2.3.1"
_RULE_TAGS = "IRCv3 message-tags"
_COMMAND = re.compile(r"[A-Za-z]{1,32}|[0-9]{3}")
_END = re.compile(rb"[\r\n]")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_TAG = re.compile(r"\+?(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
_SPACES = re.compile(" +")
_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPED = {value: f"\\{key}" for key, value in _ESCAPES.items()}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_TO_ESCAPE = re.compile(r"[; \\\r\n]")
_WITH_TEXT = frozenset(("PRIVMSG", "NOTICE", "TOPIC", "QUIT", "ERROR", "AWAY", "WALLOPS", "PONG", "SETNAME"))
_WITHOUT_TEXT = frozenset(("004", "324", "329", "333", "346", "348", "354", "367"))
"""Numerics whose last parameter is a word."""


class Message(Struct, frozen=True):
    """A message. What isn't UTF-8 in it stands as surrogates (PEP 383), so that it goes on as it came."""

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def nick(self) -> str:
        """Who says it, or the server's name."""
        return self.source.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1] if self.params else ""


class TooLong(Struct, frozen=True):
    """A line of more bytes than are allowed, of which nothing was kept."""


# From bytes


def parse(line: bytes) -> Message:
    """One line without its end. Raises RemoteProtocolError for what is none."""
    at = line.find(b"\0")
    if at >= 0:
        raise RemoteProtocolError("NUL within a message", rule=_RULE, offset=at)
    rest = line.decode("utf-8", "surrogateescape").lstrip(" ")
    tags: dict[str, str] = {}
    if rest.startswith("@"):
        said, _, rest = rest[1:].partition(" ")
        tags = parse_tags(said)
        rest = rest.lstrip(" ")
    source = ""
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        rest = rest.lstrip(" ")
    command, _, rest = rest.partition(" ")
    if not _COMMAND.fullmatch(command):
        raise RemoteProtocolError("a command of letters, or three digits, is expected", rule=_RULE, offset=0)
    return Message(command.upper(), _params(rest), source, tags)


def _params(rest: str) -> tuple[str, ...]:
    rest = rest.lstrip(" ")
    if rest.startswith(":"):
        return (rest[1:],)
    words, colon, text = rest.partition(" :")
    params = [word for word in _SPACES.split(words) if word]
    return (*params, text) if colon else tuple(params)


def parse_tags(said: str) -> dict[str, str]:
    """Tags by name, of each the last; one without a value has an empty one."""
    tags: dict[str, str] = {}
    for part in said.split(";"):
        name, _, value = part.partition("=")
        if name:
            tags[name] = _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), value) if "\\" in value else value
    return tags


class Reader:
    """One side's lines, in pieces of any size. Holds one that isn't whole."""

    def __init__(self, *, line_limit: int = LINE_LIMIT, tags_limit: int = TAGS_LIMIT) -> None:
        self._line_limit = line_limit
        self._tags_limit = tags_limit
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Message | TooLong]:
        """The messages that are whole now; empty lines are none. Raises RemoteProtocolError, after those that came
        before, for what is no message, and for a line without an end."""
        data = self._held + data
        self._held = b""
        at = 0
        while (found := _END.search(data, at)) is not None:
            line, at = data[at : found.start()], found.end()
            if line:
                yield self._read(line)
        if len(data) - at > self._line_limit + self._tags_limit:
            raise RemoteProtocolError("a line without an end", rule=_RULE, offset=len(data))
        self._held = data[at:]

    def _read(self, line: bytes) -> Message | TooLong:
        size = len(line) + 2
        if line[:1] == b"@":
            tags = line.find(b" ") + 1 or len(line)
            if tags > self._tags_limit:
                return TooLong()
            size -= tags
        return TooLong() if size > self._line_limit else parse(line)


# To bytes


def emit(message: Message, limit: int = LINE_LIMIT) -> bytes:
    """The message as a line of at most `limit` bytes besides its tags. Raises LocalProtocolError for CR, LF or NUL
    anywhere, for a space where none may stand, and for one that is too long."""
    if not _COMMAND.fullmatch(message.command):
        raise LocalProtocolError(f"{message.command[:40]!r} is no IRC command", rule=_RULE)
    source = message.source
    if source and (" " in source or _FORBIDDEN.search(source)):
        raise LocalProtocolError(f"{source[:60]!r} is no source", rule=_RULE)
    line = f":{source} {message.command}" if source else message.command
    line += _emit_params(message) + "\r\n"
    try:
        said = line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise LocalProtocolError(f"what {message.command} says isn't text", rule=_RULE) from None
    if len(said) > limit:
        raise LocalProtocolError(f"{message.command} has {len(said)} bytes: {limit} at most", rule="RFC 2812 §2.3")
    return emit_tags(message.tags) + said if message.tags else said


def _emit_params(message: Message) -> str:
    params = message.params
    if not params:
        return ""
    for number, param in enumerate(params):
        if _FORBIDDEN.search(param):
            raise LocalProtocolError(f"CR, LF or NUL in a parameter of {message.command}", rule=_RULE)
        if number < len(params) - 1 and (not param or param[0] == ":" or " " in param):
            raise LocalProtocolError(f"{param[:60]!r} can't stand in the middle of {message.command}", rule=_RULE)
    *words, last = params
    command = message.command
    textual = command in _WITH_TEXT or (command.isdigit() and command not in _WITHOUT_TEXT)
    colon = ":" if textual or not last or last[0] == ":" or " " in last else ""
    return "".join([*(f" {word}" for word in words), f" {colon}{last}"])


def emit_tags(tags: Mapping[str, str]) -> bytes:
    """`@name=value;… ` with its space. Raises LocalProtocolError."""
    parts = []
    for name, value in tags.items():
        if not _TAG.fullmatch(name) or "\0" in value:
            raise LocalProtocolError(f"{name[:40]!r} is no tag, or its value has NUL in it", rule=_RULE_TAGS)
        parts.append(f"{name}={_TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], value)}" if value else name)
    try:
        said = f"@{';'.join(parts)} ".encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise LocalProtocolError("a tag's value isn't text", rule=_RULE_TAGS) from None
    if len(said) > TAGS_LIMIT:
        raise LocalProtocolError(f"tags of {len(said)} bytes: {TAGS_LIMIT} at most", rule=_RULE_TAGS)
    return said


def readable(text: str) -> str:
    """A text that has to be one, for people and records: what isn't UTF-8 is replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def cut(text: str, room: int) -> str:
    """As much of a text as `room` bytes hold, without half a character at its end."""
    data = text.encode("utf-8", "surrogateescape")
    return text if len(data) <= room else data[: _end(data, 0, room)].decode("utf-8", "surrogateescape")


def pieces(text: str, room: int) -> Iterator[str]:
    """A text in pieces of at most `room` bytes (4 or more), cut at spaces where there are any near the end."""
    data = text.encode("utf-8", "surrogateescape")
    at = 0
    while len(data) - at > room:
        end = _end(data, at, room)
        space = data.rfind(b" ", at + room // 2, end + 1)
        end = space if space > at else end
        yield data[at:end].decode("utf-8", "surrogateescape")
        at = end + (data[end : end + 1] == b" ")
    yield data[at:].decode("utf-8", "surrogateescape")


def _end(data: bytes, at: int, room: int) -> int:
    """Where a piece ends that isn't the last: not within a character."""
    end = at + room
    for back in range(min(4, room)):
        if data[end - back] & 0xC0 != 0x80:
            return end - back
    return end  # no UTF-8 at all
