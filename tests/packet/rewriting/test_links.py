"""Links: hardware addresses wherever they stand. Headers that are found are as in dissecting: test_rewriter.py."""

from __future__ import annotations

import pytest

from netloom.packet import SLL, SLL2, UDP, Dot11, Ethernet, IPv4, Packet
from netloom.packet.rewriting.changes import tags
from netloom.packet.rewriting.rewriter import Changes
from tests.packet.rewriting.stacks import HARDWARE, THERE, rewritten

ONE, OTHER = (side for side in HARDWARE[0].split("="))
LINKS = {
    "cooked": (113, lambda mac: SLL(src=mac) / IPv4() / UDP() / b""),
    "cooked2": (276, lambda mac: SLL2(src=mac) / IPv4() / UDP() / b""),
    "control": (105, lambda mac: Packet((Dot11(type=1, subtype=13, addr1=mac),))),
    "two": (105, lambda mac: Packet((Dot11(type=1, subtype=11, addr1=mac, addr2=mac),))),
    "management": (105, lambda mac: Dot11(type=0, addr1=mac, addr2=mac, addr3=mac) / b"x"),
    "between": (
        105,
        lambda mac: Dot11(addr1=mac, addr2=mac, addr3=mac, addr4=mac, to_ds=True, from_ds=True, subtype=4) / b"x",
    ),
    "ethernet": (1, lambda mac: Ethernet(src=mac, dst=mac) / b"" / b""),
}


@pytest.mark.parametrize("name", LINKS)
def test_hardware_addresses(name: str) -> None:
    link, make = LINKS[name]
    assert rewritten(bytes(make(ONE)), THERE, link) == bytes(make(OTHER))  # type: ignore[no-untyped-call]


def test_what_is_whole_of_a_cut_header() -> None:
    octets = bytes(Ethernet(dst=ONE, src=ONE) / b"")
    assert rewritten(octets[:11], THERE, 1, 60) == bytes(Ethernet(dst=OTHER, src=ONE) / b"")[:11]
    assert rewritten(octets[:12], THERE, 1, 60) == bytes(Ethernet(dst=OTHER, src=OTHER) / b"")[:12]
    wireless = bytes(Dot11(addr1=ONE, addr2=ONE))
    assert rewritten(wireless[:16], THERE, 105, 60) == bytes(Dot11(addr1=OTHER, addr2=OTHER))[:16]


def test_tags_inside_a_tunnel_are_numbered_anew_and_never_taken_off() -> None:
    from netloom.packet import VLAN, VXLAN

    def made(number: int) -> bytes:
        inner = Ethernet() / VLAN(vid=number) / IPv4() / UDP() / b"x"
        return bytes(Ethernet() / IPv4() / UDP() / VXLAN() / inner)

    assert rewritten(made(10), Changes(tags=tags(["10=20"]))) == made(20)
    assert rewritten(made(10), Changes(tags=tags(["any=none"]))) == made(10)
