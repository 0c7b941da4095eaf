"""Blocks are read in place, once each, and handed back only when the next one is asked for."""

from __future__ import annotations

import pytest

from netloom.packet.frame import INBOUND, OUTBOUND
from netloom.packet.live import layout
from netloom.packet.live.blocks import cooked
from tests.packet.live import filled

PUTS = [filled.Put(bytes([number]) * 60, 60, nanoseconds=number) for number in range(3)]


def test_each_is_handed_back_when_the_next_one_is_asked_for() -> None:
    ring = filled.ring(*(filled.octets(PUTS[: number + 1]) for number in range(3)))
    blocks = ring.blocks()
    assert next(blocks)[1] == 1
    assert (ring.next_block, ring.is_ready) == (0, True)
    assert next(blocks)[1] == 2
    assert ring.next_block == 1
    status = [ring.memory[at * filled.SIZE + layout.BLOCK_STATUS] & layout.OURS for at in range(3)]
    assert status == [0, 1, 1]
    assert [packets for _, packets in ring.blocks()] == [2, 3]  # who left before is given it again
    assert (ring.next_block, ring.is_ready) == (0, False)


def test_one_that_is_not_ours_is_not_looked_at() -> None:
    ring = filled.ring(filled.octets(PUTS, ready=False), filled.octets(PUTS))
    assert not ring.is_ready
    assert list(ring.blocks()) == []


def test_frames() -> None:
    mine = filled.Put(b"\x01" * 60, 99, 5, 7, origin=layout.ORIGIN.pack(17, b"\x08\0", 3, 1, 4, 6, bytes(8)))
    ring = filled.ring(filled.octets([*PUTS, mine]), snap=10)
    (block, packets), *_ = ring.blocks()
    frames = list(ring.frames(memoryview(filled.octets([*PUTS, mine])), packets))
    assert [frame.data for frame in frames] == [put.data[:10] for put in [*PUTS, mine]]
    assert [frame.direction for frame in frames] == [INBOUND] * 3 + [OUTBOUND]
    assert (frames[3].length, frames[3].timestamp_ns, frames[3].link_type) == (99, 5_000_000_007, 1)
    with pytest.raises(ValueError, match="released"):
        bytes(block)


@pytest.mark.parametrize(
    ("tag", "tag_type", "status", "wanted"),
    [
        (5, 0, 1, "81000005"),
        (0, 0, layout.VLAN_VALID, "81000000"),
        (0xE123, 0x88A8, layout.VLAN_VALID | layout.VLAN_TYPE_VALID, "88a8e123"),
        (0, 0x88A8, 1, ""),
    ],
)
def test_a_tag_is_put_back(tag: int, tag_type: int, status: int, wanted: str) -> None:
    one = filled.Put(bytes(range(60)), 60, status=status, tag=tag, tag_type=tag_type)
    ring = filled.ring(filled.octets([one]))
    ((frame,),) = [list(ring.frames(block, packets)) for block, packets in ring.blocks()]
    assert frame.data == one.data[:12] + bytes.fromhex(wanted) + one.data[12:]
    assert frame.length == len(frame.data)


def test_a_cooked_header() -> None:
    origin = layout.ORIGIN.pack(17, b"\x86\xdd", 0x01020304, 772, 4, 6, bytes(range(1, 9)))
    assert cooked(origin).hex() == "86dd0000" + "01020304" + "0304" + "04" + "06" + "010203040506" + "0000"
