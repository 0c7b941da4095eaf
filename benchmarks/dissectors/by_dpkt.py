"""Columns by dpkt."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from dpkt.arp import ARP
from dpkt.ethernet import Ethernet
from dpkt.ip import IP
from dpkt.ip6 import IP6
from dpkt.pcap import Reader
from dpkt.tcp import TCP
from dpkt.udp import UDP

from benchmarks.dissectors import Kept, main

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(path: str) -> Kept:
    kept = Kept()
    with Path(path).open("rb") as file:
        for time, octets in Reader(file):
            frame = Ethernet(octets)
            inside = frame.data
            tags = getattr(frame, "vlan_tags", ())
            start = (round(time * 1e6), len(octets), tags[0].id if tags else 0)
            if isinstance(inside, IP):
                middle = (inside.src, inside.dst, inside.p, inside.ttl)
            elif isinstance(inside, IP6):
                middle = (inside.src, inside.dst, inside.p, inside.hlim)
            else:
                assert isinstance(inside, ARP)
                kept.add((*start, b"", b"", 0, 0, 0, 0, 0, 0))
                continue
            over = inside.data
            if isinstance(over, TCP):
                kept.add((*start, *middle, over.sport, over.dport, over.flags, over.win))
            elif isinstance(over, UDP):
                kept.add((*start, *middle, over.sport, over.dport, 0, 0))
            else:
                kept.add((*start, *middle, 0, 0, 0, 0))
    return kept


def told(kept: Kept) -> Iterator[tuple[object, ...]]:
    for packet in zip(*kept.columns, strict=True):
        yield (*packet[:3], *map(text, packet[3:5]), *packet[5:])


def text(address: bytes) -> str:
    if not address:
        return ""
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


main(read, told)
