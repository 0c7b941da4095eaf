"""Where a frame has what filters look at, by its link type, and behind the tags that a filter named."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from netloom.errors import UsageError
from netloom.packet.filters import names
from netloom.packet.filters.assembler import JGT, Compare, Logic, equal, every, loaded, some, unless

_STP, _ISO, _IPX, _NETBEUI = 0x42, 0xFE, 0xE0, 0xF0
_SNAP = 0xAAAA0300
_LONGEST = 1500
_COOKED_802_2 = 4
_PPP = {names.IP: 0x21, names.IP6: 0x57, 0x6003: 0x27, 0x809B: 0x29, _ISO: 0x23, _STP: 0x31, _IPX: 0x2B}
"""Numbers of PPP (RFC 1661, www.iana.org/assignments/ppp-numbers) for those of Ethernet."""

_FAMILIES = {names.IP: (2,), names.IP6: (10, 24, 28, 30)}
"""Families of addresses: IPv6's is another on Linux, NetBSD and OpenBSD, FreeBSD, and macOS."""


class Field(NamedTuple):
    """A tag's number: where it is, in how many octets, and in which of their bits."""

    at: int
    size: int
    mask: int
    shift: int


class Link(Struct, frozen=True, kw_only=True):
    """How far a filter has come: `head` is where the link's header begins, `type` where it names what it carries,
    `payload` where that begins, and `labels` how many of MPLS stand before IP."""

    name: str
    form: str
    head: int = 0
    type: int = 0
    payload: int
    labels: int = 0
    sender: tuple[int, int] | None = None

    @property
    def network(self) -> int:
        """Where IP's header begins."""
        return self.payload + 4 * self.labels

    @property
    def ethernet(self) -> bool:
        """Whether there are hardware addresses."""
        return self.form == "ethernet"

    def carries(self, number: int) -> Logic | None:
        """Whether the frame carries a protocol, by its EtherType or its SAP; None where that can't be told."""
        if self.labels:
            return self._labelled(number)
        return getattr(self, f"_{self.form}")(number)  # type: ignore[no-any-return]

    def tagged(self, kind: str) -> tuple[Logic, Link, Field] | str:
        """Whether there is a tag, where a filter looks then, and where the tag's number is; or what is wrong."""
        match kind:
            case "vlan":
                if self.labels or not self.ethernet:
                    return "there is no VLAN tag behind MPLS" if self.labels else f"{self.name} has no VLAN tags"
                found = some(*[equal(self.type, 2, number) for number in names.TAGS])
                moved = replace(self, type=self.type + 4, payload=self.payload + 4)
                return found, moved, Field(self.payload, 2, 0x0FFF, 0)
            case "mpls":
                field = Field(self.network, 4, 0xFFFFF000, 12)
                if self.labels:
                    found = equal(self.network - 2, 1, 0, 1)
                elif self.form in ("ethernet", "ppp"):
                    found = equal(self.type, 2, names.MPLS if self.ethernet else 0x0281)
                else:
                    return f"{self.name} has no MPLS"
                return found, replace(self, labels=self.labels + 1), field
        if self.labels:
            return "there is no PPPoE behind MPLS"
        session = self.carries(names.PPPOE)
        at = self.payload + 6
        moved = Link(name="PPP", form="ppp", head=at, type=at, payload=at + 2)
        return session if session is not None else False, moved, Field(self.payload + 2, 2, 0xFFFF, 0)

    # By form

    def _labelled(self, number: int) -> Logic | None:
        nibble = {names.IP: 0x40, names.IP6: 0x60}.get(number)
        if nibble is None:
            return None
        return every(equal(self.network - 2, 1, 1, 1), equal(self.network, 1, nibble, 0xF0))

    def _ethernet(self, number: int) -> Logic:
        if number >= names.LEAST_TYPE and number not in (0x809B, 0x80F3):
            return equal(self.type, 2, number)
        length = unless(Compare(loaded(self.type, 2), JGT, _LONGEST))
        return self._with_802_2(number, length)

    def _with_802_2(self, number: int, present: Logic) -> Logic:
        """In a frame with an 802.2 header, for which there is a condition, or in SNAP on it."""
        at = self.payload
        match number:
            case 0xFE | 0xF0:
                return every(present, equal(at, 2, number << 8 | number))
            case 0xE0:
                snap = every(equal(at + 4, 4, 0x8137), equal(at, 4, _SNAP))
                plain = some(snap, equal(at, 1, _IPX), equal(at, 2, 0xFFFF))
                return some(equal(self.type, 2, 0x8137), every(present, plain))
            case 0x809B | 0x80F3:
                organization = 0x080007 if number == 0x809B else 0
                snap = every(
                    equal(at + 4, 4, (organization & 0xFFFF) << 16 | number), equal(at, 4, _SNAP | organization >> 16)
                )
                return some(equal(self.type, 2, number), every(present, snap))
        return every(present, equal(at, 1, number))

    def _sll(self, number: int) -> Logic:
        if number >= names.LEAST_TYPE and number not in (0x809B, 0x80F3):
            return equal(self.type, 2, number)
        present = equal(self.type, 2, _COOKED_802_2)
        found = self._with_802_2(number, present)
        return some(equal(self.type, 2, 1), found) if number == _IPX else found

    def _sll2(self, number: int) -> Logic:
        return equal(self.type, 2, number)

    def _ppp(self, number: int) -> Logic:
        return equal(self.type, 2, _PPP.get(number, number))

    def _raw(self, number: int) -> Logic:
        nibble = {names.IP: 0x40, names.IP6: 0x60}.get(number)
        return nibble is not None and equal(self.payload, 1, nibble, 0xF0)

    def _four(self, number: int) -> Logic:
        return number == names.IP

    def _six(self, number: int) -> Logic:
        return number == names.IP6

    def _loop(self, number: int) -> Logic:
        return some(*[equal(0, 4, family) for family in _FAMILIES.get(number, ())])

    def _null(self, number: int) -> Logic:
        """In the order of the machine that captured, which may be another one."""
        families = _FAMILIES.get(number, ())
        return some(*[equal(0, 4, one) for family in families for one in (family, family << 24)])


LINKS = {
    0: Link(name="BSD loopback", form="null", payload=4),
    1: Link(name="Ethernet", form="ethernet", type=12, payload=14),
    12: Link(name="raw IP", form="raw", payload=0),
    14: Link(name="raw IP", form="raw", payload=0),
    101: Link(name="raw IP", form="raw", payload=0),
    108: Link(name="OpenBSD loopback", form="loop", payload=4),
    113: Link(name="a cooked capture", form="sll", type=14, payload=16, sender=(0, 2)),
    228: Link(name="raw IPv4", form="four", payload=0),
    229: Link(name="raw IPv6", form="six", payload=0),
    276: Link(name="a cooked capture", form="sll2", type=0, payload=20, sender=(10, 1)),
}
"""By link type."""


def link(number: int) -> Link:
    """Where filters begin. Raises UsageError for a link type that there are no programs for."""
    if number not in LINKS:
        raise UsageError(
            f"there are no filter programs for link type {number}",
            hint=f"there are for {', '.join(map(str, LINKS))}; what was read can be filtered whatever carries it",
        )
    return LINKS[number]
