"""Run by test_safety: octets that end where memory ends; a load behind them would be the end of this process."""

from __future__ import annotations

import ctypes
import mmap
import sys
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.flows.declared import recogniser
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.batches import Batch
from netloom.packet.kernels.call import Array, Call
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.kernels.layout import CLOCK
from netloom.packet.kernels.rows import BATCH, ROW
from tests.packet import generated
from tests.packet.kernels.test_flows import traffic
from tests.packet.kernels.test_walk import pcap, section

if TYPE_CHECKING:
    from netloom.packet.frame import Frame

SIZE = 1 << 20
PAGE = mmap.PAGESIZE
NOTHING = 0
"""PROT_NONE: neither to be read nor to be written."""


class Guarded:
    """Memory before which and behind which there is none."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, SIZE + 2 * PAGE)
        self._all = np.frombuffer(self._memory, np.uint8)
        base = self._all.ctypes.data
        library = ctypes.CDLL(None, use_errno=True)
        for place in (base, base + PAGE + SIZE):
            if library.mprotect(ctypes.c_void_p(place), ctypes.c_size_t(PAGE), NOTHING):
                raise OSError(ctypes.get_errno(), "mprotect")

    def holding(self, octets: bytes) -> Array:
        """An array of octets which ends where memory ends."""
        array = self._all[PAGE + SIZE - len(octets) : PAGE + SIZE]
        array[:] = np.frombuffer(octets, np.uint8)
        return array

    def beginning(self, octets: bytes) -> Array:
        """An array of octets which begins where memory begins."""
        array = self._all[PAGE : PAGE + len(octets)]
        array[:] = np.frombuffer(octets, np.uint8)
        return array


def dissected(guarded: Guarded, frames: list[Frame]) -> int:
    """Every frame where memory ends, and where it begins."""
    rows = np.zeros(ROW, np.int64)
    call = Call("dissect.dissect", data=np.zeros(1, np.uint8), rows=rows)
    table = FlowTable(recognise=recogniser())
    for frame in frames:
        for place in (guarded.holding, guarded.beginning):
            data = place(frame.data)
            rows[:] = 0
            rows[R.LINK], rows[R.CAPTURED], rows[R.LENGTH] = frame.link_type, len(frame.data), frame.length
            call.bind("data", data)
            call(n=1)
            table.add(Batch(1, data, rows))
    list(table.finish())
    return 2 * len(frames)


def walked(guarded: Guarded, captures: list[bytes]) -> int:
    """Captures that are cut at each octet, all where memory ends."""
    rows = np.zeros(BATCH * ROW, np.int64)
    state = np.zeros(3, np.int64)
    clocks = np.zeros(64 * CLOCK, np.int64)
    old = Call("walk.pcap", data=np.zeros(1, np.uint8), rows=rows, state=state)
    new = Call("walk.pcapng", data=np.zeros(1, np.uint8), rows=rows, state=state, clocks=clocks)
    count = 0
    for octets in captures:
        for end in range(len(octets)):
            data = guarded.holding(octets[:end])
            for at in (0, 24):
                if at > end:
                    continue
                for call, more in ((old, {"nanoseconds": 1, "head": 16, "link": 1}), (new, {"interfaces": 64})):
                    call.bind("data", data)
                    call(at=at, end=end, swapped=1, limit=1 << 24, **more)
                    count += 1
    return count


def main() -> None:
    """What was done, in numbers: without them the test would not know that anything was."""
    guarded = Guarded()
    random = Random(7)
    frames = [frame for link in generated.LINKS for frame in generated.frames(random, 600, link)]
    frames += traffic(random, 2000)
    captures = [pcap(random, 20), section(random, 40, "<"), random.randbytes(500), b"\6\0\0\0" * 99]
    if sys.argv[1:] == ["out of bounds"]:
        data = guarded.holding(b"x")
        ctypes.string_at(data.ctypes.data, 2)
    print(dissected(guarded, frames), walked(guarded, captures))


if __name__ == "__main__":
    main()
