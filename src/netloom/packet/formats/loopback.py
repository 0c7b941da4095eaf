"""BSD's loopback: a family before each packet, in the byte order of the host that captured, or in the network's."""

from __future__ import annotations

from typing import ClassVar

from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

# The view

FAMILY = 0
HEADER = 4
INET = 2
INET6 = (30, 24, 28, 10)
"""Of Darwin, NetBSD and OpenBSD, FreeBSD, Linux."""
LARGEST = 0xFFFF
"""Families are small: one that is larger has been read in the wrong order."""

_RULE = "draft-ietf-opsawg-pcaplinktype"
_VERSIONS = {INET: 4, **dict.fromkeys(INET6, 6)}
_FAMILIES = {4: INET, 6: INET6[0]}


# The records


class Loopback(Layer, frozen=True, kw_only=True):
    """LINKTYPE_NULL: the family as the capturing host has it, `big` for its upper octet first."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 0),)

    family: int | None = None
    big: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a loopback header", _RULE)
        family = int.from_bytes(data[FAMILY:HEADER], "little")
        big = family > LARGEST
        if big:
            family = int.from_bytes(data[FAMILY:HEADER], "big")
        return Parsed(cls(family=family, big=big), HEADER, None, _above(family))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, family=32)
        return _family(self.family, around).to_bytes(4, "big" if self.big else "little") + payload


class Loop(Layer, frozen=True, kw_only=True):
    """LINKTYPE_LOOP: the family in network order."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 108),)

    family: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a loopback header", _RULE)
        family = int.from_bytes(data[FAMILY:HEADER], "big")
        return Parsed(cls(family=family), HEADER, None, _above(family))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, family=32)
        return _family(self.family, around).to_bytes(4, "big") + payload


def _above(family: int) -> Key | None:
    return ("version", _VERSIONS[family]) if family in _VERSIONS else None


def _family(given: int | None, around: Around) -> int:
    return given if given is not None else _FAMILIES.get(around.number("version", None, 0), 0)
