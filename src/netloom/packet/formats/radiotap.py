"""Radiotap: what a radio tells of a frame of 802.11, before it (radiotap.org)."""

from __future__ import annotations

import struct
from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole

# The view

VERSION = 0
PAD = 1
LENGTH = 2
"""Of the whole header. All numbers have their lower octet first."""
PRESENT = 4
"""Which fields there are: words of 32 bits, each but the last with its uppermost bit set. The fields follow, in the
order of their bits, each at a multiple of its own width."""
HEADER = 8
"""The least that there is."""
MORE = 1 << 31
TIME, FLAGS = 1 << 0, 1 << 1
"""The first two fields: eight octets, and one."""
PADDED, CHECKED = 0x20, 0x10
"""Of the flags: the frame's header is padded to four octets; the frame ends with its check sequence."""
CHECK = 4

_FIXED = struct.Struct("<BBH")
_WORD = struct.Struct("<I")
_RULE = "radiotap.org"


# The record


class Radiotap(Layer, frozen=True, kw_only=True):
    """A header. `fields` are its octets from the word on that says which there are.

    A check sequence at the frame's end, if they say that there is one, is written with the payload.
    """

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 127),)

    fields: bytes = bytes(4)
    version: int = 0
    pad: int = 0
    length: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a radiotap header", _RULE)
        version, pad, length = _FIXED.unpack_from(data)
        if version:
            raise RemoteProtocolError(f"version {version}", rule=_RULE, offset=VERSION)
        if length < HEADER:
            raise RemoteProtocolError(f"a header of {length} octets", rule=_RULE, offset=LENGTH)
        whole(data, length, "a radiotap header", _RULE)
        bits = flags(bytes(data[:length]))
        made = cls(fields=bytes(data[PRESENT:length]), version=version, pad=pad, length=length)
        # What the padding's place is depends on the header behind this one: such frames end here
        return Parsed(made, length, -CHECK if bits & CHECKED else None, None if bits & PADDED else ("link", 105))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, version=8, pad=8, length=16)
        length = PRESENT + len(self.fields) if self.length is None else self.length
        return packed_as(self, _FIXED, self.version, self.pad, length) + self.fields + payload


def flags(header: bytes) -> int:
    """The flags of a header, 0 where it has none. Raises RemoteProtocolError if they would stand outside of it."""
    first = _word(header, PRESENT)
    word, at = first, PRESENT + 4
    while word & MORE:
        word = _word(header, at)
        at += 4
    if not first & FLAGS:
        return 0
    if first & TIME:
        at += -at % 8 + 8
    if at >= len(header):
        raise RemoteProtocolError(f"flags outside of a header of {len(header)} octets", rule=_RULE, offset=at)
    return header[at]


def _word(header: bytes, at: int) -> int:
    if at + 4 > len(header):
        raise RemoteProtocolError("a word of what there is, outside of the header", rule=_RULE, offset=at)
    return int(_WORD.unpack_from(header, at)[0])
