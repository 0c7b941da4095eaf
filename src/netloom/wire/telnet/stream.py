"""Telnet's stream: data with commands in it, taken apart and put together (RFC 854, RFC 855)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import RemoteProtocolError
from netloom.wire.telnet.codes import DO, DONT, IAC, SB, SE, WILL, WONT

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 4096
"""Bytes of a subnegotiation."""
_CR, _NUL = 13, 0
_BARE_RETURN = re.compile(rb"\r(?!\n)")


class Data(NamedTuple):
    """What is said."""

    data: bytes


class Command(NamedTuple):
    """A command without more: NOP, IP, AYT …"""

    code: int


class Negotiation(NamedTuple):
    """WILL, WONT, DO or DONT an option."""

    verb: int
    option: int


class Subnegotiation(NamedTuple):
    """What an option has to say, unescaped."""

    option: int
    data: bytes


Event = Data | Command | Negotiation | Subnegotiation


class Reader:
    """Takes apart what comes, in pieces of any size.

    While it isn't `binary`, NUL after CR is left out: CR NUL is a mere CR (RFC 854, "The NVT Printer And Keyboard").
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.binary = False
        self._limit = limit
        self._after_return = False
        self._command: list[int] = []
        self._option = -1
        self._said = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """The events in a piece. Raises RemoteProtocolError."""
        return list(self.events(data))

    def events(self, data: bytes) -> Iterator[Event]:
        """The same one by one: whether it is `binary` may change between two of them."""
        at, end = 0, len(data)
        while at < end:
            if self._command:
                event = self._continue(data[at])
                at += 1
                if event is not None:
                    yield event
                continue
            found = data.find(IAC, at)
            stop = end if found < 0 else found
            if self._option >= 0:
                self._say(data[at:stop])
            else:
                text = self._text(data[at:stop])
                if text:
                    yield Data(text)
            at = stop
            if at < end:
                self._command = [IAC]
                at += 1

    def _continue(self, byte: int) -> Event | None:
        """One byte more of a command; the event, where that makes it whole."""
        command, self._command = self._command, []
        if self._option >= 0:
            return self._within(byte)
        if len(command) == 2:
            if command[1] == SB:
                self._option = byte
                return None
            return Negotiation(command[1], byte)
        if byte == IAC:
            self._after_return = False
            return Data(b"\xff")
        if byte in (WILL, WONT, DO, DONT, SB):
            self._command = [IAC, byte]
            return None
        return Command(byte)

    def _within(self, byte: int) -> Event | None:
        """What follows IAC in the middle of what an option says."""
        if byte == SE:
            said = Subnegotiation(self._option, bytes(self._said))
            self._option, self._said = -1, bytearray()
            return said
        if byte == IAC:
            self._say(b"\xff")
            return None
        raise RemoteProtocolError(
            f"IAC {byte} in the middle of what an option says: IAC SE or IAC IAC is expected", rule="RFC 855"
        )

    def _say(self, data: bytes) -> None:
        self._said += data
        if len(self._said) > self._limit:
            raise RemoteProtocolError(f"an option says more than {self._limit} bytes", rule="RFC 855")

    def _text(self, data: bytes) -> bytes:
        if not data:
            return b""
        if self.binary:
            self._after_return = False
            return data
        starts_with_nul = self._after_return and data[0] == _NUL
        self._after_return = data[-1] == _CR
        if starts_with_nul:
            data = data[1:]
        return data.replace(b"\r\0", b"\r")


def emit_data(data: bytes, *, binary: bool = False) -> bytes:
    """Data as it is sent: IAC is doubled, and a CR that no LF follows gets a NUL, unless it is `binary`."""
    escaped = data.replace(b"\xff", b"\xff\xff")
    return escaped if binary else _BARE_RETURN.sub(b"\r\0", escaped)


def emit_command(code: int) -> bytes:
    return bytes((IAC, code))


def emit_negotiation(verb: int, option: int) -> bytes:
    return bytes((IAC, verb, option))


def emit_subnegotiation(option: int, data: bytes) -> bytes:
    return bytes((IAC, SB, option)) + data.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))


def emit(event: Event) -> bytes:
    """Any event."""
    if isinstance(event, Data):
        return emit_data(event.data)
    if isinstance(event, Command):
        return emit_command(event.code)
    if isinstance(event, Negotiation):
        return emit_negotiation(event.verb, event.option)
    return emit_subnegotiation(event.option, event.data)
