"""IMAP, replayed: lines and literals; answers have the tags that were heard (RFC 9051 §2.2, §4.3)."""

from __future__ import annotations

import re
from typing import ClassVar

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Lines
from netloom.packet.tape.mail import mail_gist
from netloom.packet.tape.part import Part, Unit, Units

_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\r?\n$")
_MOMENT = re.compile(r"(?:[A-Z][a-z]{2}, )?[ \d]\d?[- ][A-Z][a-z]{2}[- ]\d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_STATES = ("OK", "NO", "BAD", "BYE", "PREAUTH")


class Replay(Part):
    """One connection."""

    adapts: ClassVar[frozenset[str]] = frozenset({SERVER})

    def __init__(self) -> None:
        self._tags: dict[bytes, bytes] = {}

    def units(self, _: str) -> Units:
        """Lines, up to a literal where there is one, and literals."""
        return _Units()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember by the recorded tag the one that was heard."""
        if recorded.about and heard.about:
            self._tags[recorded.about] = heard.about

    def adapt(self, unit: Unit) -> bytes:
        """A response with the tag of the command that was heard."""
        tag = unit.about
        return self._tags.get(tag, tag) + unit.data[len(tag) :] if tag else unit.data


class _Units(Lines):
    def __init__(self) -> None:
        super().__init__()
        self._literal = {CLIENT: 0, SERVER: 0}
        self._inside = {CLIENT: False, SERVER: False}
        self._challenged = False

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        size = self._literal[sender]
        if not size:
            return super().take(sender, buffer)
        if len(buffer) < size:
            return size
        self._literal[sender] = 0
        data = bytes(buffer[:size])
        return Unit(sender, data, mail_gist(data) if sender == CLIENT else data.decode("latin-1"))

    def line(self, sender: str, line: bytes) -> Unit:
        """A command or a response, or how it goes on after a literal or a challenge."""
        goes_on, answers = self._inside[sender], sender == CLIENT and self._challenged
        literal = _LITERAL.search(line)
        self._literal[sender] = int(literal[1]) if literal else 0
        self._inside[sender] = literal is not None
        words = _LITERAL.sub(b"{}", line).strip().decode("latin-1")
        tag, _, rest = words.partition(" ")
        if sender == SERVER:
            self._challenged = tag == "+" and not self._inside[CLIENT]
        if goes_on or answers or tag in ("*", "+") or not rest:
            return Unit(sender, line, _response(words) if sender == SERVER and not goes_on else words)
        gist = _response(rest) if sender == SERVER else _command(rest)
        return Unit(sender, line, gist, tag.encode("latin-1"))


def _command(words: str) -> str:
    """A command; which program it is may differ."""
    verb, _, rest = words.partition(" ")
    return verb.upper() if verb.upper() == "ID" else f"{verb.upper()} {rest}"


def _response(words: str) -> str:
    """A response without moments; of a state not the code and the words for people either."""
    first, _, rest = _MOMENT.sub("", words).partition(" ")
    if first == "+" or first in _STATES:
        return first
    state = rest.partition(" ")[0]
    return f"{first} {state}" if first == "*" and state in _STATES else f"{first} {rest}"
