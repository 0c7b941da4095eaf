"""What a text makes is octet for octet what scapy makes of the same layers, and tshark finds no fault in it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from scapy.contrib import mpls
from scapy.layers import inet, inet6, l2, sctp, vxlan

from netloom.packet.captures import create
from netloom.packet.craft import crafted, expand, link_type, whole_frame
from netloom.packet.formats import layers
from netloom.packet.fuzz import fuzz
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from netloom.packet.layer import Packet

pytestmark = pytest.mark.interop

ETHERNET = 'Ethernet(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")'
ETHER = l2.Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
IP4 = 'IPv4(dst="192.0.2.1", src="192.0.2.2")'
IP = inet.IP(dst="192.0.2.1", src="192.0.2.2", id=0)
IP6 = 'IPv6(dst="2001:db8::1", src="2001:db8::2")'
IPV6 = inet6.IPv6(dst="2001:db8::1", src="2001:db8::2")

STACKS: dict[str, Any] = {
    f'{ETHERNET}/{IP4}/TCP(flags="S", dport=80)/"data"': ETHER / IP / inet.TCP(flags="S", dport=80) / b"data",
    f"{ETHERNET}/{IP6}/TCP(flags='SA', sport=80, dport=9, seq=1, ack=2, options=mss(1460)+window_scale(7))": (
        ETHER / IPV6 / inet.TCP(flags="SA", sport=80, dport=9, seq=1, ack=2, options=[("MSS", 1460), ("WScale", 7)])
    ),
    f"{ETHERNET}/{IP4}/TCP(options=sack_permitted() + timestamps(7, 9))": (
        ETHER / IP / inet.TCP(options=[("SAckOK", b""), ("Timestamp", (7, 9))])
    ),
    f'{IP4}/UDP(sport=5000, dport=9)/"odd"': IP / inet.UDP(sport=5000, dport=9) / b"odd",
    f"{IP6}/UDP(sport=5000, dport=9)/bytes(1000)": IPV6 / inet.UDP(sport=5000, dport=9) / bytes(1000),
    f'{ETHERNET}/VLAN(vid=7, priority=3)/{IP4}/ICMP(rest=echo(7, 1))/"ping"': (
        ETHER / l2.Dot1Q(vlan=7, prio=3) / IP / inet.ICMP(id=7, seq=1) / b"ping"
    ),
    f'{ETHERNET}/ARP(sha="02:00:00:00:00:01", spa="192.0.2.2", tpa="192.0.2.1")': (
        ETHER / l2.ARP(hwsrc="02:00:00:00:00:01", psrc="192.0.2.2", pdst="192.0.2.1", hwdst="00:00:00:00:00:00")
    ),
    f"{ETHERNET}/MPLS(label=7, ttl=9)/{IP4}/UDP(sport=5000, dport=9)": (
        ETHER / mpls.MPLS(label=7, ttl=9) / IP / inet.UDP(sport=5000, dport=9)
    ),
    f"{ETHERNET}/{IP4}/GRE()/{IP6}/UDP(sport=5000, dport=9)": (
        ETHER / IP / l2.GRE() / IPV6 / inet.UDP(sport=5000, dport=9)
    ),
    f"{ETHERNET}/{IP4}/UDP(sport=5000)/VXLAN(vni=5)/{ETHERNET}/{IP6}/UDP(sport=5000, dport=9)": (
        ETHER
        / IP
        / inet.UDP(sport=5000)
        / vxlan.VXLAN(vni=5, flags="Instance")
        / ETHER
        / IPV6
        / inet.UDP(sport=5000, dport=9)
    ),
    f"{IP4}/{IP6}/SCTP(sport=5000, dport=5001, tag=7)/init(9, 2000, 3, 4)": (
        IP
        / IPV6
        / sctp.SCTP(sport=5000, dport=5001, tag=7)
        / sctp.SCTPChunkInit(init_tag=9, a_rwnd=2000, n_out_streams=3, n_in_streams=3, init_tsn=4)
    ),
    f"{ETHERNET}/IPv4(dst='192.0.2.1', src='192.0.2.2', ttl=3, identification=9, dscp=46, ecn=1, dont_fragment=True)/"
    "UDP(sport=5000, dport=9)": (
        ETHER
        / inet.IP(dst="192.0.2.1", src="192.0.2.2", ttl=3, id=9, tos=46 << 2 | 1, flags="DF")
        / inet.UDP(sport=5000, dport=9)
    ),
    # Right or wrong, what is given is written
    f"{IP4}/TCP(checksum=1, header=24)": IP / inet.TCP(chksum=1, dataofs=6),
    'IPv4(dst="192.0.2.1", src="192.0.2.2", length=9, checksum=7, protocol=1)/UDP(length=3, checksum=9, dport=1)': (
        inet.IP(dst="192.0.2.1", src="192.0.2.2", id=0, len=9, chksum=7, proto=1) / inet.UDP(len=3, chksum=9, dport=1)
    ),
}
GOOD = list(STACKS)[:-2]


@pytest.mark.parametrize("text", STACKS, ids=lambda text: text[:60])
def test_octets_are_those_of_scapy(text: str) -> None:
    assert bytes(crafted(text)) == bytes(STACKS[text])


def complaints(path: Path, packets: Iterable[Packet]) -> list[str]:
    """What tshark finds wrong with packets."""
    with create(path) as writer:
        for packet in packets:
            writer.write(whole_frame(bytes(packet), link_type(packet) or 0))
    wrong = " || ".join(f"{name}.checksum.status == 0" for name in ("ip", "tcp", "udp", "icmp", "sctp"))
    checked = [word for name in ("ip", "tcp", "udp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    command = [need("tshark", "tshark"), "-r", str(path), *checked, "-Y", f"{wrong} || _ws.malformed"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


def test_tshark_finds_no_fault(tmp_path: Path) -> None:
    assert complaints(tmp_path / "good.pcapng", map(crafted, GOOD)) == []
    assert (
        len(
            complaints(
                tmp_path / "bad.pcapng",
                map(crafted, [f"{IP4}/UDP(checksum=9)", f"{IP4}/TCP(checksum=9)", "IPv4(checksum=9)"]),
            )
        )
        == 3
    )


def test_sets_and_fuzzed_ones_have_good_checksums(tmp_path: Path) -> None:
    ports = list(expand(f"{ETHERNET}/{IP4}/UDP(sport=range(5000, 5100), dport=[9, 19])"))
    assert complaints(tmp_path / "sets.pcapng", ports) == []
    plain = crafted(f"{ETHERNET}/{IP4}/UDP(dport=9)/'data'")
    assert complaints(tmp_path / "fuzzed.pcapng", [fuzz(plain, seed) for seed in range(300)]) == []


def test_there_is_a_stack_for_most_layers() -> None:
    used = {type(layer).__name__ for text in STACKS for layer in crafted(text)}
    assert {"Ethernet", "VLAN", "ARP", "MPLS", "GRE", "VXLAN", "IPv4", "IPv6", "TCP", "UDP", "ICMP", "SCTP"} <= used
    assert used - {"Raw"} <= set(layers())
