"""Columns by scapy: only the layers that they are in are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q
from scapy.utils import PcapReader

from benchmarks.dissectors import Kept, main

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(path: str) -> Kept:
    kept = Kept()
    with PcapReader(path) as packets:
        for packet in packets:
            tag = packet.getlayer(Dot1Q)
            start = (round(packet.time * 1_000_000), packet.wirelen, tag.vlan if tag is not None else 0)
            ip = packet.getlayer(IP)
            if ip is not None:
                middle = (ip.src, ip.dst, ip.proto, ip.ttl)
            else:
                ip = packet.getlayer(IPv6)
                if ip is None:
                    kept.add((*start, "", "", 0, 0, 0, 0, 0, 0))
                    continue
                middle = (ip.src, ip.dst, ip.nh, ip.hlim)
            tcp = ip.getlayer(TCP)
            if tcp is not None:
                kept.add((*start, *middle, tcp.sport, tcp.dport, int(tcp.flags), tcp.window))
                continue
            udp = ip.getlayer(UDP)
            kept.add((*start, *middle, *((udp.sport, udp.dport) if udp is not None else (0, 0)), 0, 0))
    return kept


def told(kept: Kept) -> Iterator[tuple[object, ...]]:
    return zip(*kept.columns, strict=True)


main(read, told)
