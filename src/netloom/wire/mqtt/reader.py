"""Packets out of a stream that is cut anywhere (MQTT 5.0 §2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.wire.mqtt.packets import Connect, Packet
from netloom.wire.mqtt.parse import LIMIT, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.wire.mqtt.bodies import Sender


class Reader:
    """One side's packets. `version` is the protocol level: a client's is 0 until its CONNECT has said it.

    It keeps one packet of at most `limit` bytes.
    """

    def __init__(self, sender: Sender, *, version: int = 0, limit: int = LIMIT) -> None:
        self.version = version
        self.limit = limit
        self._sender: Sender = sender
        self._parts: list[bytes] = []
        self._held = 0
        self._due = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that are whole now, to be read to their end. Raises PacketError after those before the mistake.

        What is said is taken in only as the packets are read: whoever reads on knows what the one before has changed.
        """
        if self._parts:
            self._parts.append(data)
            self._held += len(data)
            if self._held < self._due:
                return
            data = b"".join(self._parts)
            self._parts.clear()
        at, size, sender = 0, len(data), self._sender
        while at < size:
            found = parse(data, self.version, sender, limit=self.limit, at=at)
            if found is None:
                break
            packet, at = found
            if type(packet) is Connect:
                self.version = packet.version
            yield packet
        if at < size:
            self._keep(data[at:])

    def _keep(self, rest: bytes) -> None:
        self._parts.append(rest)
        self._held = len(rest)
        self._due = _size(rest)


def _size(data: bytes) -> int:
    """How many bytes a packet has, as far as that can be seen."""
    length = shift = 0
    for number, octet in enumerate(data[1:5]):
        length |= (octet & 127) << shift
        shift += 7
        if octet < 128:
            return 2 + number + length
    return 0
