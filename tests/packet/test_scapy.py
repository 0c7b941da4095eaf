"""Packets to scapy's and back."""

from __future__ import annotations

import sys

import pytest

from netloom.errors import CapabilityError, UsageError
from netloom.packet import ARP, MPLS, TCP, UDP, VLAN, VXLAN, Ethernet, IPv4, IPv6, Packet
from netloom.packet.scapy import from_scapy, to_scapy

STACKS = [
    Ethernet() / IPv4(dst="192.0.2.1") / TCP(dport=443) / b"data",
    Ethernet() / VLAN(vid=7) / IPv6(dst="2001:db8::1") / UDP(dport=9) / b"data",
    Ethernet() / MPLS(label=7) / IPv4() / UDP(dport=9),
    Ethernet() / IPv4() / UDP() / VXLAN(vni=5) / Ethernet() / ARP(),
    IPv4() / UDP(dport=9),
    IPv6() / UDP(dport=9),
]


@pytest.mark.parametrize("packet", STACKS, ids=repr)
def test_there_and_back(packet: Packet) -> None:
    theirs = to_scapy(packet)
    assert bytes(theirs) == bytes(packet)
    back = from_scapy(theirs)
    assert bytes(back) == bytes(packet)
    assert [type(layer).__name__ for layer in back] == [type(layer).__name__ for layer in packet]


def test_scapy_understands_it() -> None:
    theirs = to_scapy(STACKS[1])
    assert [layer.__name__ for layer in theirs.layers()] == ["Ether", "Dot1Q", "IPv6", "UDP", "Raw"]
    assert theirs["UDP"].dport == 9
    assert [layer.__name__ for layer in to_scapy(STACKS[2]).layers()] == ["Ether", "MPLS", "IP", "UDP"]


def test_a_link_type_can_be_said() -> None:
    assert to_scapy(STACKS[4], link=101).name == "IP"
    with pytest.raises(UsageError, match="no frame starts with UDP"):
        to_scapy(Packet((UDP(checksum=0),)))
    with pytest.raises(UsageError, match="no frame starts with nothing"):
        to_scapy(Packet(()))
    with pytest.raises(UsageError, match="no frames of link type 4711"):
        to_scapy(STACKS[4], link=4711)
    with pytest.raises(UsageError, match="no frame starts with scapy's UDP"):
        from_scapy(to_scapy(STACKS[4])["UDP"])


def test_without_scapy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scapy.layers.l2", None)
    with pytest.raises(CapabilityError, match="scapy isn't here") as caught:
        to_scapy(STACKS[0])
    assert caught.value.hint == "pip install scapy"
