"""Link layers and tunnels: what we write is scapy's octet for octet, and tshark finds in it what our rows tell."""

from __future__ import annotations

import functools
import json
import struct
import subprocess
from ipaddress import IPv6Address
from typing import Any, NamedTuple

import pytest
from scapy.contrib import mpls
from scapy.layers import dot11, inet, inet6, l2, ppp, vxlan

from netloom.packet.dissect import dissect
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.dot11 import Dot11
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.gre import GRE
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.llc import LLC, SNAP
from netloom.packet.formats.loopback import Loop, Loopback
from netloom.packet.formats.mpls import MPLS
from netloom.packet.formats.ppp import PPP
from netloom.packet.formats.pppoe import AC_NAME, SERVICE_NAME, PPPoE, PPPoEDiscovery, tag
from netloom.packet.formats.radiotap import Radiotap
from netloom.packet.formats.sll import OUTGOING, SLL
from netloom.packet.formats.sll2 import SLL2
from netloom.packet.formats.tcp import TCP, mss, option, sack, sack_permitted, timestamps, window_scale
from netloom.packet.formats.udp import UDP
from netloom.packet.formats.vlan import VLAN
from netloom.packet.formats.vxlan import VXLAN
from netloom.packet.frame import Frame
from netloom.packet.layer import Layer, Packet, Raw
from netloom.packet.row import Row, columns
from tests.interop.peers import need

pytestmark = pytest.mark.interop

M1, M2, M3, M4 = (f"02:00:00:00:00:0{number}" for number in range(1, 5))
ETHERNET = Ethernet(dst=M2, src=M1)
ETHER = l2.Ether(dst=M2, src=M1)
V4, V6 = IPv4(src="192.0.2.1", dst="192.0.2.2"), IPv6(src="2001:db8::1", dst="2001:db8::2")
IP, IP6 = inet.IP(src="192.0.2.1", dst="192.0.2.2", id=0), inet6.IPv6(src="2001:db8::1", dst="2001:db8::2")
SEGMENT = TCP(sport=40_000, dport=9, seq=7, flags="SA", ack=5) / b"data of odd length."
OTHER = inet.TCP(sport=40_000, dport=9, seq=7, flags="SA", ack=5) / b"data of odd length."
OUTSIDE = ETHERNET / IPv4(src="198.51.100.1", dst="198.51.100.2")
OUTER = ETHER / inet.IP(src="198.51.100.1", dst="198.51.100.2", id=0)
SNAPPED, SNAP_ED = LLC() / SNAP(), l2.LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / l2.SNAP()
TIMES = timestamps(1, 2)


class Stack(NamedTuple):
    """The same packet, ours and scapy's (None: it has no such layer), and what tshark says is in it."""

    ours: Packet
    theirs: Any
    protocols: str
    link: int = 1


STACKS = {
    "ethernet": Stack(ETHERNET / V4 / SEGMENT, ETHER / IP / OTHER, "eth:ethertype:ip:tcp"),
    "ipv4's fields": Stack(
        ETHERNET / IPv4(dst="192.0.2.2", src="192.0.2.1", ttl=3, dscp=46, ecn=1, identification=77, dont_fragment=True,
                        options=b"\x94\4\0\0") / SEGMENT,
        ETHER / inet.IP(dst="192.0.2.2", src="192.0.2.1", ttl=3, tos=46 << 2 | 1, id=77, flags="DF",
                        options=[inet.IPOption_Router_Alert()]) / OTHER,
        "eth:ethertype:ip:tcp",
    ),
    "a later fragment": Stack(
        ETHERNET / IPv4(dst="192.0.2.2", src="192.0.2.1", protocol=6, fragment=1480, more_fragments=True) / b"12345678",
        ETHER / inet.IP(dst="192.0.2.2", src="192.0.2.1", proto=6, id=0, frag=185, flags="MF") / b"12345678",
        "eth:ethertype:ip",
    ),
    "tcp's options": Stack(
        ETHERNET / V6 / TCP(sport=40_000, dport=9, window=512, options=mss(1460) + sack_permitted() + TIMES
                            + option(1) + window_scale(7)),
        ETHER / IP6 / inet.TCP(sport=40_000, dport=9, window=512, options=[
            ("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7)]),
        "eth:ethertype:ipv6:tcp",
    ),
    "tcp's sack": Stack(
        ETHERNET / V4 / TCP(sport=40_000, dport=9, flags="A", ack=1, urgent=9, options=option(1) * 2 + sack((5, 9))),
        ETHER / IP / inet.TCP(sport=40_000, dport=9, flags="A", ack=1, urgptr=9,
                              options=[("NOP", None), ("NOP", None), ("SAck", (5, 9))]),
        "eth:ethertype:ip:tcp",
    ),
    "a tag": Stack(
        ETHERNET / VLAN(vid=5, priority=3, drop_eligible=True) / V4 / SEGMENT,
        ETHER / l2.Dot1Q(vlan=5, prio=3, dei=1) / IP / OTHER,
        "eth:ethertype:vlan:ethertype:ip:tcp",
    ),
    "two tags": Stack(
        Ethernet(dst=M2, src=M1, type=0x88A8) / VLAN(vid=5) / VLAN(vid=6) / V4 / SEGMENT,
        ETHER / l2.Dot1AD(vlan=5) / l2.Dot1Q(vlan=6) / IP / OTHER,
        "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ip:tcp",
    ),
    "an old tag": Stack(
        Ethernet(dst=M2, src=M1, type=0x9100) / VLAN(vid=5) / VLAN(vid=6) / V6 / SEGMENT,
        l2.Ether(dst=M2, src=M1, type=0x9100) / l2.Dot1Q(vlan=5) / l2.Dot1Q(vlan=6) / IP6 / OTHER,
        "eth:ethertype:vlan:ethertype:vlan:ethertype:ipv6:tcp",
    ),
    "llc and snap": Stack(
        ETHERNET / SNAPPED / V4 / SEGMENT,
        l2.Dot3(dst=M2, src=M1) / SNAP_ED / IP / OTHER,
        "eth:llc:ip:tcp",
    ),
    "llc in a tag": Stack(
        ETHERNET / VLAN(vid=5) / SNAPPED / V4 / SEGMENT,
        None,
        "eth:ethertype:vlan:llc:ip:tcp",
    ),
    "arp": Stack(
        Ethernet(src=M1) / ARP(sha=M1, spa="192.0.2.1", tpa="192.0.2.2"),
        l2.Ether(src=M1, dst="ff:ff:ff:ff:ff:ff")
        / l2.ARP(hwsrc=M1, psrc="192.0.2.1", hwdst="00:00:00:00:00:00", pdst="192.0.2.2"),
        "eth:ethertype:arp",
    ),
    "arp's answer": Stack(
        ETHERNET / ARP(operation=2, sha=M1, spa="192.0.2.1", tha=M2, tpa="192.0.2.2") / bytes(18),
        ETHER / l2.ARP(op=2, hwsrc=M1, psrc="192.0.2.1", hwdst=M2, pdst="192.0.2.2") / bytes(18),
        "eth:ethertype:arp",
    ),
    "mpls": Stack(
        ETHERNET / MPLS(label=18, traffic_class=5, ttl=9) / MPLS(label=1000, ttl=8) / V4 / SEGMENT,
        ETHER / mpls.MPLS(label=18, cos=5, s=0, ttl=9) / mpls.MPLS(label=1000, s=1, ttl=8) / IP / OTHER,
        "eth:ethertype:mpls:ip:tcp",
    ),
    "pppoe": Stack(
        ETHERNET / PPPoE(session=7) / PPP() / V4 / SEGMENT,
        ETHER / ppp.PPPoE(sessionid=7) / ppp.PPP() / IP / OTHER,
        "eth:ethertype:pppoes:ppp:ip:tcp",
    ),
    "pppoe's discovery": Stack(
        ETHERNET / PPPoEDiscovery(code=7, tags=tag(SERVICE_NAME) + tag(AC_NAME, b"loom")),
        ETHER / ppp.PPPoED(code=7) / ppp.PPPoED_Tags(tag_list=[
            ppp.PPPoETag(tag_type=0x0101), ppp.PPPoETag(tag_type=0x0102, tag_value=b"loom")]),
        "eth:ethertype:pppoed",
    ),
    "gre": Stack(OUTSIDE / GRE() / V4 / SEGMENT, OUTER / l2.GRE() / IP / OTHER, "eth:ethertype:ip:gre:ip:tcp"),
    "gre's options": Stack(
        OUTSIDE / GRE(checksummed=True, key=7, seq=9) / V6 / SEGMENT,
        OUTER / l2.GRE(chksum_present=1, key_present=1, key=7, seqnum_present=1, sequence_number=9) / IP6 / OTHER,
        "eth:ethertype:ip:gre:ipv6:tcp",
    ),
    "ethernet in gre": Stack(
        OUTSIDE / GRE(key=7) / Ethernet(dst=M4, src=M3) / V4 / SEGMENT,
        OUTER / l2.GRE(key_present=1, key=7, proto=0x6558) / l2.Ether(dst=M4, src=M3) / IP / OTHER,
        "eth:ethertype:ip:gre:eth:ethertype:ip:tcp",
    ),
    "a call of pptp": Stack(
        OUTSIDE / GRE(version=1, key=5, seq=1, ack=2) / PPP() / V4 / SEGMENT,
        OUTER / l2.GRE_PPTP(call_id=5, seqnum_present=1, sequence_number=1, acknum_present=1, ack_number=2)
        / ppp.PPP() / IP / OTHER,
        "eth:ethertype:ip:gre:ppp:ip:tcp",
    ),
    "vxlan": Stack(
        OUTSIDE / UDP(sport=50_000) / VXLAN(vni=0x123456) / Ethernet(dst=M4, src=M3) / V4 / SEGMENT,
        OUTER / inet.UDP(sport=50_000) / vxlan.VXLAN(vni=0x123456, flags=8) / l2.Ether(dst=M4, src=M3) / IP / OTHER,
        "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:tcp",
    ),
    "loopback": Stack(Loopback() / V4 / SEGMENT, l2.Loopback(type=2) / IP / OTHER, "null:ip:tcp", 0),
    "loopback the other way": Stack(Loopback(big=True) / V4 / SEGMENT, None, "null:ip:tcp", 0),
    "darwin's loopback": Stack(Loopback() / V6 / SEGMENT, None, "null:ipv6:tcp", 0),
    "netbsd's loopback": Stack(Loopback(family=24) / V6 / SEGMENT, None, "null:ipv6:tcp", 0),
    "freebsd's loopback": Stack(Loopback(family=28) / V6 / SEGMENT, None, "null:ipv6:tcp", 0),
    # Neither tshark nor tcpdump knows this one
    "linux' loopback": Stack(Loopback(family=10) / V6 / SEGMENT, None, "null", 0),
    "openbsd's loopback": Stack(Loop() / V4 / SEGMENT, None, "null:ip:tcp", 108),
    "openbsd's loopback, ipv6": Stack(Loop(family=24) / V6 / SEGMENT, None, "null:ipv6:tcp", 108),
    "cooked": Stack(
        SLL(src=M1, direction=OUTGOING) / V4 / SEGMENT,
        l2.CookedLinux(pkttype=4, lladdrtype=1, lladdrlen=6, src=bytes.fromhex("0200000000010000")) / IP / OTHER,
        "sll:ethertype:ip:tcp",
        113,
    ),
    "cooked llc": Stack(SLL(src=M1) / SNAPPED / V4 / SEGMENT, None, "sll:llc:ip:tcp", 113),
    "cooked, of version 2": Stack(
        SLL2(src=M1, direction=OUTGOING, interface=3) / VLAN(vid=7) / V6 / SEGMENT,
        l2.CookedLinuxV2(pkttype=4, lladdrtype=1, lladdrlen=6, src=bytes.fromhex("0200000000010000"), ifindex=3,
                         proto=0x8100) / l2.Dot1Q(vlan=7) / IP6 / OTHER,
        "sll:ethertype:vlan:ethertype:ipv6:tcp",
        276,
    ),
    "raw": Stack(V4 / SEGMENT, IP / OTHER, "raw:ip:tcp", 101),
    "raw, version 6": Stack(V6 / SEGMENT, IP6 / OTHER, "raw:ipv6:tcp", 101),
    "ppp": Stack(PPP(framed=True) / V4 / SEGMENT, ppp.HDLC() / ppp.PPP() / IP / OTHER, "ppp:ip:tcp", 9),
    "ppp without its framing": Stack(PPP() / V6 / SEGMENT, ppp.PPP(proto=0x57) / IP6 / OTHER, "ppp:ipv6:tcp", 9),
    "ppp of one octet": Stack(PPP(compressed=True, framed=True) / V4 / SEGMENT, None, "ppp:ip:tcp", 9),
    "wireless": Stack(
        Dot11(addr1=M1, addr2=M2, addr3=M3, from_ds=True, sequence=9) / SNAPPED / V4 / SEGMENT,
        dot11.Dot11(type=2, FCfield=2, addr1=M1, addr2=M2, addr3=M3, SC=9 << 4) / SNAP_ED / IP / OTHER,
        "wlan:llc:ip:tcp",
        105,
    ),
    "wireless between access points": Stack(
        Dot11(addr1=M1, addr2=M2, addr3=M3, addr4=M4, from_ds=True, to_ds=True, subtype=8, qos=5)
        / SNAPPED / V6 / SEGMENT,
        dot11.Dot11(type=2, subtype=8, FCfield=3, addr1=M1, addr2=M2, addr3=M3, addr4=M4)
        / dot11.Dot11QoS(TID=5) / SNAP_ED / IP6 / OTHER,
        "wlan:llc:ipv6:tcp",
        105,
    ),
    "wireless with high throughput": Stack(
        Dot11(addr1=M1, addr2=M2, addr3=M3, to_ds=True, subtype=8, order=True, ht_control=1) / SNAPPED / V4 / SEGMENT,
        None,
        "wlan:llc:ip:tcp",
        105,
    ),
    "radiotap": Stack(
        Radiotap() / Dot11(addr1=M1, addr2=M2, addr3=M3) / SNAPPED / V4 / SEGMENT,
        dot11.RadioTap() / dot11.Dot11(type=2, addr1=M1, addr2=M2, addr3=M3) / SNAP_ED / IP / OTHER,
        "radiotap:wlan_radio:wlan:llc:ip:tcp",
        127,
    ),
    "radiotap and a check sequence": Stack(
        Radiotap(fields=bytes.fromhex("03000000 0102030405060708 10"))
        / Dot11(addr1=M1, addr2=M2, addr3=M3) / bytes(SNAPPED / V4 / SEGMENT) / b"\1\2\3\4",
        None,
        "radiotap:wlan_radio:wlan:llc:ip:tcp",
        127,
    ),
    "radiotap, three words, encrypted": Stack(
        Radiotap(fields=bytes.fromhex("030000a0 000000a0 00000000 0102030405060708 00"))
        / Dot11(addr1=M1, addr2=M2, addr3=M3, protected=True) / bytes(range(40)),
        None,
        "radiotap:wlan_radio:wlan",
        127,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, stack in STACKS.items() if stack.theirs is not None])
def test_octets_are_those_of_scapy(name: str) -> None:
    assert bytes(STACKS[name].ours) == bytes(STACKS[name].theirs)


def captured(name: str) -> Frame:
    """A packet as a frame that was captured whole."""
    data = bytes(STACKS[name].ours)
    return Frame(data=data, timestamp_ns=None, link_type=STACKS[name].link, length=len(data))


@pytest.mark.parametrize("name", STACKS)
def test_what_is_written_is_read(name: str) -> None:
    frame = captured(name)
    found = dissect(frame)
    assert (found.problem, found.row.anomaly) == (None, 0)
    assert bytes(found.packet) == frame.data
    ours = kinds(STACKS[name].ours)
    assert kinds(found.packet)[: len(ours)] == ours
    assert kinds(found.packet) == ours or name == "radiotap and a check sequence"


def kinds(packet: Packet) -> list[type[Layer]]:
    """Its layers' types, without those that are only octets."""
    return [type(layer) for layer in packet if type(layer) is not Raw]


# tshark

CHECKED = [
    "ip.check_checksum:TRUE",
    "tcp.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    "tcp.analyze_sequence_numbers:FALSE",
]
FIELDS = {
    "src_mac": ("eth.src", "wlan.sa", "sll.src.eth"),
    "dst_mac": ("eth.dst", "wlan.da"),
    "src_low": ("ip.src", "ipv6.src", "arp.src.proto_ipv4"),
    "dst_low": ("ip.dst", "ipv6.dst", "arp.dst.proto_ipv4"),
    "vlan": ("ieee8021ad.id", "vlan.id"),
    "src_port": ("tcp.srcport",),
    "dst_port": ("tcp.dstport",),
    "seq": ("tcp.seq_raw",),
    "ack": ("tcp.ack_raw",),
    "flags": ("tcp.flags",),
    "window": ("tcp.window_size_value",),
    "payload_length": ("tcp.len",),
}
"""Columns, and what tshark calls them; where it has a field several times, the last is the innermost."""
WRONG = ("_ws.malformed", "_ws.expert.severity", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status")
WARNING = 0x00600000


@functools.cache
def told(link: int) -> dict[str, dict[str, list[str]]]:
    """What tshark tells of all packets of a link type: names of fields, and their values in their order."""
    names = [name for name, stack in STACKS.items() if stack.link == link]
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, link)
    for name in names:
        data = bytes(STACKS[name].ours)
        capture += struct.pack("<IIII", 0, 0, len(data), len(data)) + data
    wanted = ["frame.protocols", *WRONG, *(field for fields in FIELDS.values() for field in fields), *SINGLE]
    command = [need("tshark", "tshark"), "-r", "-", "-T", "json", "-Y", "frame"]
    command += [word for choice in CHECKED for word in ("-o", choice)]
    command += [word for field in wanted for word in ("-e", field)]
    done = subprocess.run(command, input=capture, capture_output=True, check=True, timeout=60)
    packets = json.loads(done.stdout)
    assert len(packets) == len(names)
    return {name: packet["_source"]["layers"] for name, packet in zip(names, packets, strict=True)}


SINGLE = {
    "vlan.priority": ("a tag", "3"),
    "vlan.dei": ("a tag", "1"),
    "mpls.label": ("mpls", "18 1000"),
    "mpls.ttl": ("mpls", "9 8"),
    "mpls.exp": ("mpls", "5 0"),
    "mpls.bottom": ("mpls", "0 1"),
    "pppoe.session_id": ("pppoe", "0x0007"),
    "pppoe.payload_length": ("pppoe", "61"),
    "pppoed.tags.ac_name": ("pppoe's discovery", "loom"),
    "gre.checksum.status": ("gre's options", "1"),
    "gre.key": ("gre's options", "0x00000007"),
    "gre.sequence_number": ("gre's options", "9"),
    "gre.ack_number": ("a call of pptp", "2"),
    "gre.key.call_id": ("a call of pptp", "5"),
    "gre.key.payload_length": ("a call of pptp", "61"),
    "vxlan.vni": ("vxlan", "1193046"),
    "sll.ifindex": ("cooked, of version 2", "3"),
    "sll.pkttype": ("cooked", "4"),
    "arp.opcode": ("arp's answer", "2"),
    "arp.src.hw_mac": ("arp's answer", M1),
    "arp.dst.hw_mac": ("arp's answer", M2),
    "wlan.seq": ("wireless", "9"),
    "wlan.qos.tid": ("wireless between access points", "5"),
    "wlan.ra": ("wireless between access points", M1),
    "wlan.ta": ("wireless between access points", M2),
    "wlan.htc": ("wireless with high throughput", "0x00000001"),
    "wlan.fcs": ("radiotap and a check sequence", "0x04030201"),
    "radiotap.mactime": ("radiotap and a check sequence", str(0x0807060504030201)),
    "tcp.options.mss_val": ("tcp's options", "1460"),
    "tcp.options.wscale.shift": ("tcp's options", "7"),
    "tcp.options.timestamp.tsecr": ("tcp's options", "2"),
    "tcp.options.sack_le": ("tcp's sack", "5"),
    "tcp.options.sack_re": ("tcp's sack", "9"),
    "tcp.urgent_pointer": ("tcp's sack", "9"),
    "ip.dsfield.dscp": ("ipv4's fields", "46"),
    "ip.dsfield.ecn": ("ipv4's fields", "1"),
    "ip.id": ("ipv4's fields", "0x004d"),
    "ip.opt.type": ("ipv4's fields", "148"),
}
"""Fields that one kind of packet has, and what they are there."""


@pytest.mark.parametrize("name", STACKS)
def test_tshark_has_nothing_to_complain_of(name: str) -> None:
    found = told(STACKS[name].link)[name]
    assert found["frame.protocols"][0].removesuffix(":data") == STACKS[name].protocols
    assert "_ws.malformed" not in found
    for field in WRONG[2:]:
        assert set(found.get(field, ["1"])) <= {"1", "2"}
    assert all(int(severity, 0) < WARNING for severity in found.get("_ws.expert.severity", []))


def shown(column: str, value: int) -> set[str]:
    """A column's number as tshark may print it."""
    if column.endswith("_mac"):
        return {value.to_bytes(6, "big").hex(":")}
    return {str(value), f"0x{value:04x}"}


@pytest.mark.parametrize("name", STACKS)
def test_a_row_tells_what_tshark_finds(name: str) -> None:
    found = told(STACKS[name].link)[name]
    row = dissect(captured(name)).row
    compared = 0
    for column, fields in FIELDS.items():
        values = [found[field] for field in fields if field in found]
        if not values or column.endswith("_low"):
            continue
        seen = values[0][0] if column == "vlan" else values[-1][-1]
        assert seen in shown(column, getattr(row, column)), column
        compared += 1
    assert compared or "tcp" not in STACKS[name].protocols
    for side in ("src", "dst"):
        addresses = [found[field][-1] for field in FIELDS[f"{side}_low"] if field in found]
        assert not addresses or address(row, side) in addresses
    tags = found.get("ieee8021ad.id", []) + found.get("vlan.id", [])
    assert row.inner_vlan == (int(tags[-1]) if len(tags) > 1 else 0)


def address(row: Row, side: str) -> str:
    """An address of a row as text."""
    value = IPv6Address(getattr(row, f"{side}_high") << 64 | getattr(row, f"{side}_low"))
    return str(value.ipv4_mapped or value)


@pytest.mark.parametrize("field", SINGLE)
def test_tshark_finds_what_was_meant(field: str) -> None:
    name, value = SINGLE[field]
    assert " ".join(told(STACKS[name].link)[name][field]) == value


def test_each_kind_is_tried() -> None:
    ours = {type(layer).__name__ for stack in STACKS.values() for layer in stack.ours}
    assert ours >= {
        "ARP", "Dot11", "Ethernet", "GRE", "IPv4", "LLC", "Loop", "Loopback", "MPLS", "PPP", "PPPoE", "PPPoEDiscovery",
        "Radiotap", "SLL", "SLL2", "SNAP", "TCP", "VLAN", "VXLAN",
    }  # fmt: skip
    assert set(FIELDS) <= set(columns())
