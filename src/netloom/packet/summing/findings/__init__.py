"""Findings: what looks wrong, one file a subject. The folder is the registry: each has `find(evidence)`.

A threshold is a constant beside the reason for it. Words are for people; `numbers` are for programs.
"""

from __future__ import annotations

import functools
import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netloom.packet.summing.evidence import Evidence
    from netloom.packet.summing.record import Finding

    Find = Callable[[Evidence], Iterable[Finding]]

BAD, WARNING, NOTE = "bad", "warning", "note"
_ORDER = {BAD: 0, WARNING: 1, NOTE: 2}
MOST = 10
"""Findings of one kind; what is more is rarely read, and the largest come first."""


@functools.cache
def finders() -> tuple[Find, ...]:
    """What every file of the folder finds."""
    names = sorted(item.name for item in os.scandir(__path__[0]) if item.name.endswith(".py"))
    modules = (name.removesuffix(".py") for name in names if not name.startswith("_"))
    return tuple(importlib.import_module(f"{__name__}.{name}").find for name in modules)


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """All that was found, the worst first."""
    found: list[Finding] = []
    for find in finders():
        by: dict[str, int] = {}
        for one in find(evidence):
            by[one.kind] = by.get(one.kind, 0) + 1
            if by[one.kind] <= MOST:
                found.append(one)
    return tuple(sorted(found, key=lambda one: (_ORDER[one.severity], -one.count)))
