"""Run by test_ring: blocks that lie, in memory that ends where they end, written to memory that ends, too."""

from __future__ import annotations

from random import Random

import numpy as np

from netloom.packet.kernels import ringstate as S
from netloom.packet.kernels.call import Call
from netloom.packet.live import layout
from tests.packet.kernels.guarded import SIZE, Guarded
from tests.packet.live import filled


def spoilt(random: Random, link: int) -> bytes:
    """A block whose numbers may say anything."""
    block = bytearray(filled.octets(filled.some(random, link), cooked=link == 276))
    for _ in range(random.choice([0, 1, 1, 3])):
        begin = random.choice([layout.BLOCK_PACKETS, layout.BLOCK_FIRST, layout.BLOCK_HEADER, layout.BLOCK_HEADER + 12])
        at = begin if random.random() < 0.5 else random.randrange(layout.BLOCK_HEADER, filled.SIZE - 4)
        value = random.choice([0, 1, filled.SIZE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, random.randrange(1 << 32)])
        block[at : at + 4] = value.to_bytes(4, "little")
    return bytes(block)


def main() -> None:
    """How often it was drained, how many packets came of it, and how many blocks weren't as they should be."""
    random = Random(11)
    memory, written = Guarded(), Guarded()
    state = np.zeros(S.WORDS, np.int64)
    call = Call("ring.drain", data=np.zeros(1, np.uint8), out=np.zeros(1, np.uint8), state=state)
    turns = packets = odd = 0
    for number in range(1500):
        link = random.choice(filled.LINKS)
        blocks = b"".join(spoilt(random, link) for _ in range(2))
        room = random.choice([filled.SIZE, filled.SIZE + random.randrange(100), 3 * filled.SIZE])
        assert room <= SIZE
        place = memory.holding if number % 2 else memory.beginning
        call.bind("data", place(blocks))
        call.bind("out", written.holding(bytes(room)))
        state[S.NEXT] = random.randrange(2)
        most, snap = random.choice([1, 5, 1 << 62]), random.choice([1, 60, 65_535])
        call(size=filled.SIZE, link=link, snap=snap, form=number // 2 % 2, number=1, most=most, blocks=1 << 62)
        turns += 1
        packets += int(state[S.COUNT])
        odd += int(state[S.STATUS] == S.ODD)
    print(turns, packets, odd)


if __name__ == "__main__":
    main()
