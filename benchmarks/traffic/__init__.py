"""Traffic: captures of any size from a seed, as a busy line would show them, and what is known of them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = 20_261_121
PART = 1 << 14
"""Packets that are written at a time."""
HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
"""pcap's, with microseconds, Ethernet."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a capture: `octets` of all frames, `ip_frames` of those with IP, `ip_octets` of its packets alone."""

    packets: int
    flows: int
    octets: int
    ip_packets: int
    ip_frames: int
    ip_octets: int


def write(
    place: Path,
    packets: int,
    flows: int,
    *,
    small: bool = False,
    seed: int = SEED,
    tell: Callable[[int], None] | None = None,
) -> Facts:
    """Write a pcap file. `small`: frames of 64 octets. `tell` hears how many packets are done. Imports Numba."""
    import numpy as np

    from benchmarks.traffic.frames import FRAMES, OCTETS, PACKETS, ROOM, TOTAL, Writer
    from benchmarks.traffic.plan import plan

    made = plan(packets, flows, seed, small=small)
    writer = Writer(made, seed, small=small)
    buffer = np.zeros(PART * ROOM, np.uint8)
    with place.open("wb") as file:
        file.write(HEAD)
        for first in range(0, packets, PART):
            last = min(first + PART, packets)
            file.write(buffer[: writer.fill(buffer, first, last)].data)
            if tell is not None:
                tell(last)
    counted = [int(value) for value in writer.counted]
    return Facts(
        packets=packets,
        flows=flows,
        octets=counted[OCTETS],
        ip_packets=counted[PACKETS],
        ip_frames=counted[FRAMES],
        ip_octets=counted[TOTAL],
    )
