"""Programs for the kernel: what they look like, what they keep, what can't be one."""

from __future__ import annotations

import pytest
from hypothesis import given

from netloom.errors import UsageError
from netloom.packet.filters import check, compiled, parse, run
from netloom.packet.filters.links import LINKS
from netloom.packet.filters.machine import OUTGOING, PACKET_TYPE
from tests.packet.filters import mixed
from tests.packet.filters.expressions import PLAIN, TAGGED, WORDS, joined, table
from tests.packet.filters.mixed import FOUR, SIX, TCP, UDP, arp, ether, four, label, session, six, tag, tcp, udp


def kept(text: str, frame: bytes, link_type: int = 1) -> bool:
    program = compiled(parse(text), link_type)
    check(program)
    return run(program, frame) > 0


def test_a_program_is_as_short_as_tcpdumps() -> None:
    assert compiled(parse("ip host 192.0.2.1"), 1, 96) == [
        (0x28, 0, 0, 12),
        (0x15, 0, 5, 0x0800),
        (0x20, 0, 0, 26),
        (0x15, 2, 0, 0xC0000201),
        (0x20, 0, 0, 30),
        (0x15, 0, 1, 0xC0000201),
        (0x06, 0, 0, 96),
        (0x06, 0, 0, 0),
    ]


PACKET = four(tcp(80, 1024, 0x12), TCP, FOUR[0], FOUR[2])
LATER = four(bytes(40), TCP, where=5)
SIXTH = six(udp(53, 5353, b"query"), UDP, SIX[0], SIX[1])
INNER = four(tcp(443, 6000), TCP)


KEPT = {
    "plain": """
        ip; tcp; port 80; src port 80; dst port 1024; tcp portrange 79-81; host 192.0.2.1; src net 192.0.2; not udp
        tcp[13] = 18; ip[0] & 15 = 5; len = 54; ether src 2:0:0:0:0:1; less 54; greater 54; ip[8] = 64""",
    "first": "ip; tcp; port 80; tcp[0:2] = 80",
    "later": "ip; tcp; proto 6",
    "sixth in parts": "ip6; tcp; ip6 proto 44; ip6 proto 6",
    "sixth": "ip6; udp; port 53; src host 2001:db8::1; ip6[6] = 17; net 2001:db8::/32",
    "arp": "arp; host 10.1.2.3; arp src host 192.0.2.1; arp[7] = 1; net 10",
    "tagged": "vlan; vlan 5; vlan and tcp; vlan 5 and port 80; ether proto 0x8100",
    "twice": "vlan 5 and vlan 7 and tcp; vlan",
    "labels": "mpls 5; mpls and mpls 6 and tcp; mpls and mpls and host 192.0.2.1",
    "session": "pppoes; pppoes 9; pppoes and tcp port 80; pppoes 9 and ip",
    "tunnel": "ip proto 4; ip[20] = 0x45",
}
DROPPED = {
    "plain": """
        ip6; udp; arp; dst port 80; udp port 80; dst host 192.0.2.1; vlan; multicast; tcp[13] & 1 = 1; less 53; len > 54
        ip multicast; tcp[100] = 0; not tcp[100] = 0""",
    "first": "udp; port 0",
    "sixth in parts": "udp; port 80; ip6 proto 17",
    "later": "port 0; portrange 0-65535; tcp[0] = 0",
    "sixth": "udp[0] = 0; ip; tcp",
    "arp": "ip; ip host 10.1.2.3",
    "tagged": "ip; tcp; tcp and vlan; vlan 6; port 80",
    "twice": "vlan 7; vlan and tcp; vlan 5 and vlan 5",
    "labels": "mpls 6; mpls and tcp; ip",
    "session": "pppoes 8; tcp; pppoes and ip6",
    "tunnel": "tcp; port 443",
}
FRAMES = {
    "plain": ether(PACKET, 0x0800),
    "first": ether(four(tcp(80, 1024), TCP, where=0x2000), 0x0800),
    "later": ether(LATER, 0x0800),
    "sixth in parts": ether(six(bytes([TCP, 0, 0, 1, 0, 0, 0, 7]) + tcp(80, 1024), 44), 0x86DD),
    "sixth": ether(SIXTH, 0x86DD),
    "arp": ether(arp(FOUR[0], FOUR[2]), 0x0806),
    "tagged": ether(tag(PACKET, 5, 0x0800), 0x8100),
    "twice": ether(tag(tag(PACKET, 7, 0x0800), 5, 0x8100), 0x88A8),
    "labels": ether(label(label(PACKET, 6), 5, last=False), 0x8847),
    "session": ether(session(PACKET, 9, 0x21), 0x8864),
    "tunnel": ether(four(INNER, 4), 0x0800),
}


@pytest.mark.parametrize("name", FRAMES)
def test_what_is_kept(name: str) -> None:
    assert [text for text in table(KEPT[name]) if not kept(text, FRAMES[name])] == []
    assert [text for text in table(DROPPED[name]) if kept(text, FRAMES[name])] == []


def test_the_same_packet_on_every_link() -> None:
    for link_type in LINKS:
        frame = mixed.framed(link_type, 0x0800, PACKET) if link_type != 229 else None
        if frame is not None:
            assert kept("tcp port 80 and host 10.1.2.3 and tcp[13] = 18", frame, link_type), link_type
            assert not kept("udp or ip6 or arp", frame, link_type), link_type


def test_what_comes_back_is_the_snap_length() -> None:
    assert run(compiled(parse("tcp"), 1, 96), ether(PACKET, 0x0800)) == 96
    assert run(compiled(parse(""), 1), b"") == 262_144


def test_who_sent_it() -> None:
    for link_type, place in ((113, slice(0, 2)), (276, slice(10, 11))):
        frame = bytearray(mixed.framed(link_type, 0x0800, PACKET) or b"")
        for kind in range(5):
            frame[place] = kind.to_bytes(place.stop - place.start, "big")
            assert kept("outbound", bytes(frame), link_type) == (kind == 4) != kept("inbound", bytes(frame), link_type)
    program = compiled(parse("outbound"), 1)
    assert run(program, ether(PACKET, 0x0800), beside={PACKET_TYPE: OUTGOING})
    assert not run(program, ether(PACKET, 0x0800), beside={PACKET_TYPE: 0})
    assert not run(program, ether(PACKET, 0x0800))


@pytest.mark.parametrize(
    ("text", "link_type", "column", "message"),
    [
        ("tcp and fragment", 1, 8, "the kernel doesn't know this word"),
        ("tunnel", 1, 0, "the kernel doesn't know this word"),
        ("anomaly", 1, 0, "the kernel doesn't know this word"),
        ("flags S", 1, 0, "the kernel doesn't know this word"),
        ("ttl < 5", 1, 0, "the kernel doesn't know this value"),
        ("ether host 2:0:0:0:0:1", 101, 11, "raw IP has no hardware addresses"),
        ("broadcast", 113, 0, "a cooked capture has no broadcasts"),
        ("multicast", 0, 0, "BSD loopback has no multicasts"),
        ("vlan", 101, 0, "raw IP has no VLAN tags"),
        ("mpls", 276, 0, "a cooked capture has no MPLS"),
        ("mpls and vlan", 1, 9, "no VLAN tag behind MPLS"),
        ("mpls and pppoes", 1, 9, "no PPPoE behind MPLS"),
        ("pppoes and vlan", 1, 11, "PPP has no VLAN tags"),
        ("pppoes and broadcast", 1, 11, "PPP has no broadcasts"),
        ("mpls and arp", 1, 9, "behind MPLS only IP can be told"),
        ("ip[300000] = 1", 1, 0, "no frame has 300000 octets"),
    ],
)
def test_what_cant_be_a_program_is_pointed_at(text: str, link_type: int, column: int, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        compiled(parse(text), link_type)
    assert (caught.value.text, caught.value.column) == (text, column)


def test_memory_is_bounded() -> None:
    def nested(deep: int) -> str:
        return "ip[0]" if deep == 0 else f"ip[0] - ({nested(deep - 1)})"

    assert compiled(parse(f"{nested(13)} = 1"), 1)
    with pytest.raises(UsageError, match="too many values within each other"):
        compiled(parse(f"{nested(15)} = 1"), 1)


def test_length_is_bounded() -> None:
    long = " or ".join(f"host 192.0.2.{at} or port {at}" for at in range(256))
    with pytest.raises(UsageError, match="more instructions than the 4096"):
        compiled(parse(long), 1)


def test_lists_of_ports_and_of_addresses_are_short() -> None:
    ports = compiled(parse("port " + " or ".join(map(str, range(300)))), 1)
    hosts = compiled(parse("host " + " or ".join(f"192.0.2.{at}" for at in range(250))), 1)
    assert len(ports) < 300 * 4 * 3
    assert len(hosts) < 250 * 6 * 3
    frame = ether(PACKET, 0x0800)
    assert run(ports, frame)
    assert run(hosts, frame)
    assert not run(ports, ether(four(tcp(300, 301), TCP), 0x0800))
    assert not run(hosts, ether(four(tcp(300, 301), TCP, FOUR[2], FOUR[3]), 0x0800))


@pytest.mark.parametrize("text", [text for text in table(WORDS) if "proto" not in text])
def test_each_is_a_sound_program_on_every_link(text: str) -> None:
    for link_type in LINKS:
        check(compiled(parse(text), link_type))


@pytest.mark.parametrize("text", table(TAGGED))
def test_each_with_tags_is_a_sound_program(text: str) -> None:
    program = compiled(parse(text), 1)
    check(program)
    frames = mixed.frames(1)
    found = [run(program, frame) > 0 for frame in frames]
    assert any(found) or text in {"mpls and arp", "pppoes and arp", "vlan (5) and stp"}, text
    assert not all(found)


@given(joined(PLAIN))
def test_whatever_is_made_up_is_a_sound_program(text: str) -> None:
    check(compiled(parse(text), 1))
