"""Units one by one: octets in pieces of any size, split by a function that looks at how they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.events import CLIENT, SERVER

if TYPE_CHECKING:
    from netloom.packet.tape.part import Unit


class _Side:
    """What one side said and isn't split yet; nobody looks again before `needed` octets are there."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.needed = 1
        self.searched = 0


class Buffered:
    """A base for `Units` of protocols whose messages can be told apart one by one."""

    def __init__(self) -> None:
        self._sides = {CLIENT: _Side(), SERVER: _Side()}

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        """The unit with which the buffer begins, or how many octets have to be there until it can be told."""
        raise NotImplementedError

    def feed(self, sender: str, data: bytes) -> list[Unit]:
        """The units that are whole with this piece."""
        side = self._sides[sender]
        side.buffer += data
        found: list[Unit] = []
        while len(side.buffer) >= side.needed:
            unit = self.take(sender, side.buffer)
            if isinstance(unit, int):
                side.needed = max(unit, len(side.buffer) + 1)
                break
            found.append(unit)
            del side.buffer[: len(unit.data)]
            side.needed, side.searched = 1, 0
        return found

    def rest(self, sender: str) -> bytes:
        """What isn't whole."""
        data = bytes(self._sides[sender].buffer)
        self._sides[sender] = _Side()
        return data

    def until(self, sender: str, end: bytes, start: int = 0) -> bytes | None:
        """The buffer up to where an end stands in it, from an octet on. What was searched before isn't again."""
        side = self._sides[sender]
        at = side.buffer.find(end, max(start, side.searched - len(end)))
        side.searched = len(side.buffer)
        return bytes(side.buffer[: at + len(end)]) if at >= 0 else None


class Lines(Buffered):
    """A base for those that speak in lines."""

    def take(self, sender: str, _: bytearray) -> Unit | int:
        line = self.until(sender, b"\n")
        return self.line(sender, line) if line is not None else 0

    def line(self, sender: str, line: bytes) -> Unit:
        """The unit that a line is, with its end."""
        raise NotImplementedError


class Whole:
    """A base for `Units` of datagrams: each is one."""

    def unit(self, sender: str, data: bytes) -> Unit:
        """What a datagram is."""
        raise NotImplementedError

    def feed(self, sender: str, data: bytes) -> list[Unit]:
        """The datagram."""
        return [self.unit(sender, data)]

    def rest(self, _: str) -> bytes:
        """Datagrams are whole."""
        return b""
