"""FTP, replayed: commands and replies; data connections get places of their own (RFC 959 §4, RFC 2428)."""

from __future__ import annotations

from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER, Place
from netloom.packet.tape.buffered import Lines
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.ftp import addresses

_NAMES_A_PLACE = ("PORT", "EPRT", "227", "229")


class Replay(Part):
    """One control connection."""

    adapts: ClassVar[frozenset[str]] = frozenset({CLIENT, SERVER})

    def units(self, _: str) -> Units:
        """Commands and replies."""
        return _Units()

    def place(self, unit: Unit) -> Place | None:
        """The place that a command or a reply names; 229 leaves the host out."""
        word, _, rest = unit.data.decode("latin-1").strip().partition(" ")
        try:
            match word.upper():
                case "PORT":
                    return Place(*addresses.parse_port(rest))
                case "EPRT":
                    return Place(*addresses.parse_extended_port(rest))
                case "227":
                    return Place(*addresses.parse_passive(rest))
                case "229":
                    return Place("", addresses.parse_extended_passive(rest))
        except RemoteProtocolError:
            pass
        return None

    def renamed(self, unit: Unit, place: Place) -> bytes:
        """The same with another place."""
        match unit.data[:4].upper():
            case b"PORT":
                words = f"PORT {addresses.emit_port(*place)}"
            case b"EPRT":
                words = f"EPRT {addresses.emit_extended_port(*place)}"
            case b"227 ":
                words = f"227 Entering Passive Mode ({addresses.emit_port(*place)})"
            case _:
                words = f"229 Entering Extended Passive Mode {addresses.emit_extended_passive(place.port)}"
        return words.encode("latin-1") + b"\r\n"


class _Units(Lines):
    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        if sender == CLIENT:
            return super().take(sender, buffer)
        end, last = 0, bytes(buffer[:3]) + b" "
        while (stop := buffer.find(b"\n", end)) >= 0:
            line, end = bytes(buffer[end : stop + 1]), stop + 1
            if line.startswith(last) or buffer[3:4] != b"-":
                return Unit(sender, bytes(buffer[:end]), last.decode("latin-1"))
        return 0

    def line(self, sender: str, line: bytes) -> Unit:
        """A command; where a client waits is its own affair."""
        verb, _, argument = line.decode("latin-1").strip().partition(" ")
        verb = verb.upper()
        return Unit(sender, line, verb if verb in _NAMES_A_PLACE else f"{verb} {argument}")
