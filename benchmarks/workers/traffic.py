"""Makes a capture, and tells how far it is: it needs more memory than whoever measures should have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from benchmarks.traffic import write
from benchmarks.workers import attend, say

OFTEN = 1 << 20
"""Packets between two words about it."""


def work(place: str, packets: int, flows: int, small: bool) -> dict[str, Any]:
    """One capture."""

    def tell(done: int) -> None:
        if not done % OFTEN:
            say({"done": done})

    return dict(msgspec.to_builtins(write(Path(place), packets, flows, small=small, tell=tell)))


attend(work)
