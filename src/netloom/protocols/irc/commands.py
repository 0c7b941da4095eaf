"""Every command that a client may give, with what does it (RFC 2812 §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netloom.protocols.irc import asking, membership, moding, registration, talking, telling
from netloom.protocols.irc.capabilities import cap

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message


class Command(NamedTuple):
    """What does it, with how many parameters at least; `first` may be given before registration."""

    do: Callable[[Session, Message], None]
    least: int = 0
    first: bool = False


COMMANDS: dict[str, Command] = {
    "CAP": Command(cap, 1, first=True),
    "PASS": Command(registration.password, 1, first=True),
    "NICK": Command(registration.nick, 0, first=True),
    "USER": Command(registration.user, 4, first=True),
    "PING": Command(registration.ping, 1, first=True),
    "PONG": Command(registration.pong, 0, first=True),
    "QUIT": Command(registration.leave, 0, first=True),
    "ERROR": Command(registration.pong, 0, first=True),
    "JOIN": Command(membership.join, 1),
    "PART": Command(membership.part, 1),
    "KICK": Command(membership.kick, 2),
    "INVITE": Command(membership.invite, 2),
    "NAMES": Command(membership.names),
    "LIST": Command(membership.list_),
    "TOPIC": Command(membership.topic, 1),
    "MODE": Command(moding.mode, 1),
    "PRIVMSG": Command(talking.talk),
    "NOTICE": Command(talking.talk),
    "TAGMSG": Command(talking.talk),
    "AWAY": Command(talking.away),
    "SETNAME": Command(talking.setname, 1),
    "WHO": Command(asking.who),
    "WHOIS": Command(asking.whois, 1),
    "WHOWAS": Command(asking.whowas, 1),
    "ISON": Command(asking.ison, 1),
    "USERHOST": Command(asking.userhost, 1),
    "MONITOR": Command(asking.monitor, 1),
    "MOTD": Command(telling.motd),
    "LUSERS": Command(telling.lusers),
    "VERSION": Command(telling.version),
    "TIME": Command(telling.time_),
    "STATS": Command(telling.stats),
    "INFO": Command(telling.info),
    "HELP": Command(telling.help_),
    "LINKS": Command(telling.links),
    "OPER": Command(telling.no_operators, 2),
    "KILL": Command(telling.only_for_operators),
    "REHASH": Command(telling.only_for_operators),
    "RESTART": Command(telling.only_for_operators),
    "DIE": Command(telling.only_for_operators),
    "WALLOPS": Command(telling.only_for_operators),
    "SQUIT": Command(telling.only_for_operators),
    "CONNECT": Command(telling.only_for_operators),
}
"""AUTHENTICATE isn't among them: it takes its time, and belongs to its connection."""
ELSEWHERE = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HOST"))
"""What a browser says that was sent here (in HTTP, CONNECT as well, but that is a command)."""
