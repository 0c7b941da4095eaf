"""A packet in one line: who to whom, what, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.formats.tcp import letters
from netloom.packet.frame import INBOUND, OUTBOUND
from netloom.packet.layer import Raw
from netloom.packet.protocols import PROTOCOLS
from netloom.packet.record import PacketRecord
from netloom.packet.row import ANOMALIES, address
from netloom.wire.icmp_words import in_words as icmp_words

if TYPE_CHECKING:
    from netloom.packet.dissect import Dissected
    from netloom.packet.frame import Frame
    from netloom.packet.row import Row

_WITH_PORTS = (6, 17, 132)
_ARP = 0x0806
_DIRECTIONS = {0: "", INBOUND: "in", OUTBOUND: "out"}


def _mac(number: int) -> str:
    return number.to_bytes(6, "big").hex(":")


def protocol(read: Dissected) -> str:
    """The name of the innermost protocol that is known."""
    row = read.row
    if row.version:
        return PROTOCOLS.get(row.protocol, f"ip {row.protocol}")
    if row.ethertype == _ARP:
        return "arp"
    last = next((layer for layer in reversed(read.packet.layers) if not isinstance(layer, Raw)), None)
    return (
        f"type {row.ethertype:#06x}" if row.ethertype else type(last).__name__.lower() if last is not None else "octets"
    )


def in_words(read: Dissected) -> str:
    """The rest of the line: flags and numbers, types and codes, lengths."""
    row = read.row
    said = [f"vlan {row.vlan}"] if row.vlan else []
    if row.inner_vlan:
        said[-1] += f".{row.inner_vlan}"
    if row.fragment >= 0:
        said.append(f"fragment at {row.fragment}")
    if row.version and row.fragment <= 0:
        said += _inside(row)
    elif row.ethertype == _ARP:
        said += _arp(read)
    if row.payload_length and row.ethertype != _ARP:
        said.append("1 octet" if row.payload_length == 1 else f"{row.payload_length} octets")
    return ", ".join(said)


def _inside(row: Row) -> list[str]:
    if row.protocol == 6:
        said = [f"{letters(row.flags) or 'no flags'} seq {row.seq}"]
        return [*said, f"ack {row.ack}", f"win {row.window}"] if row.flags & 16 else [*said, f"win {row.window}"]
    if row.protocol in (1, 58):
        return [icmp_words(row.version, row.icmp_type, row.icmp_code)]
    return []


def _arp(read: Dissected) -> list[str]:
    """Who has what, from the row: the addresses are there, and the operation is in the layer."""
    from netloom.packet.formats.arp import ARP

    row = read.row
    if ARP not in read.packet:
        return []
    layer = read.packet[ARP]
    sender, target = address(row.src_high, row.src_low), address(row.dst_high, row.dst_low)
    known = {1: f"who has {target}? tell {sender}", 2: f"{sender} is at {layer.sha}"}
    return [known.get(layer.operation, f"operation {layer.operation}")]


def record_of(number: int, frame: Frame, read: Dissected, interface: str = "") -> PacketRecord:
    """A packet's record; `number` is which one it is of its capture."""
    row = read.row
    ports = row.version > 0 and row.protocol in _WITH_PORTS and row.fragment <= 0
    return PacketRecord(
        number=number,
        time=None if frame.timestamp_ns is None else frame.timestamp_ns / 1_000_000_000,
        src=_end(row, row.src_high, row.src_low, row.src_mac),
        src_port=row.src_port if ports else None,
        dst=_end(row, row.dst_high, row.dst_low, row.dst_mac),
        dst_port=row.dst_port if ports else None,
        protocol=protocol(read),
        length=frame.length,
        captured=len(frame.data),
        vlan=row.vlan,
        tunnels=row.tunnels,
        interface=interface,
        direction=_DIRECTIONS[frame.direction],
        words=in_words(read),
        anomalies=tuple(name for bit, name in ANOMALIES.items() if row.anomaly & bit),
    )


def _end(row: Row, high: int, low: int, hardware: int) -> str:
    return address(high, low, row.version) if row.version else _mac(hardware)
