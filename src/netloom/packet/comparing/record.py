"""Records of how two captures differ."""

from __future__ import annotations

from typing import Literal

from netloom.packet.record import PacketRecord
from netloom.records import Record


class FieldChange(Record, frozen=True, kw_only=True):
    """What a header's field says in both captures; empty where the header isn't there."""

    layer: str
    field: str
    before: str
    after: str


class PacketDifference(Record, frozen=True, kw_only=True):
    """A packet that only one capture has, or that differs in both.

    `first` and `second` are its numbers in each, `packet` is the first's, if that has it. `delay` in seconds.
    """

    difference: Literal["only first", "only second", "changed"]
    first: int | None
    second: int | None
    packet: PacketRecord
    changes: tuple[FieldChange, ...] = ()
    delay: float | None = None


class FlowDifference(Record, frozen=True, kw_only=True):
    """A flow that only one capture has. Its source is who sent the first packet of it there; `octets` passed."""

    only: Literal["first", "second"]
    protocol: str
    src: str
    src_port: int | None
    dst: str
    dst_port: int | None
    packets: int
    octets: int


class Delays(Record, frozen=True, kw_only=True):
    """How much later the second capture has the packets of the first, in seconds; below 0 is earlier."""

    count: int
    least: float
    median: float
    p95: float
    most: float


class Comparison(Record, frozen=True, kw_only=True):
    """Both captures in whole: packets in each, those that are the same, changed, or in only one.

    `fields` counts changes by header and field. `lost` is the share of the first's packets that the second doesn't
    have, `reordered` counts those that came after one that the first has behind them. `early` packets weren't waited
    for through all of the window, because too many waited at a time.
    """

    first_packets: int
    second_packets: int
    same: int
    changed: int
    only_first: int
    only_second: int
    reordered: int
    lost: float
    fields: dict[str, int]
    delays: Delays | None = None
    early: int = 0
