"""SMTP, replayed: commands, mails as a whole, replies by their codes (RFC 5321 §2.4, §4.2)."""

from __future__ import annotations

import re

from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.buffered import Lines
from netloom.packet.tape.mail import mail_gist
from netloom.packet.tape.part import Part, Unit, Units

_MAIL = re.compile(rb"(MAIL FROM|RCPT TO):\s*<([^>]*)>", re.IGNORECASE)
_GREETING = re.compile(rb"(EHLO|HELO|LHLO)\b", re.IGNORECASE)
_CHUNK = re.compile(rb"BDAT (\d{1,12})\b", re.IGNORECASE)


class Replay(Part):
    """One connection."""

    def units(self, _: str) -> Units:
        """Commands, mails and replies."""
        return _Units()


class _Units(Lines):
    def __init__(self) -> None:
        super().__init__()
        self._mail = False
        self._chunk = 0

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        if sender != CLIENT:
            return self._reply(buffer)
        if self._chunk:
            if len(buffer) < self._chunk:
                return self._chunk
            data, self._chunk = bytes(buffer[: self._chunk]), 0
            return Unit(sender, data, mail_gist(data))
        if not self._mail:
            return super().take(sender, buffer)
        data = b".\r\n" if buffer.startswith(b".\r\n") else self.until(sender, b"\r\n.\r\n") or b""
        if not data:
            return 0
        self._mail = False
        return Unit(sender, data, mail_gist(data))

    def line(self, sender: str, line: bytes) -> Unit:
        """A command. Who the client is, and what it adds to an address, may differ."""
        chunk = _CHUNK.match(line)
        self._chunk = int(chunk[1]) if chunk else 0
        found = _GREETING.match(line) or _MAIL.match(line)
        words = b" ".join(found.groups()) if found else line.strip()
        verb, _, rest = words.decode("latin-1").partition(" ")
        return Unit(sender, line, f"{verb.upper()} {rest}")

    def _reply(self, buffer: bytearray) -> Unit | int:
        """All lines of a reply, which differ in what follows the code."""
        end = 0
        while (stop := buffer.find(b"\n", end)) >= 0:
            line, end = bytes(buffer[end : stop + 1]), stop + 1
            if line[3:4] != b"-":
                code = line[:3].decode("latin-1")
                self._mail = code == "354"
                return Unit("server", bytes(buffer[:end]), code)
        return 0
