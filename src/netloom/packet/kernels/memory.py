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
    return np.frombuffer(private(8 * size), np.int64)


def private(size: int) -> mmap.mmap:
    """Octets, all 0, in large pages where there are any; their memory is taken when they are first written."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def grown(memory: mmap.mmap, size: int) -> mmap.mmap:
    """The same with more behind it, which nobody looks at meanwhile."""
    try:
        memory.resize(size)
    except SystemError:  # only Linux moves memory
        larger = private(size)
        larger[: len(memory)] = memory[:]
        return larger
    return memory
