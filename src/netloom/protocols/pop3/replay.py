"""POP3, replayed: commands, and responses with the lines that belong to them (RFC 1939 §3)."""

from __future__ import annotations

from collections import deque

from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.buffered import Lines
from netloom.packet.tape.mail import mail_gist
from netloom.packet.tape.part import Part, Unit, Units

_ALWAYS = (b"CAPA", b"RETR", b"TOP")
_WITHOUT_ARGUMENT = (b"LIST", b"UIDL")


class Replay(Part):
    """One connection."""

    def units(self, _: str) -> Units:
        """Commands and responses."""
        return _Units()


class _Units(Lines):
    def __init__(self) -> None:
        super().__init__()
        self._asked: deque[bool] = deque()

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        if sender == CLIENT:
            return super().take(sender, buffer)
        first = buffer.find(b"\n") + 1
        if not first:
            return 0
        words = bytes(buffer[:first])
        status = words.split(b" ")[0].strip().decode("latin-1")
        if not (self._asked and self._asked[0] and status == "+OK"):
            if self._asked and status != "+":
                self._asked.popleft()
            return Unit(sender, words, status)
        # From the first line's own end on: an empty list is a dot alone
        whole = self.until(sender, b"\r\n.\r\n", first - 2)
        if whole is None:
            return 0
        self._asked.popleft()
        return Unit(sender, whole, f"{status} {mail_gist(whole[first:])}")

    def line(self, sender: str, line: bytes) -> Unit:
        """A command, and whether its response has lines."""
        verb, _, argument = line.strip().partition(b" ")
        verb = verb.upper()
        self._asked.append(verb in _ALWAYS or (verb in _WITHOUT_ARGUMENT and not argument))
        return Unit(sender, line, f"{verb.decode('latin-1')} {argument.decode('latin-1')}")
