"""Opens many connections, says a little on each, and then a byte a second: `sluggard`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from benchmarks.workers import attend

PIECE = 1.0
"""Seconds between two bytes."""


def work(port: int, count: int, first: str, drip: str, seconds: float) -> dict[str, Any]:
    """For so many seconds. `first` and `drip` are bytes in hex; tells how many connections stood at the end."""
    return {"held": asyncio.run(_drip(port, count, bytes.fromhex(first), bytes.fromhex(drip), seconds))}


async def _drip(port: int, count: int, first: bytes, drip: bytes, seconds: float) -> int:
    ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    for _, writer in ends:
        writer.write(first)
    until = asyncio.get_running_loop().time() + seconds
    said = 0
    while asyncio.get_running_loop().time() < until:
        await asyncio.sleep(PIECE)
        for _, writer in ends:
            if not writer.is_closing():
                writer.write(drip[said % len(drip) : said % len(drip) + 1])
        said += 1
    held = sum(not writer.is_closing() and not reader.at_eof() for reader, writer in ends)
    for _, writer in ends:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return held


attend(work)
