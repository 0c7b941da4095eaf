"""Packets to rewrite, and what must become of them: made of layers twice, with old addresses and with new ones."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from netloom.packet import (
    ARP,
    GRE,
    ICMP,
    SCTP,
    TCP,
    UDP,
    VLAN,
    VXLAN,
    Destination,
    Ethernet,
    HopByHop,
    ICMPv6,
    IPv4,
    IPv6,
    Packet,
    PPPoE,
    Routing,
)
from netloom.packet.addresses import mac, octets
from netloom.packet.formats import destination, routing
from netloom.packet.formats.ppp import PPP
from netloom.packet.frame import Frame
from netloom.packet.layer import Layer, Raw, replaced
from netloom.packet.rewriting.changes import Prefixes, hardware, ports, prefixes
from netloom.packet.rewriting.rewriter import Changes, Rewriter

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESSES = [
    "10.0.0.0/8=198.0.0.0/8",
    "10.1.2.3=203.0.113.9",
    "2001:db8::/32=3fff:1::/32",
    "2001:db8:0:1::/64=fd00::/64",
]
BACK = ["198.0.0.0/8=10.0.0.0/8", "203.0.113.9=10.1.2.3", "3fff:1::/32=2001:db8::/32", "fd00::/64=2001:db8:0:1::/64"]
PORTS = ["80=8080", "443=4443", "5000=65535"]
PORTS_BACK = ["8080=80", "4443=443", "65535=5000"]
HARDWARE = ["02:00:00:00:00:01=06:00:00:00:00:09", "02:00:00:00:00:02=0a:0b:0c:0d:0e:0f"]
HARDWARE_BACK = ["06:00:00:00:00:09=02:00:00:00:00:01", "0a:0b:0c:0d:0e:0f=02:00:00:00:00:02"]

THERE = Changes(addresses=prefixes(ADDRESSES), hardware=hardware(HARDWARE), ports=ports(PORTS))
HERE = Changes(addresses=prefixes(BACK), hardware=hardware(HARDWARE_BACK), ports=ports(PORTS_BACK))

fours = st.sampled_from(["10.1.2.3", "10.0.0.1", "10.255.1.2", "192.0.2.1", "224.0.0.1", "0.0.0.0"])
sixes = st.sampled_from(["2001:db8::1", "2001:db8:0:1::7", "2001:db8:ffff::9", "fe80::1", "ff02::1"])
macs = st.sampled_from(["02:00:00:00:00:01", "02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:03"])
some_ports = st.sampled_from([80, 443, 5000, 53, 40000])
payloads = st.binary(max_size=60).map(lambda data: Raw(data=data))


def _layers(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Layer, ...]]:
    return st.tuples(*parts).map(lambda found: tuple(layer for part in found for layer in _flat(part)))


def _flat(part: Any) -> tuple[Layer, ...]:
    return part if isinstance(part, tuple) else (part,)


datagrams = st.one_of(
    _layers(st.builds(UDP, dport=some_ports, sport=some_ports), payloads),
    _layers(st.builds(UDP, dport=some_ports, sport=some_ports, checksum=st.just(0)), payloads),
    _layers(st.builds(SCTP, dport=some_ports, sport=some_ports), payloads),
)
transports = st.one_of(
    _layers(st.builds(TCP, dport=some_ports, sport=some_ports, seq=st.integers(0, 2**32 - 1)), payloads), datagrams
)
ipv4 = st.builds(IPv4, src=fours, dst=fours, ttl=st.integers(0, 255))
ipv6 = st.builds(IPv6, src=sixes, dst=sixes)
extensions = st.one_of(
    st.just(()),
    st.builds(HopByHop).map(lambda each: (each,)),
    st.builds(lambda each: (Destination(options=destination.home_address(each)),), sixes),
    st.builds(lambda each, left: (Routing(data=routing.segments(*each), segments_left=left),),
              st.lists(sixes, min_size=1, max_size=3), st.integers(0, 1)),
)  # fmt: skip
quotes4 = st.builds(lambda found: bytes(Packet(found)), _layers(ipv4, transports))
quotes6 = st.builds(lambda found: bytes(Packet(found)), _layers(ipv6, transports))
plain = st.one_of(
    _layers(ipv4, transports),
    _layers(ipv6, transports),
    _layers(ipv6, extensions, datagrams),
    _layers(ipv4, st.builds(ICMP, type=st.sampled_from([0, 8])), payloads),
    _layers(ipv6, extensions, st.builds(ICMPv6, type=st.sampled_from([128, 129])), payloads),
)
packets = st.recursive(
    plain,
    lambda inner: st.one_of(
        _layers(ipv4, inner),
        _layers(ipv6, inner),
        _layers(ipv4, st.builds(GRE, checksummed=st.booleans()), inner),
        _layers(ipv4, st.just(UDP(sport=9)), st.just(VXLAN(vni=5)), st.builds(Ethernet, src=macs, dst=macs), inner),
        _layers(ipv6, st.just(UDP(sport=9)), st.just(VXLAN(vni=5)), st.builds(Ethernet, src=macs, dst=macs), inner),
        _layers(ipv4, st.builds(GRE, checksummed=st.booleans()), st.builds(PPP, compressed=st.booleans()), inner),
    ),
    max_leaves=3,
)
frames = st.one_of(
    _layers(st.builds(Ethernet, src=macs, dst=macs), packets),
    _layers(st.builds(Ethernet, src=macs, dst=macs), st.builds(VLAN, vid=st.integers(0, 4095)), packets),
    _layers(st.builds(Ethernet, src=macs, dst=macs), st.just(PPPoE()), st.just(PPP()), packets),
    _layers(st.builds(Ethernet, src=macs, dst=macs), st.builds(ARP, sha=macs, tha=macs, spa=fours, tpa=fours)),
).map(Packet)


def expected(packet: Packet, changes: Changes = THERE) -> Packet:
    """The same layers with what they say changed; what is None in them is filled in anew."""
    return Packet(tuple(_changed(layer, changes) for layer in packet))


def _changed(layer: Layer, changes: Changes) -> Layer:
    new = _mapped(changes.addresses)
    values: dict[str, Any] = {}
    for name in ("src", "dst", "sha", "tha"):
        value = getattr(layer, name, None)
        if isinstance(value, str) and value.count(":") == 5 and not isinstance(layer, IPv6):
            values[name] = mac(changes.hardware.get(octets(value), octets(value)))
        elif isinstance(value, IPv4Address | IPv6Address):
            values[name] = new(value)
    for name in ("spa", "tpa"):
        if hasattr(layer, name):
            values[name] = new(getattr(layer, name))
    if not isinstance(layer, UDP) or layer.dport is not None:
        for name in ("sport", "dport"):
            if hasattr(layer, name):
                values[name] = changes.ports.get(getattr(layer, name), getattr(layer, name))
    if isinstance(layer, Destination):
        home = layer.home()
        values["options"] = destination.home_address(str(new(home))) if home is not None else layer.options
    if isinstance(layer, Routing):
        values["data"] = routing.segments(*(str(new(each)) for each in reversed(layer.addresses())))
    return replaced(layer, **values)


def _mapped(change: Prefixes) -> Callable[[Any], Any]:
    return lambda address: ip_address(change.address(address.packed))


def rewritten(data: bytes, changes: Changes, link: int = 1, length: int | None = None) -> bytes:
    """Octets as they become."""
    return Rewriter(changes).frame(Frame(data, 0, link, len(data) if length is None else length)).data
