"""One frame as a capture holds it: octets, when they passed, and what they begin with."""

from __future__ import annotations

from msgspec import Struct

INBOUND, OUTBOUND = 1, 2
"""Directions as whoever captured saw them; 0 is unknown."""


class Frame(Struct, frozen=True):
    """What passed: `data` is what was kept of `length` octets, `timestamp_ns` counts from 1970 (None: untold).

    `link_type` tells what `data` starts with, by the registry of link-layer header types
    (draft-ietf-opsawg-pcaplinktype). `interface` counts from 0 within its section of the capture.
    """

    data: bytes
    timestamp_ns: int | None
    link_type: int
    length: int
    interface: int = 0
    direction: int = 0
    comment: str = ""
