"""Keys: what a packet is known by in another capture, though routers, tags and tunnels have changed it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.packet.dissect import Dissected
    from netloom.packet.frame import Frame

Key = tuple[object, ...]

IGNORABLE = {
    "address": frozenset({"src", "dst", "spa", "tpa"}),
    "checksum": frozenset({"checksum"}),
    "dscp": frozenset({"dscp", "ecn", "traffic_class"}),
    "id": frozenset({"identification"}),
    "link": frozenset[str](),
    "mac": frozenset({"src", "dst", "sha", "tha", "addr1", "addr2", "addr3", "addr4"}),
    "payload": frozenset[str](),
    "port": frozenset({"sport", "dport"}),
    "seq": frozenset({"seq", "ack"}),
    "time": frozenset[str](),
    "ttl": frozenset({"ttl", "hop_limit"}),
    "vlan": frozenset[str](),
}
"""What may differ, and the fields that say it."""
LINKS = frozenset({
    "Ethernet", "VLAN", "LLC", "SNAP", "SLL", "SLL2", "Loopback", "Loop", "Radiotap", "Dot11", "PPP", "PPPoE", "MPLS",
})  # fmt: skip
"""Headers that change from link to link."""
HEAD = 20
"""Octets of a payload that a packet is known by: as many as short captures have, too."""
_TCP = 6


class Known(NamedTuple):
    """What a packet is known by: `exact` where its content is as it was, `loose` where that was changed, if it can be.

    `digest` is its whole payload's, if all of that was captured.
    """

    exact: Key
    loose: Key | None
    digest: bytes | None


def ignoring(texts: Iterable[str]) -> frozenset[str]:
    """Words, also several with commas between them. Raises UsageError."""
    from netloom.endpoint import suggest

    found = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    for word in found:
        if word not in IGNORABLE:
            raise UsageError(
                f"{word!r} can't be ignored", hint=suggest(word, IGNORABLE) or f"one of {', '.join(IGNORABLE)}"
            )
    return frozenset(found)


def known(frame: Frame, read: Dissected, ignored: frozenset[str]) -> Known:
    """What a packet is known by."""
    row = read.row
    payload = frame.data[row.payload_at : row.payload_at + row.payload]
    if not row.version:
        return Known(("other", digest(frame.data[_above_links(read) : row.payload_at + row.payload])), None, None)
    way: Key = (row.version, row.protocol, row.fragment)
    if "address" not in ignored:
        way += (row.src_high, row.src_low, row.dst_high, row.dst_low)
    if "port" not in ignored:
        way += (row.src_port, row.dst_port)
    if "id" not in ignored:
        way += (row.identification,)
    if "seq" not in ignored:
        way += (row.seq, row.ack)
    way += (row.flags, row.icmp_type, row.icmp_code)
    numbered = ("id" not in ignored and row.identification) or (row.protocol == _TCP and "seq" not in ignored)
    whole = row.payload == row.payload_length
    if "payload" in ignored:
        return Known((*way, row.payload_length), way if numbered else None, None)
    exact = (*way, row.payload_length, payload[:HEAD])
    return Known(exact, way if numbered else None, digest(payload) if whole else None)


def digest(data: bytes) -> bytes:
    """What stands for octets."""
    return hashlib.blake2b(data, digest_size=12).digest()


def _above_links(read: Dissected) -> int:
    """Where a frame's first header begins that no link has made."""
    for layer, at in zip(read.packet.layers, read.offsets, strict=True):
        if type(layer).__name__ not in LINKS:
            return at
    return read.row.payload_at


class Flow(NamedTuple):
    """Two ends of a protocol, in a fixed order."""

    protocol: int
    one: tuple[int, int, int]
    other: tuple[int, int, int]


def flow(read: Dissected) -> tuple[Flow, bool] | None:
    """Which flow a packet is of, and whether it goes from its `one` to its `other` end; None for what isn't IP."""
    row = read.row
    if not row.version:
        return None
    source, target = (row.src_high, row.src_low, row.src_port), (row.dst_high, row.dst_low, row.dst_port)
    forward = source <= target
    return Flow(row.protocol, *((source, target) if forward else (target, source))), forward
