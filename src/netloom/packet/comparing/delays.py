"""Delays: how much later packets are, in bounded memory."""

from __future__ import annotations

from array import array

from netloom.packet.comparing.record import Delays

KEPT = 1 << 20
"""Delays that the median and the 95th percentile are taken of. Of more, evenly fewer are kept."""
_NANO = 1_000_000_000


class DelayCount:
    """Takes delays in nanoseconds. The least and the most are exact; quantiles are, up to `KEPT` of them."""

    def __init__(self) -> None:
        self.count = 0
        self._least = self._most = 0
        self._kept = array("q")
        self._stride = 1

    def add(self, delay: int) -> None:
        """Take one more."""
        self._least = delay if not self.count else min(self._least, delay)
        self._most = delay if not self.count else max(self._most, delay)
        if self.count % self._stride == 0:
            if len(self._kept) == KEPT:
                self._kept = self._kept[::2]
                self._stride *= 2
            if self.count % self._stride == 0:
                self._kept.append(max(min(delay, 2**63 - 1), -(2**63)))
        self.count += 1

    def record(self) -> Delays | None:
        """What is told of them; None without any."""
        if not self.count:
            return None
        ordered = sorted(self._kept)
        return Delays(
            count=self.count,
            least=self._least / _NANO,
            median=_quantile(ordered, 50) / _NANO,
            p95=_quantile(ordered, 95) / _NANO,
            most=self._most / _NANO,
        )


def _quantile(ordered: list[int], percent: int) -> int:
    """The least value that so many of a hundred don't exceed (nearest rank)."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]
