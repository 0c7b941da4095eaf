"""What goes out on one connection: one write for each turn of the event loop, within bounds (MQTT 5.0 §4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import NetloomError
from netloom.protocols.mqtt.forms import Way, parts

if TYPE_CHECKING:
    from netloom.contents.bus import Delivery
    from netloom.links.stream import Stream
    from netloom.protocols.mqtt.broker import Broker
    from netloom.protocols.mqtt.forms import Parts
    from netloom.protocols.mqtt.session import Item

_ANY = 0xFFFF_FFFF


class Outbox:
    """Packets for one client. `window` is how many messages of QoS 1 and 2 may be on their way, `maximum` the bytes of
    the largest packet that it takes, `aliases` how many topics may have a number (MQTT 5.0 §3.1.2.11)."""

    __slots__ = (
        "_aliases", "_broker", "_limit", "_link", "_parts", "_pending", "_size", "_taken", "aliases", "maximum",
        "version", "window",
    )  # fmt: skip

    def __init__(self, broker: Broker, link: Stream, version: int) -> None:
        self.version = version
        self.window = 65_535
        self.maximum = _ANY
        self.aliases = 0
        self._broker = broker
        self._link = link
        self._limit = broker.bus.limits.queue_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._taken = 0  # what the link had not got rid of when it was looked at last
        self._pending = False
        self._aliases: dict[str, int] = {}

    def tell(self, delivery: Delivery, retain: bool, identifiers: tuple[int, ...]) -> None:
        """A message of QoS 0: who is too slow for it misses it."""
        counters = self._broker.counters
        room = self._taken + self._size < self._limit or self.has_room
        found = self._form(delivery, Way(self.version, 0, retain, identifiers)) if room else None
        if found is None:
            counters.dropped += 1
            return
        counters.told += 1
        counters.payload_sent += len(delivery.message.payload)
        self.push(found[0])

    def publish(self, item: Item, number: int) -> bool:
        """A message of QoS 1 or 2 under its packet id; False where it can't be said, or not to this client."""
        found = self._form(item.delivery, Way(self.version, item.qos, item.retain, item.identifiers))
        if found is None:
            return False
        counters = self._broker.counters
        counters.told += 1
        counters.payload_sent += len(item.delivery.message.payload)
        head, rest = found
        if item.sent:
            head = bytes((head[0] | 8,)) + head[1:]  # DUP
        self.push(b"".join((head, number.to_bytes(2, "big"), rest)))
        return True

    def push(self, packet: bytes) -> None:
        """Something to be sent at the end of this turn."""
        self._parts.append(packet)
        self._size += len(packet)
        if not self._pending:
            self._pending = True
            self._broker.has_mail(self)

    @property
    def has_room(self) -> bool:
        """Whether what waits for the client to read is within bounds."""
        if self._taken + self._size < self._limit:
            return True
        self._taken = self._link.transport.get_write_buffer_size()
        return self._taken + self._size < self._limit

    def flush(self) -> None:
        """Send all there is."""
        self._pending = False
        pieces = self._parts
        if not pieces:
            return
        counters = self._broker.counters
        counters.packets_sent += len(pieces)
        counters.bytes_sent += self._size
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._size = 0
        try:
            self._link.write_soon(data)
        except NetloomError:
            return  # whoever reads from this connection learns of it
        self._taken = self._link.transport.get_write_buffer_size()

    def _form(self, delivery: Delivery, way: Way) -> Parts | None:
        """The bytes, with a number for the topic where the client takes them; None where they are too many for it."""
        topic, number = delivery.message.topic, 0
        if self.aliases:
            number = -self._aliases.get(topic, 0)
            if not number and len(self._aliases) < self.aliases:
                number = len(self._aliases) + 1
            way = way._replace(alias=number)
        found = parts(delivery, way)
        if found is None or len(found[0]) + len(found[1]) + 2 * (way.qos > 0) > self.maximum:
            return None
        if number > 0:
            self._aliases[topic] = number
        return found
