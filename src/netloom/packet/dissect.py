"""Dissect: a frame's headers one by one, as layers and as a row. The kernels' plain-Python twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import RemoteProtocolError
from netloom.packet.formats import known
from netloom.packet.layer import Cut, Packet, Raw
from netloom.packet.row import CUT, DEEP, LYING, UNTOLD, Row

if TYPE_CHECKING:
    from netloom.packet.frame import Frame
    from netloom.packet.layer import Key, Layer

DEPTH = 24
"""Headers that are looked at in one frame."""


class Dissected(NamedTuple):
    """A frame's layers, the payload as Raw behind them, where each begins, the row, and why reading ended early."""

    packet: Packet
    offsets: tuple[int, ...]
    row: Row
    problem: RemoteProtocolError | None


def dissect(frame: Frame) -> Dissected:
    """Read all headers that are known. Never raises: what is wrong is `problem`, and told in the row's `anomaly`."""
    row = Row(
        time=UNTOLD if frame.timestamp_ns is None else frame.timestamp_ns,
        interface=frame.interface,
        link=frame.link_type,
        captured=len(frame.data),
        length=frame.length,
    )
    walk = _Walk(frame.data, max(frame.length, len(frame.data)), row)
    walk.run(("link", frame.link_type))
    row.payload_at = walk.at
    row.payload = max(0, walk.end - walk.at)
    row.payload_length = max(0, walk.said - walk.at)
    if walk.at < len(frame.data):
        # What is behind the packet's own end, such as Ethernet's padding, is part of it
        walk.layers.append(Raw(data=frame.data[walk.at :]))
        walk.offsets.append(walk.at)
    return Dissected(Packet(tuple(walk.layers)), tuple(walk.offsets), row, walk.problem)


class _Walk:
    """Where reading stands: `end` bounds what was captured, `said` what passed, as the headers so far tell it."""

    def __init__(self, data: bytes, said: int, row: Row) -> None:
        self.layers: list[Layer] = []
        self.offsets: list[int] = []
        self.problem: RemoteProtocolError | None = None
        self.at = 0
        self.end = len(data)
        self.said = said
        self._data = data
        self._row = row

    def run(self, above: Key | None) -> None:
        formats = known()
        while above is not None and above in formats:
            if len(self.layers) == DEPTH:
                self._row.anomaly |= DEEP
                return
            try:
                layer, header, end, above = formats[above].parse(self._data[self.at : self.end])
            except Cut as problem:
                self.problem = problem
                self._row.anomaly |= CUT if self.at + problem.needed <= self.said else LYING
                return
            except RemoteProtocolError as problem:
                self.problem = problem
                self._row.anomaly |= LYING
                return
            self.layers.append(layer)
            self.offsets.append(self.at)
            layer.tell(self._row)
            if end is not None:
                self._bound(self.at + end if end >= 0 else self.said + end)
            self.at += header

    def _bound(self, claimed: int) -> None:
        """A packet ends where it says so. That of a first fragment lies in a later one."""
        if claimed > self.said and self._row.fragment < 0:
            self._row.anomaly |= LYING
        self.said = min(self.said, claimed)
        self.end = min(self.end, claimed)
