"""A session: subscriptions, what is on its way to the client, and what waits for it (MQTT 5.0 §4.1, §4.3, §4.4)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.contents import TooLarge
from netloom.protocols.mqtt.forms import origin_of, qos_of, seconds_left
from netloom.wire.mqtt.emit import emit
from netloom.wire.mqtt.packets import PubRel, Wanted
from netloom.wire.mqtt.topics import shared

if TYPE_CHECKING:
    import asyncio

    from netloom.contents.bus import Delivery
    from netloom.protocols.mqtt.broker import Broker
    from netloom.protocols.mqtt.connection import Connection
    from netloom.protocols.mqtt.groups import Group
    from netloom.protocols.mqtt.outbox import Outbox
    from netloom.wire.mqtt.packets import Will

NEVER = 0xFFFF_FFFF
"""A session expiry that never comes."""

_NOTHING: deque[Any] = deque(maxlen=0)
"""What waits for most clients. Each empty deque of its own would take 760 bytes, a tenth of a connection."""


class Terms(Struct, frozen=True):
    """How one filter is subscribed to; `identifiers` has one or none."""

    wanted: Wanted
    identifiers: tuple[int, ...] = ()


class Grant(Struct, frozen=True):
    """What follows from all filters that match: a message is told once (MQTT 5.0 §3.3.4)."""

    qos: int
    as_published: bool
    identifiers: tuple[int, ...]


def granted(terms: list[Terms]) -> Grant | None:
    """The highest QoS, and all identifiers (MQTT 5.0 §3.3.4 [MQTT-3.3.4-2] [MQTT-3.3.4-3])."""
    if not terms:
        return None
    return Grant(
        max(one.wanted.qos for one in terms),
        any(one.wanted.retain_as_published for one in terms),
        tuple(number for one in terms for number in one.identifiers),
    )


class Item:
    """A message of QoS 1 or 2 for one client. `released` once the client has it (QoS 2: PUBREC came)."""

    __slots__ = ("delivery", "group", "identifiers", "qos", "released", "retain", "sent")

    def __init__(
        self,
        delivery: Delivery,
        qos: int,
        retain: bool,
        identifiers: tuple[int, ...],
        group: Group | None,
    ) -> None:
        self.delivery = delivery
        self.qos = qos
        self.retain = retain
        self.identifiers = identifiers
        self.group = group
        self.released = self.sent = False


class Session:
    """One client's, from its first connection until it expires. `outbox` is where packets go while it is connected.

    What is on its way keeps its packet id over connections; those in `again` have to be sent once more. What waits is
    bounded by the bus's limits for a queue.
    """

    def __init__(self, broker: Broker, client_id: str, user: str) -> None:
        self.broker = broker
        self.client_id = client_id
        self.user = user
        self.expiry = 0
        self.will: Will | None = None
        self.peer = ""
        self.connection: Connection | None = None
        self.outbox: Outbox | None = None
        self.subscriptions: dict[str, Terms] = {}
        self.received: set[int] = set()  # packet ids of messages of QoS 2 that the client may send again
        self.will_due: asyncio.TimerHandle | None = None
        self.end_due: asyncio.TimerHandle | None = None
        self._attached = False
        self._inflight: dict[int, Item] = {}
        self._again: deque[int] = _NOTHING
        self._queue: deque[Item] = _NOTHING
        self._bytes = 0
        self._last_id = 0

    # What the bus calls

    def plan(self, terms: list[Terms]) -> tuple[Grant | None, Grant | None]:
        """What holds for others' messages, and for those that the client itself published."""
        whole = granted(terms)
        if not any(one.wanted.no_local for one in terms):
            return whole, whole
        return whole, granted([one for one in terms if not one.wanted.no_local])

    def hear(self, delivery: Delivery, plan: tuple[Grant | None, Grant | None]) -> None:
        """Tell the client, or keep it."""
        grant, own = plan
        if grant is not own and origin_of(delivery.message) == self.client_id:
            grant = own
        if grant is not None:
            self.give(delivery, grant, retain=delivery.message.retain and grant.as_published)

    # Out

    def give(self, delivery: Delivery, grant: Grant, *, retain: bool, group: Group | None = None) -> None:
        """A message for this client, with the QoS that it came with or was granted, whichever is less."""
        qos = min(grant.qos, qos_of(delivery.message))
        outbox = self.outbox
        if not qos:
            if outbox is not None:
                outbox.tell(delivery, retain, grant.identifiers)
            return
        if not self.broker.has_room(delivery.size):
            self.broker.counters.dropped += 1
            return
        item = Item(delivery, qos, retain, grant.identifiers, group)
        if outbox is not None and not self._queue and self.has_window:
            self._send(item, outbox)
        else:
            self._keep(item)

    def give_retained(self, deliveries: list[Delivery], grant: Grant) -> None:
        """Retained messages, all or none of them: the bus bounds how many there are."""
        if len(self._queue) >= self.broker.bus.limits.queue:
            self.broker.counters.dropped += len(deliveries)
            return
        for delivery in deliveries:
            qos = min(grant.qos, qos_of(delivery.message))
            if not qos:
                self.give(delivery, grant, retain=True)
            elif self.broker.has_room(delivery.size):
                self._keep(Item(delivery, qos, True, grant.identifiers, None), bounded=False)
            else:
                self.broker.counters.dropped += 1
        self.pump()

    @property
    def has_window(self) -> bool:
        """Whether another message may be on its way (MQTT 5.0 §4.9)."""
        outbox = self.outbox
        if outbox is None:
            return False
        under_way = len(self._inflight) - len(self._again)
        return under_way < outbox.window and (not under_way or outbox.has_room) and not self._again

    @property
    def waiting(self) -> int:
        """Messages that aren't acknowledged or not even sent."""
        return len(self._inflight) + len(self._queue)

    def pump(self) -> None:
        """Send what waits, as far as it may be on its way."""
        outbox = self.outbox
        if outbox is None:
            return
        while self._again and len(self._inflight) - len(self._again) < outbox.window:
            number = self._again.popleft()
            item = self._inflight[number]
            if item.released:
                outbox.push(emit(PubRel(packet_id=number), outbox.version))
            elif not self._post(item, number, outbox):
                del self._inflight[number]
                self._let_go(item)
        while self._queue and self.has_window:
            item = self._queue.popleft()
            self._release(item)
            if seconds_left(item.delivery.message) == 0:
                self.broker.counters.expired += 1
            else:
                self._send(item, outbox)

    def _send(self, item: Item, outbox: Outbox) -> None:
        number = self._last_id
        while True:
            number = number % 65_535 + 1
            if number not in self._inflight:
                break
        self._last_id = number
        if self._post(item, number, outbox):
            self._inflight[number] = item
            self.broker.hold(item.delivery.size)

    def _post(self, item: Item, number: int, outbox: Outbox) -> bool:
        """Put a PUBLISH into the outbox; False where it can't be said to this client (MQTT 5.0 [MQTT-3.1.2-25])."""
        if not outbox.publish(item, number):
            self.broker.counters.dropped += 1
            return False
        item.sent = True
        return True

    def _keep(self, item: Item, *, bounded: bool = True) -> None:
        broker = self.broker
        limits, size = broker.bus.limits, item.delivery.size
        if bounded and (len(self._queue) >= limits.queue or self._bytes + size > limits.queue_bytes):
            broker.counters.dropped += 1
            return
        if self._queue is _NOTHING:
            self._queue = deque()
        self._queue.append(item)
        self._bytes += size
        broker.hold(size)

    def _release(self, item: Item) -> None:
        self._bytes -= item.delivery.size
        self._let_go(item)

    def _let_go(self, item: Item) -> None:
        self.broker.let_go(item.delivery.size)

    # What the client answers; each tells whether the packet id was known

    def acknowledged(self, number: int) -> bool:
        """PUBACK came."""
        item = self._inflight.get(number)
        return item is not None and item.qos == 1 and self._finished(number)

    def refused(self, number: int) -> bool:
        """PUBREC came, and says no."""
        item = self._inflight.get(number)
        return item is not None and item.qos == 2 and not item.released and self._finished(number)

    def received_by(self, number: int) -> bool:
        """PUBREC came."""
        item = self._inflight.get(number)
        if item is None or item.qos != 2:
            return False
        item.released = True
        return True

    def completed(self, number: int) -> bool:
        """PUBCOMP came."""
        item = self._inflight.get(number)
        return item is not None and item.released and self._finished(number)

    def _finished(self, number: int) -> bool:
        self._let_go(self._inflight.pop(number))
        self.pump()
        return True

    # Connections

    def resume(self, outbox: Outbox) -> None:
        """A connection stands: send again what wasn't acknowledged, in its order (MQTT 5.0 §4.4, §4.6)."""
        self.outbox = outbox
        self._again = deque(self._inflight) if self._inflight else _NOTHING
        self.pump()

    def away(self) -> None:
        """The connection has gone."""
        self.connection = self.outbox = None

    def stop_timers(self) -> None:
        """Neither a will nor the end is due any longer."""
        for timer in (self.will_due, self.end_due):
            if timer is not None:
                timer.cancel()
        self.will_due = self.end_due = None

    def end(self) -> None:
        """It is over: what others of a shared subscription may have goes to them (MQTT 5.0 §4.8.2 [MQTT-4.8.2-5])."""
        items = [*self._inflight.values(), *self._queue]
        for pattern in tuple(self.subscriptions):
            self.unsubscribe(pattern)
        self.forget()
        for item in items:
            if item.group is not None and (not item.sent or (item.qos == 1 and not item.released)):
                item.group.hear(item.delivery, None)

    def forget(self) -> None:
        """Let go of everything, without a word to anybody."""
        for item in (*self._inflight.values(), *self._queue):
            self._let_go(item)
        self._inflight.clear()
        self._again.clear()
        self._queue.clear()
        self.stop_timers()
        if self._attached:
            self.broker.bus.detach(self)
            self._attached = False

    # Subscriptions

    def subscribe(self, pattern: str, terms: Terms) -> bool:
        """Subscribe, or change how; whether it is new. Raises UsageError, TooLarge."""
        bus = self.broker.bus
        new = pattern not in self.subscriptions
        if new and len(self.subscriptions) >= bus.limits.patterns:
            raise TooLarge(f"a client has no more than {bus.limits.patterns} subscriptions")
        name, inner = shared(pattern)
        if name:
            self.broker.join(name, inner, self, terms)
        else:
            if not self._attached:
                bus.attach(self)
                self._attached = True
            bus.listen(self, inner, terms)
        self.subscriptions[pattern] = terms
        return new

    def unsubscribe(self, pattern: str) -> bool:
        """Don't hear it any longer; whether it was subscribed to. What is on its way stays so."""
        if self.subscriptions.pop(pattern, None) is None:
            return False
        bus = self.broker.bus
        name, inner = shared(pattern)
        if name:
            self.broker.leave(name, inner, self)
        else:
            bus.unlisten(self, inner)
        if self._attached and not bus.patterns_of(self):
            bus.detach(self)
            self._attached = False
        return True
