"""Memory that kernels work in: aligned with the processor's cache lines, and taken when it is first needed."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from netloom.packet.kernels.call import Array

LINE = 64
"""Octets of a cache line."""


def aligned(size: int, kind: Any = np.int64) -> Array:
    """An array of zeros that begins with a cache line: what is used together is then in as few as can be."""
    octets = size * np.dtype(kind).itemsize
    memory = np.zeros(octets + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + octets].view(kind)


def reserved(size: int) -> Array:
    """Integers, all 0, whose memory is taken when they are first written."""
    octets = mmap.mmap(-1, 8 * size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        octets.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(octets, np.int64)
