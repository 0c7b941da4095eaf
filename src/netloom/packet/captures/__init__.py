"""Capture files: pcap and pcapng, read and written, compressed or not, one or many as one."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netloom.packet.captures.blocks import (
        LINKTYPE_RAW,
        SECRETS_TLS_KEY_LOG,
        Block,
        Damaged,
        Drops,
        Interface,
        Names,
        Other,
        Secrets,
        Section,
    )
    from netloom.packet.captures.capture import Capture, Note, Part, open_capture, parse, read
    from netloom.packet.captures.pcap import PcapReader
    from netloom.packet.captures.pcapng import PcapngReader
    from netloom.packet.captures.writer import PcapngWriter, PcapWriter, Writer, create

__all__ = [
    "LINKTYPE_RAW", "SECRETS_TLS_KEY_LOG", "Block", "Capture", "Damaged", "Drops", "Interface", "Names", "Note",
    "Other", "Part", "PcapReader", "PcapWriter", "PcapngReader", "PcapngWriter", "Secrets", "Section", "Writer",
    "create", "open_capture", "parse", "read",
]  # fmt: skip

_PLACES = {
    "capture": ("Capture", "Note", "Part", "open_capture", "parse", "read"),
    "pcap": ("PcapReader",),
    "pcapng": ("PcapngReader",),
    "writer": ("PcapWriter", "PcapngWriter", "Writer", "create"),
}


def __getattr__(name: str) -> Any:
    """Names are imported when they are first used: help, for one, needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = next((place for place, names in _PLACES.items() if name in names), "blocks")
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{place}"), name)
    return found
