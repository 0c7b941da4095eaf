"""Sends a known capture again and again onto a wire, so many packets, at a rate or as fast as it goes."""

from __future__ import annotations

import sys
import time
from functools import cache
from typing import Any

from benchmarks.wire import NEAR, enter
from benchmarks.workers import attend
from netloom.packet.captures import open_capture
from netloom.packet.live.pace import Pace
from netloom.packet.live.sender import BATCH, FrameSender

enter(int(sys.argv[1]))
SENDER = FrameSender(NEAR)


@cache
def bursts(path: str) -> tuple[bytes, ...]:
    """What is sent at once: all of the capture, which has as many packets as that."""
    with open_capture(path, strict=True) as capture:
        frames = tuple(frame.data for frame in capture.frames())
    if len(frames) != BATCH:
        raise AssertionError(f"a capture of {len(frames)} packets")
    return frames


def work(path: str, count: int, rate: float) -> dict[str, Any]:
    """So many packets at so many a second (0: at once), a burst at a time; what it took."""
    burst, pace = bursts(path), Pace()
    refused = 0
    began = time.perf_counter()
    for number in range(count // BATCH):
        if rate:
            pace.wait(int(number * BATCH * 1_000_000_000 / rate))
        refused += len(SENDER.send_all(burst))
    return {"sent": count // BATCH * BATCH - refused, "wall": time.perf_counter() - began}


attend(work)
