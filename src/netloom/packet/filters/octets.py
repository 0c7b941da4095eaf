"""A frame's octets as filters ask for them, by the headers that were found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.frame import INBOUND, OUTBOUND

if TYPE_CHECKING:
    from netloom.packet.dissect import Dissected
    from netloom.packet.frame import Frame

_LAYERS = {
    "ether": "Ethernet", "ip": "IPv4", "ip6": "IPv6", "arp": "ARP", "rarp": "ARP", "tcp": "TCP", "udp": "UDP",
    "sctp": "SCTP", "icmp": "ICMP", "icmp6": "ICMPv6", "llc": "LLC", "mpls": "MPLS", "pppoes": "PPPoE",
}  # fmt: skip
"""What the layers are called whose octets are meant."""
_NEVER_BEHIND = ("llc", "mpls", "pppoes")
"""Those that aren't there unless their layer was found."""
_OUTGOING = 4
_KINDS = {113: slice(0, 2), 276: slice(10, 11)}
"""Where cooked captures of Linux tell who sent a packet."""


class FrameView:
    """A view of one frame (`matches.View`)."""

    def __init__(self, frame: Frame, dissected: Dissected) -> None:
        self._frame = frame
        self._dissected = dissected

    @property
    def direction(self) -> int:
        """As the capture has it, or as a cooked header says."""
        kind = _KINDS.get(self._frame.link_type)
        if self._frame.direction or kind is None or len(self._frame.data) < kind.stop:
            return self._frame.direction
        return OUTBOUND if int.from_bytes(self._frame.data[kind], "big") == _OUTGOING else INBOUND

    def octet(self, base: str, offset: int, size: int) -> tuple[int, bool]:
        """Octets from where the innermost such header begins, and whether they were captured."""
        begin = self._begin(base)
        if begin is None:
            return 0, False
        found = self._frame.data[begin + offset : begin + offset + size]
        return int.from_bytes(found, "big"), len(found) == size

    def _begin(self, base: str) -> int | None:
        wanted = _LAYERS.get(base)
        for layer, at in zip(reversed(self._dissected.packet.layers), reversed(self._dissected.offsets), strict=True):
            if type(layer).__name__ == wanted:
                return at
        if base in _NEVER_BEHIND:
            return None
        return 0 if base == "ether" else self._dissected.row.payload_at
