"""Blocks: memory that the kernel fills with frames and hands over, block after block (packet(7), TPACKET_V3)."""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

from netloom.packet.frame import INBOUND, OUTBOUND, Frame
from netloom.packet.live import layout
from netloom.packet.live.interfaces import COOKED, ETHERNET

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 128 * 1024
"""Octets of a block. Larger frames are cut to it, and tell how long they were."""

_COOKED = struct.Struct(">2sHiHBB8s")
COOKED_HEADER = _COOKED.size
_TYPE_802_1Q = 0x8100


class Blocks:
    """Blocks of one size in memory that is shared with the kernel. `snap` octets are kept of a frame.

    `blocks` gives what was handed over so far, in place; `next_block` is the one that will be handed over next.
    """

    def __init__(self, memory: memoryview, link_type: int, snap: int, size: int = BLOCK) -> None:
        self.memory = memory
        self.link_type = link_type
        self.snap = snap
        self.size = size
        self.next_block = 0
        self._words = memory.cast("I")
        self._cooked = link_type == COOKED

    @property
    def is_ready(self) -> bool:
        """Whether the next block is ours."""
        return bool(self._words[(self.next_block * self.size + layout.BLOCK_STATUS) // 4] & layout.OURS)

    def blocks(self) -> Iterator[tuple[memoryview, int]]:
        """Each block that is there now, and how many packets are in it.

        It is handed back, and its memory let go of, when the next one is asked for; who leaves before that is given it
        again.
        """
        while self.is_ready:
            at = self.next_block * self.size
            with self.memory[at : at + self.size] as block:
                yield block, self._words[(at + layout.BLOCK_PACKETS) // 4]
            self._words[(at + layout.BLOCK_STATUS) // 4] = 0
            self.next_block = (self.next_block + 1) % (len(self.memory) // self.size)

    def frames(self, block: memoryview, packets: int) -> Iterator[Frame]:
        """A block's frames as a capture has them: VLAN tags in their places, cooked headers composed, none too long."""
        at = first(block)
        link_type, snap, put_back = self.link_type, self.snap, self._put_back
        unpack, type_at = layout.PACKET.unpack_from, layout.ORIGIN_TYPE
        beside = layout.VLAN_VALID
        for _ in range(packets):
            step, seconds, nanoseconds, kept, length, status, begin, _, _, tag, tag_type = unpack(block, at)
            data = bytes(block[at + begin : at + begin + kept])
            if self._cooked or tag or status & beside:
                kind = tag_type if tag_type or status & layout.VLAN_TYPE_VALID else _TYPE_802_1Q
                tagged = kind.to_bytes(2, "big") + (tag & 0xFFFF).to_bytes(2, "big") if tag or status & beside else b""
                data, more = put_back(data, tagged, block, at)
                length += more
            yield Frame(
                data[:snap],
                seconds * 1_000_000_000 + nanoseconds,
                link_type,
                length,
                0,
                OUTBOUND if block[at + type_at] == layout.OUTGOING else INBOUND,
            )
            at += step

    def _put_back(self, data: bytes, tag: bytes, block: memoryview, at: int) -> tuple[bytes, int]:
        """What the kernel took from a frame, where it belongs, and how many octets that is."""
        if not self._cooked:
            if self.link_type != ETHERNET or len(data) < 12:
                return data, len(tag)
            return data[:12] + tag + data[12:], len(tag)
        head = cooked(bytes(block[at + layout.PACKET_HEADER : at + layout.ORIGIN_END]))
        if tag:
            head, data = tag[:2] + head[2:], tag[2:] + head[:2] + data
        return head + data, len(head) + len(tag)

    def release(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self.memory.release()


def first(block: memoryview) -> int:
    """Where a block's first packet is."""
    return int.from_bytes(block[layout.BLOCK_FIRST : layout.BLOCK_FIRST + 4], sys.byteorder)


def cooked(origin: bytes) -> bytes:
    """The header of a cooked frame, from what the kernel tells of where it came from (LINUX_SLL2)."""
    _, protocol, index, hardware, kind, octets, address = layout.ORIGIN.unpack(origin)
    return _COOKED.pack(protocol, 0, index, hardware, kind, octets, address[: min(octets, 8)])
