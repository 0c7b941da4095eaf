"""Rates over time: bins of one width, and of a wider one whenever they don't suffice."""

from __future__ import annotations

from netloom.packet.summing.record import Rates

MOST = 240
"""Bins at most."""
_NANO = 1_000_000_000
_SECONDS = (0.001, 0.002, 0.01, 0.02, 0.1, 0.2, 1, 2, 10, 30, 60, 120, 600, 1800, 3600, 7200, 43_200, 86_400)
WIDTHS = (*(round(width * _NANO) for width in _SECONDS), *(86_400 * 10**power * _NANO for power in range(1, 6)))
"""Nanoseconds of a bin: each goes into the next, so that bins can be joined. The last is enough for 64 bits of them."""


class Bins:
    """Packets and octets by time. Bins begin at multiples of their width, so the order of packets doesn't matter."""

    def __init__(self) -> None:
        self.width = WIDTHS[0]
        self._bins: dict[int, list[int]] = {}
        self._least = self._most = 0
        self._empty = True

    def add(self, at: int, packets: int, octets: int) -> None:
        """Count what passed at a time, in nanoseconds."""
        found = self._bins.get(at // self.width)
        if found is None:
            self.cover(at)
            found = self._bins.setdefault(at // self.width, [0, 0])
        found[0] += packets
        found[1] += octets

    def cover(self, at: int) -> None:
        """Make the bins wide enough for a time."""
        if self._empty:
            self._least = self._most = at // self.width
            self._empty = False
        number = at // self.width
        while max(self._most, number) - min(self._least, number) >= MOST:
            self._widen()
            number = at // self.width
        self._least, self._most = min(self._least, number), max(self._most, number)

    def _widen(self) -> None:
        before = self.width
        self.width = next(width for width in WIDTHS if width > before)
        joined = self.width // before
        bins, self._bins = self._bins, {}
        for number, (packets, octets) in bins.items():
            found = self._bins.setdefault(number // joined, [0, 0])
            found[0] += packets
            found[1] += octets
        self._least, self._most = self._least // joined, self._most // joined

    def record(self) -> Rates:
        """All bins from the first to the last, the empty ones, too."""
        if not self._bins:
            return Rates()
        numbers = range(self._least, self._most + 1)
        empty = [0, 0]
        return Rates(
            start=self._least * self.width / _NANO,
            step=self.width / _NANO,
            packets=tuple(self._bins.get(number, empty)[0] for number in numbers),
            octets=tuple(self._bins.get(number, empty)[1] for number in numbers),
        )
