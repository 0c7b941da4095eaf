"""All Engine.IO sessions of one bus, and how many there may be."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.links.companions import Companions
from netloom.protocols.socketio.session import Session, Transport

if TYPE_CHECKING:
    from netloom.contents.bus import Bus
    from netloom.protocols.socketio.options import Options


class Hub:
    """Sessions by their ids, which nobody guesses."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.sessions: dict[str, Session] = {}
        self._of_peers: Counter[str] = Counter()

    def open(self, options: Options, transport: Transport, host: str) -> Session:
        """A new session for a client at this address. Raises TooLarge."""
        if len(self.sessions) >= options.max_sessions:
            raise TooLarge(f"no more than {options.max_sessions} sessions at once")
        if host and self._of_peers[host] >= options.max_sessions_per_peer:
            raise TooLarge(f"no more than {options.max_sessions_per_peer} sessions at once from one address")
        session = Session(secrets.token_urlsafe(15), options, transport, self.bus.limits.queue_bytes)
        self.sessions[session.sid] = session
        self._of_peers[host] += 1
        session.ends.append(lambda: self._forget(session, host))
        return session

    def close(self) -> None:
        """Nobody serves the bus any more."""
        for session in list(self.sessions.values()):
            session.close()

    def _forget(self, session: Session, host: str) -> None:
        self.sessions.pop(session.sid, None)
        self._of_peers[host] -= 1
        if not self._of_peers[host]:
            del self._of_peers[host]


_hubs = Companions(Hub)
around = _hubs.around
hub_of = _hubs.of
