"""A block at once, in Python and by kernel, is the same as its frames one by one, tags and cooked headers and all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import Drops, parse
from netloom.packet.captures import pcap as pcap_format
from netloom.packet.captures.compose import interface_block, packet_block, section_block
from netloom.packet.kernels.drain import Drained
from netloom.packet.live.compose import counts_block, pcap_records, pcapng_blocks
from tests.packet.live import filled
from tests.packet.live.test_ring import made, ring

if TYPE_CHECKING:
    from netloom.packet.frame import Frame
    from netloom.packet.live.ring import Ring
    from tests.packet.live.lab import Lab

TAG = bytes.fromhex("81000005")
PLAIN = [made(number, size) for number, size in enumerate([60, 61, 62, 63, 64, 1514, 999])]
TRAFFIC = {"plain": PLAIN, "tagged": [*PLAIN, made(9, 80, TAG), *PLAIN]}


def one_by_one(kind: str, frames: list[Frame], number: int) -> bytes:
    if kind == "pcap":
        return b"".join(map(pcap_format.record, frames))
    return b"".join(packet_block(frame, number) for frame in frames)


def same(opened: Ring, kind: str, left: int = 0) -> int:
    """Compare both ways of a ring's blocks; gives how many packets there were."""
    at_once = pcap_records if kind == "pcap" else pcapng_blocks
    count = 0
    while opened.wait(0.1):
        for block, packets in opened.blocks():
            taken = min(packets, left) if left else packets
            composed = at_once(opened, block, taken, 3)
            frames = list(opened.frames(block, taken))
            copy = filled.ring(bytes(block), link_type=opened.link_type, snap=opened.snap, size=opened.size)
            drained = Drained(copy, kind, 3).take(taken)
            assert drained is not None
            assert drained._replace(data=bytes(drained.data)) == composed
            assert composed.data == one_by_one(kind, frames, 3)
            assert composed.packets == taken == len(frames)
            assert composed.octets == sum(len(frame.data) for frame in frames)
            assert (composed.first_ns, composed.last_ns) == (frames[0].timestamp_ns, frames[-1].timestamp_ns)
            count += taken
    return count


@pytest.mark.parametrize("snap", [50, 65_535])
@pytest.mark.parametrize("traffic", sorted(TRAFFIC))
@pytest.mark.parametrize("name", ["vb", "any"])
@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_at_once_as_one_by_one(wire: Lab, kind: str, name: str, traffic: str, snap: int) -> None:
    with ring(wire, "there", name, snap=snap) as far, wire.wires() as out:
        for data in TRAFFIC[traffic]:
            out.send(data)
        assert same(far, kind) >= len(TRAFFIC[traffic])


@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_some_of_a_block(wire: Lab, kind: str) -> None:
    with ring(wire, "there", "vb") as far, wire.wires() as out:
        for data in PLAIN:
            out.send(data)
        assert same(far, kind, 2) >= 2


def test_what_both_directions_are_called(wire: Lab) -> None:
    with ring(wire, "here", "va") as near, wire.wires() as out:
        out.send(made(1))
        assert same(near, "pcapng") >= 1


def test_counts() -> None:
    data = section_block() + interface_block("eth0", 1) + counts_block(0, 1_700_000_000_000_000_000, 1000, 17)
    told = [block for block in parse(data) if isinstance(block, Drops)]
    assert told == [Drops(interface=0, count=17)]
