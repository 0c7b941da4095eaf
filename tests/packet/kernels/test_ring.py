"""A ring drained by the kernel gives what its plain twin gives, to the octet, and goes as far."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet.kernels.drain import Drained
from netloom.packet.live import layout
from netloom.packet.live.draining import ALL, Plain
from tests.packet.kernels.test_safety import run
from tests.packet.live import filled

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.live.blocks import Blocks
    from netloom.packet.live.compose import Composed
    from netloom.packet.live.draining import Drain

KINDS = ("pcap", "pcapng")


def copied(ring: Blocks) -> Blocks:
    """The same ring in memory of its own."""
    return filled.ring(bytes(ring.memory), link_type=ring.link_type, snap=ring.snap, size=ring.size)


def all_of(drain: Drain, most: int = ALL, blocks: int = ALL) -> tuple[bytes, list[Composed]]:
    found: list[Composed] = []
    written = b""
    left = most
    while left and (composed := drain.take(left, blocks)) is not None:
        found.append(composed)
        written += composed.data
        left -= composed.packets
    drain.close()
    return written, found


def agree(ring: Blocks, kind: str, most: int = ALL, room: int = filled.SIZE) -> int:
    """Compare both ways of the same ring, and what each leaves of it; how many packets there were."""
    other = copied(ring)
    written, by_kernel = all_of(Drained(ring, kind, 7, room), most)
    wanted, by_twin = all_of(Plain(other, kind, 7), most)
    assert written == wanted
    assert sum(one.packets for one in by_kernel) == sum(one.packets for one in by_twin)
    assert sum(one.octets for one in by_kernel) == sum(one.octets for one in by_twin)
    if by_twin:
        assert by_kernel[0].first_ns == by_twin[0].first_ns
        assert by_kernel[-1].last_ns == by_twin[-1].last_ns
    assert ring.next_block == other.next_block
    assert bytes(ring.memory) == bytes(other.memory)
    return sum(one.packets for one in by_twin)


@pytest.mark.parametrize("snap", [1, 13, 22, 61, 65_535])
@pytest.mark.parametrize("link_type", filled.LINKS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_twin_gives(kind: str, link_type: int, snap: int) -> None:
    random = Random(snap)
    for _ in range(20):
        blocks = [
            filled.octets(filled.some(random, link_type), cooked=link_type == 276, ready=random.random() < 0.9)
            for _ in range(5)
        ]
        agree(filled.ring(*blocks, link_type=link_type, snap=snap), kind, room=random.choice([1, 4]) * filled.SIZE)


@pytest.mark.parametrize("kind", KINDS)
def test_up_to_so_many_packets(kind: str) -> None:
    random = Random(3)
    blocks = [filled.octets(filled.some(random, 1)) for _ in range(4)]
    total = agree(filled.ring(*blocks), kind)
    for most in range(1, total + 2):
        assert agree(filled.ring(*blocks), kind, most) == min(most, total)


def test_round_and_round() -> None:
    """What the kernel hands over after the last block stands in the first one again."""
    random = Random(4)
    rings = [filled.ring(*(filled.octets([], ready=False) for _ in range(3))) for _ in range(2)]
    drains: list[Drain] = [Drained(rings[0], "pcapng"), Plain(rings[1], "pcapng")]
    for turn in range(20):
        block = filled.octets(filled.some(random, 1))
        for ring in rings:
            at = turn % 3 * filled.SIZE
            ring.memory[at : at + filled.SIZE] = block
        ours, theirs = (drain.take() for drain in drains)
        assert ours is not None
        assert theirs is not None
        assert ours._replace(data=bytes(ours.data)) == theirs
        assert [drain.take() for drain in drains] == [None, None]
        assert [ring.next_block for ring in rings] == [(turn + 1) % 3] * 2


def test_one_block_at_a_time_where_that_is_asked_for() -> None:
    random = Random(5)
    puts = [filled.some(random, 1) for _ in range(4)]
    ring = filled.ring(*map(filled.octets, puts))
    _, found = all_of(Drained(ring, "pcap", room=8 * filled.SIZE), blocks=1)
    assert [one.packets for one in found] == [len(some) for some in puts]
    ring = filled.ring(*map(filled.octets, puts))
    assert len(all_of(Drained(ring, "pcap", room=8 * filled.SIZE))[1]) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("at", "value"), [(0, 1 << 20), (12, 1 << 20), (12, 0xFFFFFFFF), (24, 0xFFFF)])
def test_a_block_that_contradicts_itself_is_the_twin_s(kind: str, at: int, value: int) -> None:
    """The kernel of the system never hands one over; were it to, no load would leave the block."""
    random = Random(6)
    puts = [filled.some(random, 1) for _ in range(3)]
    blocks = [bytearray(filled.octets(some)) for some in puts]
    size = 2 if at == 24 else 4
    place = layout.BLOCK_HEADER + at
    blocks[1][place : place + size] = value.to_bytes(size, "little")
    ring = filled.ring(*map(bytes, blocks))
    drain = Drained(ring, kind, 0, 8 * filled.SIZE)
    first = drain.take()
    assert first is not None
    assert first.packets == len(puts[0])
    assert ring.next_block == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_packet_that_is_nowhere(kind: str) -> None:
    block = bytearray(filled.octets([filled.Put(b"x", 1)]))
    block[layout.BLOCK_FIRST : layout.BLOCK_FIRST + 4] = (0xFFFFFF00).to_bytes(4, "little")
    ring = filled.ring(bytes(block), filled.octets([]))
    with pytest.raises(Exception, match="unpack_from"):
        Drained(ring, kind).take()


def test_once_closed_it_gives_nothing_and_holds_no_memory() -> None:
    ring = filled.ring(filled.octets([filled.Put(b"x", 1)]))
    drain = Drained(ring, "pcap")
    drain.close()
    assert drain.take() is None
    ring.release()


@pytest.mark.parametrize("checked", [False, True])
def test_no_octet_outside_a_block_or_the_buffer_is_touched(tmp_path: Path, checked: bool) -> None:
    """Over guard pages, and with every index checked by Numba, whatever blocks say of themselves."""
    environment = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)} if checked else {}
    done = run("-m", "tests.packet.kernels.guarded_ring", **environment)
    assert done.returncode == 0, done.stderr[-2000:]
    turns, packets, odd = map(int, done.stdout.split())
    assert turns == 1500
    assert packets > 5000
    assert odd > 200
