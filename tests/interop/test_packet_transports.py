"""IPv6, its extension headers and transports: what we write is scapy's octet for octet, and tshark finds no fault."""

from __future__ import annotations

import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from scapy.layers import inet, inet6, ipsec, l2, sctp

from netloom.packet.dissect import dissect
from netloom.packet.formats import layers
from netloom.packet.formats.ah import AH
from netloom.packet.formats.destination import Destination, home_address
from netloom.packet.formats.esp import ESP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.fragment import Fragment
from netloom.packet.formats.hop_by_hop import HopByHop, jumbo, router_alert
from netloom.packet.formats.icmp import ICMP, echo
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.routing import Routing, segments, source_route
from netloom.packet.formats.sctp import SCTP, init, message
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from tests.interop.peers import need

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.layer import Packet

pytestmark = pytest.mark.interop

A, B, C = "2001:db8::a", "2001:db8::b", "2001:db8::c"
V4, V6 = IPv4(src="192.0.2.1", dst="192.0.2.2"), IPv6(src=A, dst=B)
OTHER_V4 = inet.IP(src="192.0.2.1", dst="192.0.2.2", id=0)
OTHER_V6 = inet6.IPv6(src=A, dst=B)
BELOW = Ethernet(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
OTHER_BELOW = l2.Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
DATA = b"data of odd length."

# Ours, scapy's, the protocols that tshark finds
STACKS: dict[str, tuple[Packet, Any, str]] = {
    "udp over ipv4": (
        V4 / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V4 / inet.UDP(sport=40_000, dport=9) / DATA,
        "ip:udp",
    ),
    "udp over ipv6": (
        V6 / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6 / inet.UDP(sport=40_000, dport=9) / DATA,
        "ipv6:udp",
    ),
    "udp without data": (V6 / UDP(sport=40_000, dport=9), OTHER_V6 / inet.UDP(sport=40_000, dport=9), "ipv6:udp"),
    "all of ipv6's fields": (
        IPv6(src=A, dst=B, hop_limit=3, dscp=46, ecn=1, flow_label=0x12345) / UDP(sport=40_000, dport=9) / DATA,
        inet6.IPv6(src=A, dst=B, hlim=3, tc=46 << 2 | 1, fl=0x12345) / inet.UDP(sport=40_000, dport=9) / DATA,
        "ipv6:udp",
    ),
    "ipv6 in ipv4": (
        V4 / V6 / UDP(sport=40_000, dport=9),
        OTHER_V4 / OTHER_V6 / inet.UDP(sport=40_000, dport=9),
        "ip:ipv6:udp",
    ),
    "hop-by-hop": (
        V6 / HopByHop(options=router_alert()) / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6
        / inet6.IPv6ExtHdrHopByHop(options=[inet6.RouterAlert(value=0)])
        / inet.UDP(sport=40_000, dport=9)
        / DATA,
        "ipv6:ipv6.hopopts:udp",
    ),
    "destination": (
        V6 / Destination(options=home_address(C)) / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6 / inet6.IPv6ExtHdrDestOpt(options=[inet6.HAO(hoa=C)]) / inet.UDP(sport=40_000, dport=9) / DATA,
        "ipv6:ipv6.dstopts:udp",
    ),
    "source route": (
        V6 / Routing(type=0, segments_left=1, data=source_route(C)) / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6 / inet6.IPv6ExtHdrRouting(addresses=[C], segleft=1) / inet.UDP(sport=40_000, dport=9) / DATA,
        "ipv6:ipv6.routing:udp",
    ),
    "segments": (
        V6 / Routing(segments_left=1, data=segments(B, C, tag=7)) / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6
        / inet6.IPv6ExtHdrSegmentRouting(addresses=[C, B], segleft=1, lastentry=1, tag=7)
        / inet.UDP(sport=40_000, dport=9)
        / DATA,
        "ipv6:ipv6.routing:udp",
    ),
    "one fragment": (
        V6 / Fragment(identification=7) / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6 / inet6.IPv6ExtHdrFragment(id=7) / inet.UDP(sport=40_000, dport=9) / DATA,
        "ipv6:ipv6.fraghdr:udp",
    ),
    "a later fragment": (
        V6 / Fragment(next_header=17, fragment=1480, identification=7) / DATA,
        OTHER_V6 / inet6.IPv6ExtHdrFragment(nh=17, offset=185, id=7) / DATA,
        "ipv6:ipv6.fraghdr:data",
    ),
    "authentication": (
        V6 / AH(spi=9, seq=2, icv=bytes(12)) / UDP(sport=40_000, dport=9) / DATA,
        OTHER_V6
        / ipsec.AH(nh=17, payloadlen=4, spi=9, seq=2, icv=bytes(12))
        / inet.UDP(sport=40_000, dport=9, chksum=0x57DB)
        / DATA,
        "ipv6:ah:udp",
    ),
    "encapsulation": (
        V4 / ESP(spi=9, seq=2) / bytes(range(40)),
        OTHER_V4 / ipsec.ESP(spi=9, seq=2, data=bytes(range(40))),
        "ip:esp",
    ),
    "echo": (
        V4 / ICMP(rest=echo(7, 1)) / DATA,
        OTHER_V4 / inet.ICMP(id=7, seq=1) / DATA,
        "ip:icmp:data",
    ),
    "unreachable": (
        V4 / ICMP(type=3, code=3) / bytes(V4 / UDP()),
        OTHER_V4 / inet.ICMP(type=3, code=3) / bytes(OTHER_V4 / inet.UDP()),
        "ip:icmp:ip:udp",
    ),
    "echo over ipv6": (
        V6 / ICMPv6(rest=echo(7, 1)) / DATA,
        OTHER_V6 / inet6.ICMPv6EchoRequest(id=7, seq=1, data=DATA),
        "ipv6:icmpv6:data",
    ),
    "too big": (
        V6 / ICMPv6(type=2, rest=(1280).to_bytes(4, "big")) / bytes(V6 / UDP()),
        OTHER_V6 / inet6.ICMPv6PacketTooBig(mtu=1280) / bytes(OTHER_V6 / inet.UDP()),
        "ipv6:icmpv6:ipv6:udp",
    ),
    "sctp init": (
        V4 / SCTP(sport=5000, dport=5001) / init(9, 2000, 3, 4),
        OTHER_V4
        / sctp.SCTP(sport=5000, dport=5001)
        / sctp.SCTPChunkInit(init_tag=9, a_rwnd=2000, n_out_streams=3, n_in_streams=3, init_tsn=4),
        "ip:sctp",
    ),
    "sctp data": (
        V6 / SCTP(sport=5000, dport=5001, tag=7) / message(DATA, tsn=1, stream=2, sequence=3, protocol=1000),
        OTHER_V6
        / sctp.SCTP(sport=5000, dport=5001, tag=7)
        / sctp.SCTPChunkData(beginning=1, ending=1, tsn=1, stream_id=2, stream_seq=3, proto_id=1000, data=DATA),
        "ipv6:sctp:data",
    ),
}
CHECKED = [
    "ip.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    "sctp.checksum:CRC 32c",
    "ipv6.defragment:FALSE",
]


@pytest.mark.parametrize("name", STACKS)
def test_octets_are_those_of_scapy(name: str) -> None:
    ours, theirs, _ = STACKS[name]
    assert bytes(BELOW / ours) == bytes(OTHER_BELOW / theirs)


@pytest.mark.parametrize("name", STACKS)
def test_what_scapy_writes_is_read(name: str) -> None:
    ours, theirs, _ = STACKS[name]
    data = bytes(OTHER_BELOW / theirs)
    found = dissect(Frame(data=data, timestamp_ns=None, link_type=1, length=len(data)))
    assert bytes(found.packet) == data
    assert found.row.anomaly == 0
    named = [type(layer) for layer in ours if type(layer).__name__ in layers()]
    assert [type(layer) for layer in found.packet if type(layer).__name__ in layers()] == [Ethernet, *named]


def written(path: Path, packets: list[Packet]) -> Path:
    """A capture of Ethernet frames."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1))
        for at, packet in enumerate(packets):
            data = bytes(packet)
            out.write(struct.pack("<IIII", at, 0, len(data), len(data)) + data)
    return path


def tshark(path: Path, *arguments: str) -> list[str]:
    """The lines that tshark prints about a capture."""
    options = [argument for option in CHECKED for argument in ("-o", option)]
    command = [need("tshark", "tshark"), "-r", str(path), *options, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def test_tshark_reads_them_without_fault(tmp_path: Path) -> None:
    path = written(tmp_path / "x.pcap", [BELOW / ours for ours, _, _ in STACKS.values()])
    found = tshark(path, "-T", "fields", "-e", "frame.protocols")
    assert [line.removeprefix("eth:ethertype:").removesuffix(":data") for line in found] == [
        protocols.removesuffix(":data") for _, _, protocols in STACKS.values()
    ]
    wrong = "ip.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0"
    wrong += " || icmpv6.checksum.status == 0 || sctp.checksum.status == 0"
    wrong += " || _ws.malformed || _ws.expert.severity >= warning"
    assert tshark(path, "-Y", wrong) == []
    verified = "udp.checksum.status == 1 || icmp.checksum.status == 1 || icmpv6.checksum.status == 1"
    plain = {"a later fragment", "encapsulation"}
    assert len(tshark(path, "-Y", f"{verified} || sctp.checksum.status == 1")) == len(STACKS) - len(plain)


def test_tshark_finds_the_fields(tmp_path: Path) -> None:
    packet = IPv6(src=A, dst=B, hop_limit=3, dscp=46, ecn=1, flow_label=0x12345) / HopByHop() / UDP(sport=1000, dport=9)
    path = written(tmp_path / "x.pcap", [BELOW / packet])
    ipv6 = [f"ipv6.{name}" for name in ("src", "dst", "hlim", "tclass", "flow", "plen", "hopopts.nxt")]
    names = [*ipv6, "udp.srcport", "udp.length"]
    [line] = tshark(path, "-T", "fields", *[word for name in names for word in ("-e", name)])
    assert line.split("\t") == [A, B, "3", "0x000000b9", "0x012345", "16", "17", "1000", "8"]


def test_tshark_reads_a_jumbogram_s_option(tmp_path: Path) -> None:
    packet = BELOW / IPv6(length=0) / HopByHop(options=jumbo(70_000)) / UDP(length=0) / bytes(69_984)
    path = written(tmp_path / "x.pcap", [packet])
    assert tshark(path, "-T", "fields", "-e", "ipv6.opt.jumbo") == ["70000"]


def test_neighbour_discovery_is_scapy_s_too() -> None:
    target, source = bytes.fromhex("20010db8" + "00" * 11 + "0c"), bytes.fromhex("0101020000000001")
    ours = IPv6(src=A, dst=B, hop_limit=255) / ICMPv6(type=135) / target / source
    theirs = OTHER_V6 / inet6.ICMPv6ND_NS(tgt=C) / inet6.ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")
    assert bytes(ours) == bytes(theirs)
