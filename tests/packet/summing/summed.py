"""Summaries of traffic, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import netloom
from netloom.packet.flows.declared import recogniser
from netloom.packet.reading import Reading
from netloom.packet.summing.record import Summary
from netloom.packet.summing.summing import Summing

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.summing.record import Finding

RECOGNISER = recogniser()


def plainly(path: Path, wanted: str = "", top: int = 1000) -> Summary:
    """In plain Python."""
    reading = Reading([path], wanted)
    try:
        return next(one for part in Summing(reading, recognise=RECOGNISER, top=top).plainly() for one in part)
    finally:
        reading.close()


def by_kernels(path: Path, wanted: str = "", top: int = 1000) -> Summary:
    """By kernels."""
    reading = Reading([path], wanted)
    reading.need_kernels(lambda words: None)
    try:
        return next(one for part in Summing(reading, recognise=RECOGNISER, top=top).by_kernels() for one in part)
    finally:
        reading.close()


def summed(*paths: Path, **options: Any) -> Summary:
    """As the operation gives it."""
    record = netloom.summary([str(path) for path in paths], **options).one()
    assert isinstance(record, Summary)
    return record


def found(summary: Summary, kind: str) -> Finding | None:
    """The first finding of a kind."""
    return next((one for one in summary.findings if one.kind == kind), None)
