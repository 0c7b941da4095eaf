"""Keys: what a packet keeps on its way."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.packet import ARP, GRE, ICMP, TCP, UDP, VLAN, VXLAN, Ethernet, IPv4, IPv6, Packet
from netloom.packet.comparing.keys import Known, flow, ignoring, known
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame

NOTHING: frozenset[str] = frozenset()


def of(packet: Packet | bytes, *ignored: str, kept: int = 9999) -> Known:
    octets = bytes(packet)
    frame = Frame(octets[:kept], 0, 1, len(octets))
    return known(frame, dissect(frame), frozenset(ignored))


ONE = Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7) / TCP(seq=9) / bytes(100)
ON_ITS_WAY = {
    "ttl": Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7, ttl=1) / TCP(seq=9) / bytes(100),
    "tagged": Ethernet()
    / VLAN(vid=9)
    / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7)
    / TCP(seq=9)
    / bytes(100),
    "tunnel": Ethernet()
    / IPv4()
    / GRE()
    / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7)
    / TCP(seq=9)
    / bytes(100),
    "hardware": Ethernet(src="02:00:00:00:00:05") / Packet(ONE.layers[1:]),
    "checksum": Ethernet()
    / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7, checksum=1)
    / TCP(seq=9)
    / bytes(100),
    "window": Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7) / TCP(seq=9, window=1) / bytes(100),
}


@pytest.mark.parametrize("name", ON_ITS_WAY)
def test_it_is_known_on_its_way(name: str) -> None:
    assert of(ON_ITS_WAY[name]) == of(ONE)


OTHERS = {
    "address": (
        Ethernet() / IPv4(src="10.0.0.9", dst="10.0.0.2", identification=7) / TCP(seq=9) / bytes(100),
        "address",
    ),
    "id": (Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=8) / TCP(seq=9) / bytes(100), "id"),
    "seq": (Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7) / TCP(seq=8) / bytes(100), "seq"),
    "port": (
        Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7) / TCP(seq=9, dport=2) / bytes(100),
        "port",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_isnt_unless_that_is_ignored(name: str) -> None:
    packet, ignored = OTHERS[name]
    assert of(packet).exact != of(ONE).exact
    assert of(packet).loose != of(ONE).loose
    assert of(packet, ignored) == of(ONE, ignored)


def test_the_payload_counts_for_the_exact_key_only() -> None:
    other = Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7) / TCP(seq=9) / (b"x" + bytes(99))
    later = Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2", identification=7) / TCP(seq=9) / (bytes(99) + b"x")
    assert (of(other).exact != of(ONE).exact, of(other).loose == of(ONE).loose) == (True, True)
    assert (of(later).exact == of(ONE).exact, of(later).digest != of(ONE).digest) == (True, True)
    assert of(other, "payload") == of(ONE, "payload")


def test_a_short_capture_knows_it_too() -> None:
    cut = of(ONE, kept=80)
    assert (cut.exact, cut.digest) == (of(ONE).exact, None)


def test_without_a_number_its_content_is_all_there_is() -> None:
    assert of(Ethernet() / IPv6() / UDP() / b"x").loose is None
    assert of(Ethernet() / IPv4() / UDP() / b"x").loose is None
    assert of(Ethernet() / IPv4(identification=1) / UDP() / b"x").loose is not None
    assert of(Ethernet() / IPv6() / TCP() / b"x").loose is not None
    assert of(Ethernet() / IPv4(identification=1) / ICMP(type=8) / b"x") != of(
        Ethernet() / IPv4(identification=1) / ICMP(type=0) / b"x"
    )


def test_what_isnt_ip_is_known_by_its_octets() -> None:
    asked = Ethernet(src="02:00:00:00:00:01") / ARP(tpa="10.0.0.1")
    padded = bytes(Ethernet(src="02:00:00:00:00:02") / VLAN(vid=5) / ARP(tpa="10.0.0.1")) + bytes(14)
    assert of(asked) == of(padded)
    assert of(asked) != of(Ethernet() / ARP(tpa="10.0.0.2"))
    assert of(b"abc") != of(b"abd")


def test_flows_have_no_direction() -> None:
    there, back = (
        dissect(Frame(bytes(packet), 0, 1, len(bytes(packet))))
        for packet in (
            Ethernet() / IPv4(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=5, dport=6) / b"",
            Ethernet() / IPv4(src="10.0.0.2", dst="10.0.0.1") / UDP(sport=6, dport=5) / b"",
        )
    )
    one, other = flow(there), flow(back)
    assert one is not None
    assert other is not None
    assert (one[0], one[1], other[1]) == (other[0], True, False)
    arp = bytes(Ethernet() / ARP())
    assert flow(dissect(Frame(arp, 0, 1, len(arp)))) is None


def test_words() -> None:
    assert ignoring(["ttl,mac", " vlan "]) == {"ttl", "mac", "vlan"}
    assert ignoring([]) == NOTHING
    with pytest.raises(UsageError, match="can't be ignored"):
        ignoring(["ttl,x"])


def test_vxlan_is_looked_into() -> None:
    wrapped = Ethernet() / IPv4() / UDP() / VXLAN() / ONE
    assert of(wrapped) == of(ONE)
