"""Compose: what a capture file holds of a block of the ring, at once for all packets in it, without Frames between."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from netloom.packet.captures import pcap
from netloom.packet.captures.compose import packet_block
from netloom.packet.frame import INBOUND, OUTBOUND
from netloom.packet.live import layout
from netloom.packet.live.blocks import COOKED_HEADER, cooked, first
from netloom.packet.live.interfaces import COOKED

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.frame import Frame
    from netloom.packet.live.blocks import Blocks

_ENHANCED = struct.Struct("<IIIIIII")
"""A pcapng packet's head: kind, length, interface, time (upper, lower half), octets kept, octets that passed."""
_TAIL = struct.Struct("<HHIII")
"""Its direction as an option, the end of options, and the length again."""
_ENHANCED_KIND, _FLAGS, _AROUND = 6, 2, 44
_RECORD = struct.Struct("<IIII")


class Composed(NamedTuple):
    """So many packets as octets of a file, how many octets they had themselves, and the first and last one's time."""

    data: bytes | memoryview
    packets: int
    octets: int
    first_ns: int
    last_ns: int


class _Heads(dict[bytes, bytes]):
    """Cooked headers by where packets came from: a block has few of them. `size` is 0 where there are none."""

    def __init__(self, ring: Blocks) -> None:
        super().__init__()
        self.size = COOKED_HEADER if ring.link_type == COOKED else 0

    def __missing__(self, origin: bytes) -> bytes:
        head = self[origin] = cooked(origin)
        return head


def pcapng_blocks(ring: Blocks, block: memoryview, packets: int, interface: int) -> Composed:
    """A block of a ring as pcapng packets of an interface."""
    heads = _Heads(ring)
    held, at, octets = bytes(block), first(block), 0
    begins = moment = _time(held, at)
    unpack, pack, direction_at = layout.PACKET.unpack_from, _ENHANCED.pack, layout.ORIGIN_TYPE
    snap, touched = ring.snap, layout.VLAN_VALID
    origin, origin_end = layout.PACKET_HEADER, layout.ORIGIN_END
    parts: list[bytes] = []
    add = parts.append
    tails: dict[tuple[int, bool, int], bytes] = {}
    for _ in range(packets):
        step, seconds, nanoseconds, kept, length, status, begin, _, _, tag, _ = unpack(held, at)
        if tag or status & touched:
            return _slowly(ring, block, packets, lambda frame: packet_block(frame, interface))
        moment = seconds * 1_000_000_000 + nanoseconds
        start = at + begin
        data = held[start : start + kept]
        if heads.size:
            data = heads[held[at + origin : at + origin_end]] + data
        data = data[:snap]
        kept = len(data)
        padding = -kept % 4
        total = _AROUND + kept + padding
        add(pack(_ENHANCED_KIND, total, interface, moment >> 32, moment & 0xFFFFFFFF, kept, length + heads.size))
        add(data)
        key = total, held[at + direction_at] == layout.OUTGOING, padding
        tail = tails.get(key)
        if tail is None:
            direction = OUTBOUND if key[1] else INBOUND
            tail = tails[key] = bytes(padding) + _TAIL.pack(_FLAGS, 4, direction, 0, total)
        add(tail)
        octets += kept
        at += step
    return Composed(b"".join(parts), packets, octets, begins, moment)


def pcap_records(ring: Blocks, block: memoryview, packets: int, interface: int) -> Composed:  # noqa: ARG001 - one shape
    """A block of a ring as records of a pcap file with nanoseconds."""
    heads = _Heads(ring)
    held, at, octets = bytes(block), first(block), 0
    begins = moment = _time(held, at)
    unpack, pack = layout.PACKET.unpack_from, _RECORD.pack
    snap, touched = ring.snap, layout.VLAN_VALID
    origin, origin_end = layout.PACKET_HEADER, layout.ORIGIN_END
    parts: list[bytes] = []
    add = parts.append
    for _ in range(packets):
        step, seconds, nanoseconds, kept, length, status, begin, _, _, tag, _ = unpack(held, at)
        if tag or status & touched:
            return _slowly(ring, block, packets, pcap.record)
        start = at + begin
        data = held[start : start + kept]
        if heads.size:
            data = heads[held[at + origin : at + origin_end]] + data
        data = data[:snap]
        kept = len(data)
        add(pack(seconds, nanoseconds, kept, length + heads.size))
        add(data)
        moment = seconds * 1_000_000_000 + nanoseconds
        octets += kept
        at += step
    return Composed(b"".join(parts), packets, octets, begins, moment)


def _slowly(ring: Blocks, block: memoryview, packets: int, one: Callable[[Frame], bytes]) -> Composed:
    """The same by way of Frames, where the kernel took parts out of some."""
    frames = list(ring.frames(block, packets))
    begins, ends = frames[0].timestamp_ns or 0, frames[-1].timestamp_ns or 0
    data = b"".join(one(frame) for frame in frames)
    return Composed(data, packets, sum(len(frame.data) for frame in frames), begins, ends)


def _time(held: bytes, at: int) -> int:
    seconds, nanoseconds = struct.unpack_from("=II", held, at + 4)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


_STATISTICS = struct.Struct("<IIIII")


def counts_block(interface: int, moment_ns: int, passed: int, dropped: int) -> bytes:
    """What an interface counted, for pcapng (an Interface Statistics Block): packets, and those that had no room."""
    options = b"".join(struct.pack("<HHQ", code, 8, value) for code, value in ((4, passed), (5, dropped)))
    length = 12 + 12 + len(options) + 4
    body = struct.pack("<III", interface, moment_ns >> 32, moment_ns & 0xFFFFFFFF) + options + bytes(4)
    return struct.pack("<II", 5, length) + body + struct.pack("<I", length)
