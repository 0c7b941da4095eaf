"""IRC, the passive decoder: lines with the names of numerics, without anything that authenticates (RFC 2812)."""

from __future__ import annotations

import re

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.irc.message import Message, Reader, TooLong
from netloom.wire.irc.numerics import NAMES

_SHOWN = 300
_LINE_LIMIT = 16 * 1024
_HIDDEN = "•••"
_GREETING = re.compile(
    rb":[^ \r\n]{1,255} (?:NOTICE (?:AUTH|\*) |001 |020 |CAP |PING |43[0-9] )|NOTICE (?:AUTH|\*) :|PING :[^\r\n]"
)
_REGISTRATION = re.compile(rb"PASS [^\r\n]*\r?\n(?:CAP LS|NICK |USER [^ ]+ [^ ]+ [^ ]+ )", re.IGNORECASE)
_SERVICES = frozenset(("NICKSERV", "CHANSERV", "NS", "CS", "AUTHSERV", "AUTH", "Q", "X", "*STATUS"))
"""Who is told passwords in a text."""


def is_greeting(data: bytes) -> bool:
    """Whether a server's first bytes are an IRC server's."""
    return _GREETING.match(data[:1024]) is not None


def is_registration(data: bytes) -> bool:
    """Whether a client's first bytes are an IRC client's: POP3 and FTP say PASS, too."""
    return _REGISTRATION.match(data[:1024]) is not None


class Decoder:
    """Both directions of one connection."""

    def __init__(self) -> None:
        self._sides: dict[str, Reader | None] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        reader = self._sides.setdefault(sender, Reader(line_limit=_LINE_LIMIT))
        if reader is None:
            return [Said(sender=sender, words=f"{len(data)} bytes", size=len(data))] if data else []
        said: list[Said] = []
        try:
            for message in reader.feed(data):
                said.append(_said(sender, message))  # noqa: PERF401  # what came before a mistake is kept
        except RemoteProtocolError as error:
            self._sides[sender] = None
            said.append(Said(sender=sender, words=f"no IRC message: {error.message}", size=len(data)))
        return said


def _said(sender: str, message: Message | TooLong) -> Said:
    if isinstance(message, TooLong):
        return Said(sender=sender, words="a line that is too long")
    command, params = message.command, _without_secrets(message)
    name = f"{command} {NAMES[command]}" if command in NAMES else command
    source = f"{message.source}: " if message.source else ""
    words = f"{source}{' '.join([name, *params])}"
    return Said(sender=sender, words=_text(words), size=sum(map(len, message.params)) + len(command))


def _without_secrets(message: Message) -> tuple[str, ...]:
    command, params = message.command, message.params
    if command in ("PASS", "AUTHENTICATE") and params:
        known = command == "AUTHENTICATE" and params[0] in ("+", "*", "PLAIN", "EXTERNAL", "SCRAM-SHA-256")
        return params if known else (_HIDDEN,)
    if command in ("OPER", "JOIN", "SQUERY") and not message.source:
        return (params[0], *[_HIDDEN] * (len(params) > 1)) if params else ()
    if command in _SERVICES:
        return (_HIDDEN,)
    if command in ("PRIVMSG", "NOTICE") and params and params[0].partition("@")[0].upper() in _SERVICES:
        return (params[0], _HIDDEN)
    if command in ("MODE", "324") and len(params) > 2:  # with a key, perhaps
        at = 1 if command == "MODE" else 2
        return (*params[: at + 1], *[_HIDDEN] * (len(params) > at + 1)) if "k" in params[at] else params
    return params


def _text(words: str) -> str:
    shown = "".join(char if char.isprintable() else f"\\x{ord(char) & 0xFF:02x}" for char in words[:_SHOWN])
    return f"{shown}…" if len(words) > _SHOWN else shown
