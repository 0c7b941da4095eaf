"""Fuzz: a packet whose fields are random where nothing was said, and whose headers can still be read."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from msgspec.structs import fields, replace

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.layer import Around, Packet

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from netloom.packet.layer import Layer

KEPT = frozenset({"dst", "fragment", "more_fragments"})
"""Fields that stay as they are: packets that are sent shouldn't go to strangers, and a fragment hides what is above."""

_ABOVE = bytes([0x45]) + bytes(19)
"""What stands above while a header is tried: some tell by its first octet what it is."""


def fuzz(packet: Packet, seed: int, given: Sequence[Collection[str]] = ()) -> Packet:
    """The packet with random values in every field that has its default; the same seed gives the same.

    What is `given`, by the layers' order, stays even so. Lengths, checksums and numbers of what stands above are still
    filled in, and what is `KEPT` stays.
    """
    source = random.Random(seed)  # noqa: S311 - it is to be the same again
    names = [*given, *[()] * len(packet.layers)]
    return Packet(tuple(_fuzzed(layer, KEPT.union(names[at]), source) for at, layer in enumerate(packet)))


def _fuzzed(layer: Layer, kept: Collection[str], source: random.Random) -> Layer:
    free = [
        field.name
        for field in fields(layer)
        if field.default is not None and getattr(layer, field.name) == field.default and field.name not in kept
    ]
    other = _other(layer, source) if free else None
    return layer if other is None else replace(layer, **{name: getattr(other, name) for name in free})


def _other(layer: Layer, source: random.Random) -> Layer | None:
    """A layer of the same kind and length with random bits wherever it can still be read."""
    kind = type(layer)
    try:
        header = bytearray(layer.emit(_ABOVE, Around((IPv4(),), None))[: -len(_ABOVE)])
    except UsageError:
        return None  # it makes no sense by itself
    found = _read(kind, bytes(header))
    if found is None:
        return None  # it is told to be wrong
    length = len(header)
    for bit in range(8 * length):
        if source.getrandbits(1):
            flip = 1 << bit % 8
            header[bit // 8] ^= flip
            changed = _read(kind, bytes(header))
            if changed is None:
                header[bit // 8] ^= flip
            else:
                found = changed
    return found


def _read(kind: type[Layer], header: bytes) -> Layer | None:
    """A header as a layer, if it is one to its last octet."""
    try:
        found = kind.parse(header + _ABOVE)
    except RemoteProtocolError:
        return None
    return found.layer if found.header == len(header) else None
