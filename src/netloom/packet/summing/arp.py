"""Neighbours: who says that an address is its own, and how often (RFC 826, RFC 5227)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.row import MAPPED
from netloom.packet.summing.bounded import Held, Members, Sets
from netloom.packet.summing.span import Span

if TYPE_CHECKING:
    from netloom.packet.row import Row

ROOM = 16_384
MEMBERS = 1 << 15
"""Members besides the first of all sets together: room for 32 who ask for a thousand addresses each."""
_BODY = 20
"""Octets of two hardware and two protocol addresses, of Ethernet and IPv4."""


class Claims:
    """Who claimed something, or asked for something: `members`, how often, and when."""

    def __init__(self) -> None:
        self.members: Members[int] = Members()
        self.span = Span()


class Neighbours:
    """`owners`: hardware addresses by the IPv4 address that they claim. `announced`: what each announces unasked.

    `asked`: addresses that each asks for.
    """

    def __init__(self) -> None:
        self._sets = Sets(MEMBERS)
        self.owners: Held[int, Claims] = Held(Claims, _count, ROOM, self._gone)
        self.announced: Held[int, Claims] = Held(Claims, _count, ROOM, self._gone)
        self.asked: Held[int, Claims] = Held(Claims, _members, ROOM, self._gone)

    def hear(self, row: Row, data: bytes) -> None:
        """A packet of ARP. Of others than IPv4's nothing is noted."""
        if row.src_low >> 32 != MAPPED >> 32 or row.payload_at < _BODY:
            return
        sender = int.from_bytes(data[row.payload_at - _BODY : row.payload_at - _BODY + 6], "big")
        address, target = row.src_low & 0xFFFFFFFF, row.dst_low & 0xFFFFFFFF
        if not address:  # a probe (RFC 5227 §2.1.1): nobody has it yet
            return
        self._note(self.owners[address], sender, row.time)
        if address == target:
            self._note(self.announced[sender], address, row.time)
        else:
            self._note(self.asked[sender], target, row.time)

    @property
    def lost(self) -> int:
        """Keys and members that were left out because there were too many."""
        return self.owners.lost + self.announced.lost + self.asked.lost + self._sets.lost

    def _gone(self, claims: Claims) -> None:
        self._sets.leave(claims.members)

    def _note(self, claims: Claims, member: int, time: int) -> None:
        self._sets.join(claims.members, member)
        claims.span.add(time)


def _count(claims: Claims) -> int:
    return claims.span.count


def _members(claims: Claims) -> int:
    return len(claims.members)
