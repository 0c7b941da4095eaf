"""The broker: what all connections of one bus share: sessions, wills, shared subscriptions, $SYS (MQTT 5.0 §4.1)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.contents.bus import Publication
from netloom.errors import UsageError
from netloom.links.companions import Companions
from netloom.protocols.mqtt.counters import ROOT, Counters, topics
from netloom.protocols.mqtt.groups import Group
from netloom.protocols.mqtt.messages import carried, words_of
from netloom.protocols.mqtt.session import NEVER, Session

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.protocols.mqtt.outbox import Outbox
    from netloom.protocols.mqtt.session import Terms
    from netloom.wire.mqtt.packets import Publish, Will
    from netloom.wire.mqtt.properties import Properties

AWAY = 10_000
"""Sessions that are kept for those who aren't there; beyond, whoever has been away the longest loses theirs."""
HELD = 256 << 20
"""Bytes of messages that wait, or aren't acknowledged, for all clients together."""
TELLING = 10.0
"""Seconds between two accounts of $SYS, while somebody listens to them."""


class Broker:
    """Everything is told on the loop's own turn: packets are collected in outboxes, which are emptied once a turn."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.loop = asyncio.get_running_loop()
        self.counters = Counters(self.loop.time())
        self.sessions: dict[str, Session] = {}
        self.groups: dict[tuple[str, str], Group] = {}
        self.connected = 0
        self.held_count = self.held_bytes = 0
        self._away: dict[Session, None] = {}
        self._mail: list[Outbox] = []
        self._telling: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Forget everything, without a word to anybody."""
        if self._telling is not None:
            self._telling.cancel()
        for group in self.groups.values():
            self.bus.detach(group)
        self.groups.clear()
        for session in self.sessions.values():
            session.forget()
        self.sessions.clear()

    # Sessions

    def begin(self, client_id: str, user: str, *, clean: bool) -> tuple[Session, bool]:
        """The session of a client that connects, and whether it was there (MQTT 5.0 §3.1.2.4).

        A connection that is in it is told, and ended (§3.1.4 [MQTT-3.1.4-3]).
        """
        found = self.sessions.get(client_id)
        if found is not None and found.connection is not None:
            found.connection.taken_over()
            self.left(found, will=True, expects=not clean)
        if found is not None and clean:
            self.end(found)
        found = self.sessions.get(client_id)
        present = found is not None
        if found is None:
            found = self.sessions[client_id] = Session(self, client_id, user)
        found.stop_timers()
        self._away.pop(found, None)
        self.connected += 1
        self.counters.most = max(self.counters.most, self.connected)
        return found, present

    def left(self, session: Session, *, will: bool, expects: bool = False) -> None:
        """A connection has gone. `expects` a new one at once, for which a will that may wait isn't published."""
        session.away()
        self.connected -= 1
        if not will:
            session.will = None
        delay = session.will.properties.will_delay or 0 if session.will is not None else 0
        if not delay:
            self._publish_will(session)
        if not session.expiry:
            if expects and delay:
                session.will = None
            self.end(session)
            return
        self._away[session] = None
        if session.expiry != NEVER:
            session.end_due = self.loop.call_later(session.expiry, self._expire, session)
        if session.will is not None:
            session.will_due = self.loop.call_later(delay, self._publish_will, session)
        if len(self._away) > AWAY:
            self._expire(next(iter(self._away)))

    def end(self, session: Session) -> None:
        """A session is over; a will that waited is published now (MQTT 5.0 §3.1.2.5)."""
        self._publish_will(session)
        self._away.pop(session, None)
        if self.sessions.get(session.client_id) is session:
            del self.sessions[session.client_id]
        session.end()

    def _expire(self, session: Session) -> None:
        self.counters.expired += 1
        self.end(session)

    def _publish_will(self, session: Session) -> None:
        will, session.will = session.will, None
        if will is not None:
            with contextlib.suppress(UsageError, TooLarge):
                self.bus.publish(self.publication(will, will.properties, session))

    def publication(self, message: Publish | Will, said: Properties, session: Session, topic: str = "") -> Publication:
        """What a client publishes, as everybody hears it."""
        expiry = said.message_expiry
        return Publication(
            topic=topic or message.topic,
            payload=message.payload,
            sender=session.peer,
            retain=message.retain,
            properties=words_of(said),
            qos=message.qos,
            origin=session.client_id,
            expires=self.loop.time() + expiry if expiry is not None else None,
            native=carried(said),
        )

    # Shared subscriptions

    def join(self, name: str, pattern: str, session: Session, terms: Terms) -> None:
        """A client shares a subscription. Raises UsageError, TooLarge."""
        group = self.groups.get((name, pattern))
        if group is None:
            group = Group()
            self.bus.attach(group)
            try:
                self.bus.listen(group, pattern)
            except (UsageError, TooLarge):
                self.bus.detach(group)
                raise
            self.groups[name, pattern] = group
        group.join(session, terms)

    def leave(self, name: str, pattern: str, session: Session) -> None:
        """A client doesn't share it any longer; the last one ends it."""
        group = self.groups[name, pattern]
        group.leave(session)
        if not len(group):
            del self.groups[name, pattern]
            self.bus.detach(group)

    # Bounds

    def has_room(self, size: int) -> bool:
        """Whether a message of so many bytes may be held."""
        return self.held_bytes + size <= HELD

    def hold(self, size: int) -> None:
        """A message of so many bytes waits for a client."""
        self.held_count += 1
        self.held_bytes += size

    def let_go(self, size: int) -> None:
        """It doesn't any longer."""
        self.held_count -= 1
        self.held_bytes -= size

    # Mail

    def has_mail(self, outbox: Outbox) -> None:
        """An outbox has something, which goes at the end of this turn."""
        if not self._mail:
            self.loop.call_soon(self.flush)
        self._mail.append(outbox)

    def flush(self) -> None:
        """Empty every outbox."""
        mail, self._mail = self._mail, []
        for outbox in mail:
            outbox.flush()

    # $SYS

    def tell_all(self) -> int:
        """Publish what is counted, retained; gives how many heard it. From now on it is told regularly."""
        heard = 0
        with contextlib.suppress(TooLarge):
            for name, text in topics(self, self.loop.time()).items():
                heard += self.bus.publish(
                    Publication(topic=f"{ROOT}/broker/{name}", payload=text.encode(), retain=True)
                )
        if self._telling is None:
            self._telling = self.loop.call_later(TELLING, self._tell_again)
        return heard

    def _tell_again(self) -> None:
        self._telling = None
        if not self.tell_all() and self._telling is not None:
            self._telling.cancel()
            self._telling = None


_brokers = Companions(Broker)
around = _brokers.around
"""A bus has one broker for as long as it is served, however many ports and paths lead there."""
broker_of = _brokers.of
