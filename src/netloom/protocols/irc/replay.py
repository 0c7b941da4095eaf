"""IRC, replayed: line by line, without prefixes; pings are answered as they come (RFC 2812 §2.3)."""

from __future__ import annotations

import re

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Lines
from netloom.packet.tape.part import Part, Unit, Units

_LINE = re.compile(r"(?:@\S+ +)?(?::(\S+) +)?(\S+) *(.*)", re.DOTALL)
_OF_THE_PROGRAM = ("CAP", "USER", "QUIT")
"""What depends on the client's program, apart from that it is said."""
_FOR_PEOPLE = ("NOTICE", "ERROR")
"""What a server says in its own name to whoever reads it, about times, sizes and addresses."""


class Replay(Part):
    """One connection."""

    adapts = frozenset({CLIENT, SERVER})

    def units(self, _: str) -> Units:
        """Lines."""
        return _Units()

    def aside(self, unit: Unit) -> bytes:
        """PONG for PING, with the same words."""
        found = _LINE.match(unit.data.decode("latin-1").strip())
        if found is None or found[2].upper() != "PING":
            return b""
        words = found[3] if found[3].startswith(":") or " " not in found[3] else f":{found[3]}"
        return f"PONG {words}\r\n".encode("latin-1")


class _Units(Lines):
    def line(self, sender: str, line: bytes) -> Unit:
        """A command, or a reply by its number: that has words of its own time in it, as the server's own notices."""
        found = _LINE.match(line.decode("latin-1").strip())
        if found is None:
            return Unit(sender, line, None)
        verb, rest = found[2].upper(), found[3]
        if verb in ("PING", "PONG"):
            return Unit(sender, line, None)
        if verb.isdigit() or (sender == CLIENT and verb in _OF_THE_PROGRAM):
            return Unit(sender, line, f"{verb} {rest.split(' ')[0]}" if verb == "CAP" else verb)
        if sender == SERVER and verb in _FOR_PEOPLE and "!" not in (found[1] or ""):
            return Unit(sender, line, verb)
        return Unit(sender, line, f"{verb} {rest}")
