"""NTP, replayed: an answer has the moment at which it was asked for (RFC 5905 §7.3)."""

from __future__ import annotations

from typing import ClassVar

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Whole
from netloom.packet.tape.part import Part, Unit, Units

_ORIGIN, _TRANSMIT, _SIZE = slice(24, 32), slice(40, 48), 48


class Replay(Part):
    """One asker."""

    adapts: ClassVar[frozenset[str]] = frozenset({SERVER})

    def __init__(self) -> None:
        self._moments: dict[bytes, bytes] = {}

    def units(self, _: str) -> Units:
        """Datagrams."""
        return _Units()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember when it was asked."""
        self._moments[recorded.data[_TRANSMIT]] = heard.data[_TRANSMIT]

    def adapt(self, unit: Unit) -> bytes:
        """An answer to what was asked in fact."""
        moment = self._moments.get(unit.data[_ORIGIN])
        return unit.data if moment is None else unit.data[:24] + moment + unit.data[32:]

    def answers(self, asked: Unit, answer: Unit) -> bool:
        """An answer tells when it was asked for."""
        return asked.data[_TRANSMIT] == answer.data[_ORIGIN]


class _Units(Whole):
    def unit(self, sender: str, data: bytes) -> Unit:
        """Version and mode, and of an answer its stratum, are what counts: the rest is time."""
        known = len(data) >= _SIZE
        return Unit(sender, data, f"{data[0] & 0x3F} {'' if sender == CLIENT else data[1]}" if known else data.hex())
