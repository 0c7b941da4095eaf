"""What all connections of one bus share: nicks, channels, who was there, and who is watched for."""

from __future__ import annotations

import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from netloom.contents import TooLarge
from netloom.errors import UsageError
from netloom.protocols.irc.channel import Channel
from netloom.wire.irc.names import fold
from netloom.wire.irc.numerics import RPL_MONOFFLINE, RPL_MONONLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.contents.bus import Bus
    from netloom.protocols.irc.said import Said
    from netloom.protocols.irc.session import Session

REMEMBERED = 1000
"""Nicks of the past that WHOWAS knows."""

_networks: weakref.WeakKeyDictionary[Bus, Network] = weakref.WeakKeyDictionary()


def network_of(bus: Bus) -> Network:
    """The network of a bus; it is there for as long as the bus is."""
    found = _networks.get(bus)
    if found is None:
        found = _networks[bus] = Network(bus)
    return found


class Gone(NamedTuple):
    """Somebody who was there, until `at` (Unix seconds)."""

    nick: str
    username: str
    host: str
    realname: str
    server: str
    account: str
    at: float


class Network:
    """Names are kept as they are compared."""

    def __init__(self, bus: Bus) -> None:
        self._bus = weakref.ref(bus)  # the bus keeps us
        self.created = time.time()
        self.nicks: dict[str, Session] = {}
        self.channels: dict[str, Channel] = {}
        self.gone: deque[Gone] = deque(maxlen=REMEMBERED)
        self.connected = 0
        self.most = 0
        self.used: dict[str, int] = {}
        self._watchers: dict[str, set[Session]] = {}

    @property
    def bus(self) -> Bus:
        """The bus, which is there while it is served."""
        found = self._bus()
        assert found is not None  # noqa: S101  # a connection holds it
        return found

    # Who is there

    def find(self, nick: str) -> Session | None:
        """Whoever has that nick and has registered."""
        found = self.nicks.get(fold(nick))
        return found if found is not None and found.registered else None

    @property
    def users(self) -> Iterator[Session]:
        """All who have registered."""
        return (session for session in self.nicks.values() if session.registered)

    def rename(self, session: Session, nick: str) -> bool:
        """Give somebody a nick; False where another has it."""
        found = self.nicks.get(fold(nick))
        if found is not None and found is not session:
            return False
        old = session.nick
        if old:
            del self.nicks[fold(old)]
        session.nick = nick
        self.nicks[fold(nick)] = session
        if session.registered and fold(old) != fold(nick):
            self._tell_watchers(old, None)
            self._tell_watchers(nick, session)
            for channel in self.channels.values():
                channel.invited.discard(fold(old))
        return True

    def welcome(self, session: Session) -> None:
        """Somebody has registered."""
        session.registered = True
        self.connected += 1
        self.most = max(self.most, self.connected)
        self._tell_watchers(session.nick, session)

    def leave(self, session: Session, reason: str) -> None:
        """Somebody has gone."""
        self.watch(session, session.watched.copy(), on=False)
        if session.nick:
            self.nicks.pop(fold(session.nick), None)
        if not session.registered:
            return
        session.registered = False
        self.connected -= 1
        said = session.said("QUIT", reason)
        for other in self.peers(session):
            other.tell(said)
        for channel in list(session.channels.values()):
            self.part(channel, session)
        for channel in self.channels.values():
            channel.invited.discard(fold(session.nick))
        self.remember(session)
        self._tell_watchers(session.nick, None)

    def remember(self, session: Session) -> None:
        """For WHOWAS."""
        self.gone.appendleft(
            Gone(
                session.nick,
                session.username,
                session.host,
                session.realname,
                session.server,
                session.account,
                time.time(),
            )
        )

    def peers(self, session: Session) -> set[Session]:
        """Everybody else who is in a channel with somebody."""
        found = {member for channel in session.channels.values() for member in channel.members}
        found.discard(session)
        return found

    def tell_peers(self, session: Session, said: Said, cap: str = "") -> None:
        """Tell them something, or those of them who have asked for `cap`."""
        for other in self.peers(session):
            if not cap or cap in other.caps:
                other.tell(said)

    # Channels

    def channel(self, name: str) -> Channel | None:
        """The channel of that name, if anybody is in it."""
        return self.channels.get(fold(name))

    def open(self, name: str, topic: str) -> Channel | None:
        """A new channel, which hears its topic; None where the bus has no room for it."""
        channel = Channel(name, topic)
        try:
            self.bus.attach(channel)
        except TooLarge:
            return None
        try:
            self.bus.listen(channel, topic)
        except (TooLarge, UsageError):
            self.bus.detach(channel)
            return None
        self.channels[fold(name)] = channel
        return channel

    def join(self, channel: Channel, session: Session, modes: set[str]) -> None:
        """Somebody is in a channel now."""
        channel.members[session] = modes
        channel.invited.discard(fold(session.nick))
        session.channels[fold(channel.name)] = channel

    def part(self, channel: Channel, session: Session) -> None:
        """Somebody isn't any longer; with the last one it goes."""
        channel.members.pop(session, None)
        session.channels.pop(fold(channel.name), None)
        if not channel.members and self.channels.get(fold(channel.name)) is channel:
            del self.channels[fold(channel.name)]
            self.bus.detach(channel)

    # MONITOR

    def watch(self, session: Session, nicks: set[str], *, on: bool) -> None:
        """Tell somebody of these nicks (folded), or not any longer."""
        for nick in nicks:
            if on:
                self._watchers.setdefault(nick, set()).add(session)
                session.watched.add(nick)
            else:
                session.watched.discard(nick)
                watchers = self._watchers.get(nick, set())
                watchers.discard(session)
                if not watchers:
                    self._watchers.pop(nick, None)

    def _tell_watchers(self, nick: str, session: Session | None) -> None:
        for watcher in self._watchers.get(fold(nick), ()):
            if session is not None:
                watcher.reply(RPL_MONONLINE, session.mask)
            else:
                watcher.reply(RPL_MONOFFLINE, nick)
