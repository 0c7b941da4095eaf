"""MQTT, replayed: packets; those that acknowledge have the ids that were heard (MQTT 5.0 §2.2.1)."""

from __future__ import annotations

from typing import ClassVar

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.buffered import Buffered
from netloom.packet.tape.part import Part, Unit, Units
from netloom.wire.mqtt import packets
from netloom.wire.mqtt.parse import parse

_PINGREQ, _PINGRESP = b"\xc0\0", b"\xd0\0"
_ANSWERS = (packets.PubAck, packets.PubRec, packets.PubComp, packets.SubAck, packets.UnsubAck)
"""Packets whose id is of the other side's making."""


class Replay(Part):
    """One connection."""

    adapts: ClassVar[frozenset[str]] = frozenset({CLIENT, SERVER})

    def __init__(self) -> None:
        self._ids: dict[int, bytes] = {}

    def units(self, _: str) -> Units:
        """Packets."""
        return _Units()

    def met(self, recorded: Unit, heard: Unit) -> None:
        """Remember by the recorded id the one that was heard."""
        if recorded.about > 0 and heard.about > 0:
            self._ids[recorded.about] = heard.about.to_bytes(2)

    def adapt(self, unit: Unit) -> bytes:
        """An acknowledgement of what was heard."""
        data = unit.data
        known = self._ids.get(-unit.about)
        if known is None:
            return data
        at = _body(data)
        return data[:at] + known + data[at + 2 :]

    def aside(self, unit: Unit) -> bytes:
        """Pings are answered as they come."""
        return _PINGRESP if unit.data == _PINGREQ else b""


class _Units(Buffered):
    def __init__(self) -> None:
        super().__init__()
        self._version = 0

    def take(self, sender: str, buffer: bytearray) -> Unit | int:
        at = _body(buffer)
        if not at:
            return 2
        end = at + _length(buffer)
        if len(buffer) < end:
            return end
        data = bytes(buffer[:end])
        if data in (_PINGREQ, _PINGRESP):
            return Unit(sender, data, None, 0)
        try:
            found = parse(data, self._version, "client" if sender == CLIENT else "server")
        except RemoteProtocolError:
            return Unit(sender, data, data.hex(), 0)
        if found is None:
            return Unit(sender, data, data.hex(), 0)
        packet = found[0]
        if isinstance(packet, packets.Connect):
            self._version = packet.version
        return Unit(sender, data, _gist(packet), _id(packet))


def _gist(packet: packets.Packet) -> str:
    """What is said, but for ids, names that clients give themselves, and what belongs to one connection."""
    kind = type(packet).__name__
    match packet:
        case packets.Connect():
            return f"{kind} {packet.version} {packet.user} {packet.password!r} {packet.will}"
        case packets.Publish():
            return f"{kind} {packet.topic} {packet.payload!r} {packet.qos} {packet.retain}"
        case packets.Subscribe():
            return f"{kind} {[(one.filter, one.qos) for one in packet.wanted]}"
        case packets.Unsubscribe():
            return f"{kind} {packet.filters}"
        case packets.SubAck() | packets.UnsubAck():
            return f"{kind} {packet.reasons}"
        case packets.PingReq() | packets.PingResp():
            return kind
        case _:
            return f"{kind} {packet.reason}"


def _id(packet: packets.Packet) -> int:
    """The id of a packet; below 0 where the other side made it, 0 where it has none."""
    number = int(getattr(packet, "packet_id", 0))
    return -number if isinstance(packet, _ANSWERS) else number


def _body(data: bytes | bytearray) -> int:
    """Where the remaining length ends; 0 while it isn't there."""
    return next((at + 1 for at in range(1, min(len(data), 5)) if data[at] < 128), 5 if len(data) >= 5 else 0)


def _length(data: bytes | bytearray) -> int:
    return sum((data[at] & 127) << 7 * (at - 1) for at in range(1, _body(data)))
