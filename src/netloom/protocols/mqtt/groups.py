"""A shared subscription: one of its clients hears each message (MQTT 5.0 §4.8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.mqtt.forms import qos_of
from netloom.protocols.mqtt.session import Grant, granted

if TYPE_CHECKING:
    from netloom.contents.bus import Delivery
    from netloom.protocols.mqtt.session import Session, Terms


class Group:
    """Those who share a filter under a name take turns. Who isn't there is passed over as long as somebody is."""

    def __init__(self) -> None:
        self._members: dict[Session, Grant] = {}

    def __len__(self) -> int:
        return len(self._members)

    def join(self, session: Session, terms: Terms) -> None:
        """A member comes, or changes its terms."""
        grant = granted([terms])
        assert grant is not None  # noqa: S101  # there is a term
        self._members[session] = grant

    def leave(self, session: Session) -> None:
        """A member goes."""
        self._members.pop(session, None)

    def plan(self, terms: list[None]) -> None:
        """A group has one filter."""

    def hear(self, delivery: Delivery, plan: None) -> None:
        """Give a message to the next who can take it; it goes to the end of the row."""
        chosen = self._choose(surely=qos_of(delivery.message) > 0)
        if chosen is None:
            return
        grant = self._members.pop(chosen)
        self._members[chosen] = grant
        chosen.give(delivery, grant, retain=delivery.message.retain and grant.as_published, group=self)

    def _choose(self, *, surely: bool) -> Session | None:
        """The first who may have something more on its way; else the first who is there; else, with a QoS that outlasts
        the absence, the first of those who aren't."""
        here = away = None
        for session, grant in self._members.items():
            if session.outbox is not None:
                if session.has_window:
                    return session
                here = here or session
            elif grant.qos and surely:
                away = away or session
        return here or away
