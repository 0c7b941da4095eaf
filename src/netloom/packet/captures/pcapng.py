"""pcapng: a reader of blocks, of any section's byte order (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netloom.packet.captures.blocks import (
    BLOCK_LIMIT,
    INTERFACES_LIMIT,
    Damaged,
    Drops,
    Interface,
    Names,
    Other,
    Secrets,
    Section,
    Told,
)
from netloom.packet.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.captures.blocks import Block
    from netloom.packet.captures.source import Source

Octets = bytes | bytearray | memoryview

SECTION, INTERFACE, OLD, SIMPLE, NAMES, STATISTICS, ENHANCED, SECRETS = 0x0A0D0D0A, 1, 2, 3, 4, 5, 6, 10
"""Types of blocks."""
MAGIC = 0x1A2B3C4D
"""By it a section tells its byte order."""
COMMENT = 1
"""The option that any block may have."""
SHB_USERAPPL, IF_NAME, IF_TSRESOL, IF_FCSLEN, IF_TSOFFSET, EPB_FLAGS = 4, 2, 9, 13, 14, 2
_ISB_IFDROP, _ISB_OSDROP = 5, 7
_START = b"\x0a\x0d\x0d\x0a"
_RULE = "draft-ietf-opsawg-pcapng"


class PcapngReader:
    """Reads pcapng from wherever its octets are. `interfaces` and `order` are those of the section that it is in.

    `source` is whom the octets come from, all up to each `end`; by it errors tell the place in the file. What blocks
    tell about the capture as a whole is gathered in `told`.
    """

    kind = "pcapng"
    limit = BLOCK_LIMIT

    def __init__(self, name: str = "the capture", source: Source | None = None, told: Told | None = None) -> None:
        self.name = name
        self.order = "<"
        self.interfaces: list[Interface] = []
        self._told = told or Told()
        self._source = source
        self._set_order("<")

    def _set_order(self, order: str) -> None:
        self.order = order
        self._head = struct.Struct(order + "II").unpack_from
        self._packet = struct.Struct(order + "IIIII").unpack_from
        self._length = struct.Struct(order + "I").unpack_from

    def block(self, data: Octets, at: int, end: int) -> tuple[Block, int] | None:
        """The block at `at`, and where the next one begins; None where more octets are needed. Raises Damaged."""
        if end - at < 12:
            return None
        if data[at : at + 4] == _START:
            self._begin(data, at, end)
        kind, size = self._head(data, at)
        if size < 12 or size % 4 or size > BLOCK_LIMIT:
            raise self._damaged(f"a block of {size} octets", at, end)
        after = at + size
        if after > end:
            return None
        if self._length(data, after - 4)[0] != size:
            raise self._damaged("a block's two lengths differ", after - 4, end)
        if kind == ENHANCED:
            return self._enhanced(data, at, after, end), after
        try:
            block = _READERS.get(kind, _other)(bytes(data[at + 8 : after - 4]), self)
        except (struct.error, IndexError, ValueError):
            raise self._damaged(f"a block of type {kind} is not what it should be", at, end) from None
        if type(block) is Other:
            return Other(kind, block.body), after
        self._told.hear(block)
        return block, after

    def _begin(self, data: Octets, at: int, end: int) -> None:
        """A section: its byte order holds for its own header too."""
        for order in "<>":
            if data[at + 8 : at + 12] == struct.pack(order + "I", MAGIC):
                self._set_order(order)
                return
        raise self._damaged("a section without a byte order", at, end)

    def _enhanced(self, data: Octets, at: int, after: int, end: int) -> Frame:
        if after - at < 32:
            raise self._damaged(f"a packet in a block of {after - at} octets", at, end)
        number, high, low, captured, length = self._packet(data, at + 8)
        if number >= len(self.interfaces):
            raise self._damaged(f"a packet of interface {number}, of which nothing is told", at, end)
        start = at + 28
        stop = start + captured
        if stop > after - 4:
            raise self._damaged(f"a packet of {captured} octets in a block of {after - at}", at, end)
        interface = self.interfaces[number]
        time = interface.nanoseconds(high << 32 | low)
        rest = stop + -captured % 4
        if rest >= after - 4:
            return Frame(bytes(data[start:stop]), time, interface.link_type, length, number)
        direction, comment = self._about(bytes(data[rest : after - 4]))
        return Frame(bytes(data[start:stop]), time, interface.link_type, length, number, direction, comment)

    def _about(self, options: bytes) -> tuple[int, str]:
        """A packet's direction and comments. It counts also where its options are damaged: as far as they are whole."""
        found = read_options(options, 0, self.order, strict=False)
        flags = found.get(EPB_FLAGS, [b""])[0]
        direction = self._length(flags)[0] & 3 if len(flags) == 4 else 0
        return direction % 3, "\n".join(map(text, found.get(COMMENT, ())))

    def _damaged(self, what: str, place: int, end: int) -> Damaged:
        passed = end if self._source is None else self._source.given
        return Damaged(self.name, what, passed - (end - place), rule=_RULE)

    # The blocks that come seldom. Each takes a block's body, and raises ValueError where that is wrong

    def section(self, body: bytes) -> Block:
        """§4.1"""
        if len(body) < 16 or struct.unpack_from(self.order + "H", body, 4)[0] != 1:
            raise ValueError
        options = read_options(body, 16, self.order)
        self.interfaces = []
        return Section(first_text(options, SHB_USERAPPL), first_text(options, COMMENT))

    def interface(self, body: bytes) -> Block:
        """§4.2"""
        if len(self.interfaces) == INTERFACES_LIMIT:
            raise ValueError
        link_type, _, snap = struct.unpack_from(self.order + "HHI", body)
        options = read_options(body, 8, self.order)
        resolution = options.get(IF_TSRESOL, [b"\x06"])[0][0]
        ticks = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        offset = struct.unpack(self.order + "q", options[IF_TSOFFSET][0])[0] if IF_TSOFFSET in options else 0
        fcs = options.get(IF_FCSLEN, [b"\0"])[0][0]
        made = Interface(link_type, first_text(options, IF_NAME), ticks, offset, snap, fcs)
        self.interfaces.append(made)
        return made

    def simple(self, body: bytes) -> Block:
        """§4.4: what was captured isn't told; as much as the interface keeps."""
        interface = self.interfaces[0]
        length = self._length(body)[0]
        captured = min(length, interface.snap) if interface.snap else length
        if captured > len(body) - 4:
            raise ValueError
        return Frame(body[4 : 4 + captured], None, interface.link_type, length)

    def old(self, body: bytes) -> Block:
        """Appendix A: the packet block of earlier drafts."""
        number, _, high, low, captured, length = struct.unpack_from(self.order + "HHIIII", body)
        interface = self.interfaces[number]
        if captured > len(body) - 20:
            raise ValueError
        direction, comment = self._about(body[20 + captured + -captured % 4 :])
        data, time = body[20 : 20 + captured], interface.nanoseconds(high << 32 | low)
        return Frame(data, time, interface.link_type, length, number, direction, comment)

    def secrets(self, body: bytes) -> Block:
        """§4.7"""
        kind, length = struct.unpack_from(self.order + "II", body)
        if length > len(body) - 8:
            raise ValueError
        return Secrets(kind, body[8 : 8 + length])

    def names(self, body: bytes) -> Block:
        """§4.5"""
        names: dict[str, str] = {}
        for kind, values in read_options(body, 0, self.order).items():
            size = {1: 4, 2: 16}.get(kind, 0)
            for value in values if size else ():
                if len(value) < size:
                    raise ValueError
                names.setdefault(str(ip_address(value[:size])), text(value[size:].split(b"\0")[0]))
        return Names(names)

    def statistics(self, body: bytes) -> Block:
        """§4.6"""
        number = self._length(body)[0]
        if number >= len(self.interfaces) or len(body) < 12:
            raise ValueError
        options = read_options(body, 12, self.order)
        counts = [options[code][0] for code in (_ISB_IFDROP, _ISB_OSDROP) if code in options]
        return Drops(number, sum(struct.unpack(self.order + "Q", count)[0] for count in counts))


def read_options(body: bytes, start: int, order: str, *, strict: bool = True) -> dict[int, list[bytes]]:
    """The options by their codes (§3.5). Raises ValueError for one that is cut; if not `strict`, they end there."""
    options: dict[int, list[bytes]] = {}
    unpack = struct.Struct(order + "HH").unpack_from
    while start < len(body):
        whole = len(body) - start >= 4
        code, length = unpack(body, start) if whole else (0, 0)
        if whole and code == 0:
            break
        start += 4
        if not whole or start + length > len(body):
            if strict:
                raise ValueError
            break
        options.setdefault(code, []).append(body[start : start + length])
        start += length + -length % 4
    return options


def text(value: bytes) -> str:
    """A text of the file, whatever its octets are."""
    return value.decode("utf-8", "backslashreplace")


def first_text(options: dict[int, list[bytes]], code: int) -> str:
    """An option that is a text; empty where it isn't there."""
    return text(options[code][0]) if code in options else ""


def _other(body: bytes, _: PcapngReader) -> Block:
    return Other(0, body)


_READERS: dict[int, Callable[[bytes, PcapngReader], Block]] = {
    SECTION: lambda body, reader: reader.section(body),
    INTERFACE: lambda body, reader: reader.interface(body),
    OLD: lambda body, reader: reader.old(body),
    SIMPLE: lambda body, reader: reader.simple(body),
    NAMES: lambda body, reader: reader.names(body),
    STATISTICS: lambda body, reader: reader.statistics(body),
    SECRETS: lambda body, reader: reader.secrets(body),
}
