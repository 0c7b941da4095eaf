"""Summaries of traffic, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.recognise import Recogniser, patterns
from netloom.packet.reading import Reading
from netloom.packet.summing.summing import Summing
from netloom.registry import protocols, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.summing.record import Finding, Summary

RECOGNISER = Recogniser(patterns(protocols(), resolve))


def plainly(path: Path, wanted: str = "", top: int = 1000) -> Summary:
    """In plain Python."""
    reading = Reading([path], wanted)
    try:
        return [one for part in Summing(reading, recognise=RECOGNISER, top=top).plainly() for one in part][0]
    finally:
        reading.close()


def by_kernels(path: Path, wanted: str = "", top: int = 1000) -> Summary:
    """By kernels."""
    reading = Reading([path], wanted)
    reading.need_kernels(lambda words: None)
    try:
        return [one for part in Summing(reading, recognise=RECOGNISER, top=top).by_kernels() for one in part][0]
    finally:
        reading.close()


def found(summary: Summary, kind: str) -> Finding | None:
    """The first finding of a kind."""
    return next((one for one in summary.findings if one.kind == kind), None)
