"""Telnet, replayed: what is typed and shown, octet by octet; a client's options are aside (RFC 854, RFC 855)."""

from __future__ import annotations

import re

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.telnet.codes import DM, DO, DONT, GA, IAC, NOP, SB, SE, WILL, WONT
from netloom.wire.telnet.stream import LIMIT

_SAYS_NOTHING = (NOP, DM, GA, SE)
_OPTION = (WILL, WONT, DO, DONT)
_LINE_ENDS = (b"\n", b"\0")
_LINE_END = re.compile(rb"\r[\n\0]")


class Replay(Part):
    """One connection. Which options a client has is its own affair, and so is how it ends a line.

    A server's are waited for: some take no answer before they have asked.
    """

    def units(self, _: str) -> Units:
        """Octets, commands and negotiations."""
        return _Units()


class _Units:
    def __init__(self) -> None:
        self._left = {CLIENT: b"", SERVER: b""}
        self._returned = {CLIENT: False, SERVER: False}

    def feed(self, sender: str, data: bytes) -> list[Unit]:
        """A command is whole, or waits for its rest."""
        data, at = self._left[sender] + data, 0
        found: list[Unit] = []
        while at < len(data):
            stop = data.find(IAC, at)
            if stop != at:
                stop = len(data) if stop < 0 else stop
                found += self._text(sender, data[at:stop])
                at = stop
                continue
            command = _command(sender, data[at : at + LIMIT])
            if command is None:
                break
            self._returned[sender] = self._returned[sender] and not command.flows
            found.append(command)
            at += len(command.data)
        self._left[sender] = data[at:]
        return found

    def rest(self, sender: str) -> bytes:
        """The beginning of a command."""
        data, self._left[sender] = self._left[sender], b""
        return data

    def _text(self, sender: str, text: bytes) -> list[Unit]:
        """Octets; a line's end is one, however it is said."""
        known = _OCTETS[sender]
        found = [known[octet] for octet in text]
        ends = [match.end() - 1 for match in _LINE_END.finditer(text)]
        if self._returned[sender] and text.startswith(_LINE_ENDS):
            ends.append(0)
        for at in ends:
            found[at] = Unit(sender, text[at : at + 1], None)
        self._returned[sender] = text.endswith(b"\r")
        return found


def _octets(sender: str) -> list[Unit]:
    return [Unit(sender, bytes((octet,)), chr(octet).replace("\r", "\n"), flows=True) for octet in range(256)]


_OCTETS = {sender: _octets(sender) for sender in (CLIENT, SERVER)}


def _command(sender: str, data: bytes) -> Unit | None:
    """The command with which octets begin, where it is whole."""
    if len(data) < 2:
        return None
    verb = data[1]
    if verb == IAC:
        return Unit(sender, data[:2], chr(IAC), flows=True)
    if verb in _OPTION:
        return _option(sender, data[:3]) if len(data) > 2 else None
    if verb != SB:
        return Unit(sender, data[:2], None if verb in _SAYS_NOTHING else f"command {verb}")
    at = 2
    while 0 <= (at := data.find(IAC, at)) < len(data) - 1:
        if data[at + 1] != IAC:
            return _option(sender, data[: at + 2])
        at += 2
    # Of what has no end within reason it is the beginning
    return None if len(data) < LIMIT else Unit(sender, data[:2], None)


def _option(sender: str, data: bytes) -> Unit:
    """Of what an option has to say it is the same that it is said."""
    return Unit(sender, data, f"{data[1]} {data[2]}" if sender == SERVER else None)
