"""Walk: a frame's octets while they are changed, header by header, and what has been changed so far.

A header's function is given where it begins (`at`) and where what is below it ends (`end` of the octets that were
captured, `said` of those that passed), as `dissect` has them. It gives back by how much the sum of its 16-bit words
grows, counted from where it begins, its checksums mended: by so much a checksum further below has to be mended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netloom.packet.dissect import DEPTH
from netloom.packet.rewriting.sums import difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.packet.rewriting.changes import Tags

MEMORY = 1 << 16
"""Addresses of a kind whose change is remembered."""
Header = Callable[["Walk", int, int, int], int]
Table = dict[int, Header]


class Memo(dict[bytes, tuple[bytes, int]]):
    """What becomes of addresses, and by how much their words' sum grows."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._change = change

    def __missing__(self, address: bytes) -> tuple[bytes, int]:
        if len(self) >= MEMORY:
            self.clear()
        new = self._change(address)
        found = self[address] = new, difference(address, new)
        return found


class Walk:
    """One frame after the other: `data` are its octets, `at` is where the last known header ended.

    `source` and `target` tell by how much the sums of the nearest IP's addresses grow, `claimed` where it says that its
    packet ends (None: that isn't told, or it is in fragments). `quoted`: what is read now is in an error's quotation.
    """

    __slots__ = (
        "at", "claimed", "data", "four", "hardware", "left", "ports", "quoted", "six", "source", "tables", "tags",
        "target", "ttl",
    )  # fmt: skip

    def __init__(
        self,
        address: Callable[[bytes, int], bytes],
        hardware: Callable[[bytes], bytes],
        ports: Mapping[int, int],
        tags: Tags,
        ttl: int | None,
    ) -> None:
        self.data = bytearray()
        self.at = self.left = self.source = self.target = 0
        self.claimed: int | None = None
        self.quoted = False
        self.four = Memo(lambda octets: address(octets, 4))
        self.six = Memo(lambda octets: address(octets, 16))
        self.hardware = Memo(hardware)
        self.ports = ports
        self.tags = tags
        self.ttl = ttl
        self.tables: dict[str, Table] = {}

    def begin(self, data: bytearray) -> None:
        """Take the next frame."""
        self.data = data
        self.at = self.source = self.target = 0
        self.left = DEPTH
        self.claimed = None
        self.quoted = False

    def go(self, table: str, number: int, at: int, end: int, said: int) -> int:
        """Go on with the header that a number names, if it is known, and there aren't too many already."""
        header = self.tables[table].get(number)
        if header is None or not self.left:
            return 0
        self.left -= 1
        return header(self, at, end, said)

    def four_at(self, at: int, end: int) -> int:
        """Change an IPv4 address, or what was captured of it."""
        return self._address_at(self.four, 4, at, end)

    def six_at(self, at: int, end: int) -> int:
        """Change an IPv6 address, or what was captured of it."""
        return self._address_at(self.six, 16, at, end)

    def _address_at(self, memo: Memo, size: int, at: int, end: int) -> int:
        old = bytes(self.data[at : min(at + size, end)])
        new, change = memo[old]
        self.data[at : at + len(old)] = new
        return change

    def hardware_at(self, at: int, end: int, size: int = 6) -> int:
        """Change a hardware address, or what was captured of it."""
        old = bytes(self.data[at : min(at + size, end)])
        new, change = self.hardware[old]
        self.data[at : at + len(old)] = new
        return change
