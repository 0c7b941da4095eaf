"""A packet's record says who, to whom and what."""

from __future__ import annotations

import pytest

from netloom.packet import TCP, UDP, VLAN, Ethernet, Frame, IPv4, Packet
from netloom.packet.dissect import dissect
from netloom.packet.frame import INBOUND, OUTBOUND
from netloom.packet.words import record_of
from tests.packet import talks


def told(packet: Packet, **values: int) -> tuple[str, int | None, str, int | None, str, str]:
    data = bytes(packet)
    frame = Frame(data, 1_000_000_000, values.get("link", 1), len(data), direction=values.get("direction", 0))
    record = record_of(1, frame, dissect(frame))
    return record.src, record.src_port, record.dst, record.dst_port, record.protocol, record.words


WORDS = [
    ("02:00:00:00:00:01", None, "ff:ff:ff:ff:ff:ff", None, "arp", "who has 198.51.100.7? tell 192.0.2.1"),
    ("192.0.2.1", 40000, "198.51.100.53", 53, "udp", "29 octets"),
    ("192.0.2.1", 50000, "198.51.100.7", 80, "tcp", "S seq 1, win 8192"),
    ("198.51.100.7", 80, "192.0.2.1", 50000, "tcp", "SA seq 9, ack 2, win 8192"),
]


@pytest.mark.parametrize(("number", "words"), list(enumerate(WORDS)))
def test_a_packet_in_words(number: int, words: tuple[object, ...]) -> None:
    assert told(talks.PACKETS[number]) == words


def test_what_has_no_ip_has_hardware_addresses() -> None:
    source, _, destination, _, protocol, words = told(Ethernet(src="02:00:00:00:00:01", type=0x88CC) / b"x")
    assert (source, destination) == ("02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff")
    assert (protocol, words) == ("type 0x88cc", "1 octet")


def test_tags_and_fragments() -> None:
    packet = Ethernet() / VLAN(vid=7) / VLAN(vid=8) / IPv4(fragment=1480) / b"rest"
    assert told(packet)[-1] == "vlan 7.8, fragment at 1480, 4 octets"


def test_the_record_has_everything_else() -> None:
    data = bytes(Ethernet() / IPv4() / IPv4(src="10.0.0.1") / TCP())
    frame = Frame(data[:-5], None, 1, len(data), direction=OUTBOUND)
    record = record_of(9, frame, dissect(frame), "eth0")
    assert (record.number, record.time, record.interface, record.direction) == (9, None, "eth0", "out")
    assert (record.tunnels, record.captured, record.length) == (1, len(data) - 5, len(data))
    assert record.anomalies == ("cut",)
    assert record_of(1, Frame(data, 0, 1, len(data), direction=INBOUND), dissect(frame)).direction == "in"


def test_ports_are_those_of_whoever_has_some() -> None:
    assert told(IPv4() / UDP(sport=1, dport=2), link=101)[1::2][:2] == (1, 2)
    assert told(IPv4(protocol=89) / b"hello", link=101)[1::2][:2] == (None, None)
