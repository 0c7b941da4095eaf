"""Fields that differ, and those that nobody wants to hear of."""

from __future__ import annotations

import pytest

from netloom.packet import ARP, GRE, SLL, TCP, UDP, VLAN, Ethernet, IPv4, Packet
from netloom.packet.comparing.fields import changes
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame

Told = list[tuple[str, str, str, str]]


def told(before: Packet, after: Packet, *ignored: str, links: tuple[int, int] = (1, 1), kept: int = 9999) -> Told:
    read = [
        dissect(Frame(bytes(packet)[:kept], 0, link, len(bytes(packet))))
        for packet, link in zip((before, after), links, strict=True)
    ]
    return [
        (change.layer, change.field, change.before, change.after)
        for change in changes(read[0], read[1], frozenset(ignored))
    ]


def packet(**fields: object) -> Packet:
    return Ethernet() / IPv4(checksum=1, **fields) / UDP(checksum=2) / b"data"  # type: ignore[arg-type]


MAC = "02:00:00:00:00:01"
CASES: list[tuple[Packet, Packet, str, Told]] = [
    (packet(), packet(ttl=9), "ttl", [("IPv4", "ttl", "64", "9")]),
    (packet(), packet(dscp=9), "dscp", [("IPv4", "dscp", "0", "9")]),
    (packet(), packet(identification=9), "id", [("IPv4", "identification", "0", "9")]),
    (packet(), packet(dont_fragment=True), "", [("IPv4", "dont_fragment", "no", "yes")]),
    (packet(), packet(src="10.0.0.1"), "address", [("IPv4", "src", "127.0.0.1", "10.0.0.1")]),
    (packet(), Ethernet(src=MAC) / Packet(packet().layers[1:]), "mac", [("Ethernet", "src", "00:00:00:00:00:00", MAC)]),
    (
        Ethernet() / ARP(sha=MAC),
        Ethernet() / ARP(),
        "mac",
        [("ARP", "sha", MAC, "00:00:00:00:00:00")],
    ),
    (
        packet(),
        Ethernet() / IPv4(checksum=1) / UDP(checksum=3, sport=9) / b"data",
        "port,checksum",
        [("UDP", "sport", "53", "9"), ("UDP", "checksum", "2", "3")],
    ),
    (
        packet(),
        Ethernet() / IPv4(checksum=1) / UDP(checksum=2) / b"dana",
        "payload",
        [("payload", "from octet 2", "7461", "6e61")],
    ),
    (
        packet(),
        Ethernet() / VLAN(vid=2, type=0x0800) / Packet(packet().layers[1:]),
        "vlan",
        [("VLAN", "", "", "VLAN(vid=2, type=2048)")],
    ),
]


@pytest.mark.parametrize(("before", "after", "ignored", "expected"), CASES)
def test_what_differs(before: Packet, after: Packet, ignored: str, expected: Told) -> None:
    assert told(before, after) == expected
    assert told(before, before) == []
    if ignored:
        assert told(before, after, *ignored.split(",")) == []


def test_ends_of_links_arent_those_of_ip() -> None:
    other = Ethernet(src=MAC) / IPv4(checksum=1, src="10.0.0.1") / UDP(checksum=2) / b"data"
    assert [each[0] for each in told(packet(), other, "mac")] == ["IPv4"]
    assert [each[0] for each in told(packet(), other, "address")] == ["Ethernet"]


def test_captures_of_other_links() -> None:
    other = SLL() / Packet(packet().layers[1:])
    assert [each[0] for each in told(packet(), other, links=(1, 113))] == ["Ethernet", "SLL"]
    assert told(packet(), other, "link", links=(1, 113)) == []


def test_a_payload_that_was_cut_may_be_the_same() -> None:
    long = Ethernet() / IPv4(checksum=1) / TCP(checksum=2) / bytes(100)
    assert told(long, long, kept=70) == []
    short = Ethernet() / IPv4(checksum=1, length=140) / TCP(checksum=2) / bytes(90)
    assert ("payload", "length", "100", "90") in told(long, short)


def test_octets_are_shown_in_short() -> None:
    one = Ethernet() / IPv4(checksum=1, options=bytes(40)) / UDP(checksum=2) / b""
    other = Ethernet() / IPv4(checksum=1, options=b"\1" * 40) / UDP(checksum=2) / b""
    assert told(one, other) == [("IPv4", "options", "00" * 16 + "…", "01" * 16 + "…")]


def test_a_tunnel_is_new() -> None:
    inner = Packet(packet().layers[1:])
    wrapped = Ethernet() / IPv4(checksum=1) / GRE() / inner
    assert sorted(each[0] for each in told(packet(), wrapped)) == ["GRE", "IPv4"]
