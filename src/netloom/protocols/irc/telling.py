"""What the server tells of itself: MOTD, LUSERS, VERSION, TIME, STATS, INFO, HELP, LINKS (RFC 2812 §3.4)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from netloom.protocols.irc.limits import tell_support
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import cut
from netloom.wire.irc.names import fold, matches

if TYPE_CHECKING:
    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message

SOFTWARE = f"netloom-{version_of('netloom')}"

_MOTD_LINE = 380
_HELP = (
    "Channels are topics of a bus: #house/kitchen is house/kitchen.",
    "What is said there is published, and what others publish there is said.",
    "JOIN PART NAMES LIST TOPIC MODE KICK INVITE PRIVMSG NOTICE TAGMSG",
    "WHO WHOIS WHOWAS ISON USERHOST MONITOR AWAY SETNAME NICK QUIT",
    "CAP AUTHENTICATE MOTD LUSERS VERSION TIME STATS INFO LINKS PING",
)


def _elsewhere(session: Session, message: Message, at: int = 0) -> bool:
    """Whether another server is asked for, of which there is none."""
    wanted = message.params[at] if len(message.params) > at else session.server
    if matches(fold(wanted), fold(session.server)) or session.network.find(wanted) is not None:
        return False
    session.reply(n.ERR_NOSUCHSERVER, wanted, "No such server")
    return True


def motd(session: Session, message: Message | None = None) -> None:
    """MOTD."""
    if message is not None and _elsewhere(session, message):
        return
    text = session.options.motd
    if not text:
        session.reply(n.ERR_NOMOTD, "MOTD File is missing")
        return
    session.reply(n.RPL_MOTDSTART, f"- {session.server} Message of the day - ")
    for line in text.splitlines():
        session.reply(n.RPL_MOTD, f"- {cut(line, _MOTD_LINE)}")
    session.reply(n.RPL_ENDOFMOTD, "End of /MOTD command.")


def lusers(session: Session, message: Message | None = None) -> None:
    """LUSERS."""
    network, reply = session.network, session.reply
    count = network.connected
    invisible = sum("i" in user.modes for user in network.users)
    waiting = len(network.nicks) - count
    reply(n.RPL_LUSERCLIENT, f"There are {count - invisible} users and {invisible} invisible on 1 servers")
    reply(n.RPL_LUSEROP, "0", "operator(s) online")
    if waiting:
        reply(n.RPL_LUSERUNKNOWN, str(waiting), "unknown connection(s)")
    reply(n.RPL_LUSERCHANNELS, str(len(network.channels)), "channels formed")
    reply(n.RPL_LUSERME, f"I have {count} clients and 0 servers")
    most = network.most
    reply(n.RPL_LOCALUSERS, str(count), str(most), f"Current local users {count}, max {most}")
    reply(n.RPL_GLOBALUSERS, str(count), str(most), f"Current global users {count}, max {most}")


def version(session: Session, message: Message) -> None:
    """VERSION."""
    if not _elsewhere(session, message):
        session.reply(n.RPL_VERSION, SOFTWARE, session.server, "channels are topics of a bus")
        tell_support(session)


def time_(session: Session, message: Message) -> None:
    """TIME."""
    if not _elsewhere(session, message):
        session.reply(n.RPL_TIME, session.server, datetime.now(UTC).strftime("%A %B %d %Y -- %H:%M:%S UTC"))


def stats(session: Session, message: Message) -> None:
    """STATS: `u` how long it has been up, `m` how often each command was given."""
    letter = message.params[0] if message.params else "*"
    if letter == "u":
        up = int(time.time() - session.network.created)
        days, rest = divmod(up, 86400)
        words = f"Server Up {days} days {rest // 3600}:{rest % 3600 // 60:02}:{rest % 60:02}"
        session.reply(n.RPL_STATSUPTIME, words)
    elif letter == "m":
        for name, count in sorted(session.network.used.items()):
            session.reply(n.RPL_STATSCOMMANDS, name, str(count), "0", "0")
    session.reply(n.RPL_ENDOFSTATS, letter, "End of /STATS report")


def info(session: Session, message: Message) -> None:
    """INFO."""
    if not _elsewhere(session, message):
        for line in (SOFTWARE, *_HELP[:2]):
            session.reply(n.RPL_INFO, line)
        session.reply(n.RPL_ENDOFINFO, "End of /INFO list")


def help_(session: Session, message: Message) -> None:
    """HELP."""
    subject = message.params[0] if message.params else "*"
    session.reply(n.RPL_HELPSTART, subject, _HELP[0])
    for line in _HELP[1:]:
        session.reply(n.RPL_HELPTXT, subject, line)
    session.reply(n.RPL_ENDOFHELP, subject, "End of /HELP")


def links(session: Session, message: Message) -> None:
    """LINKS: there is one server."""
    session.reply(n.RPL_LINKS, session.server, session.server, f"0 {SOFTWARE}")
    session.reply(n.RPL_ENDOFLINKS, "*", "End of /LINKS list")


def no_operators(session: Session, message: Message) -> None:
    """OPER."""
    session.reply(n.ERR_NOOPERHOST, "No O-lines for your host")


def only_for_operators(session: Session, message: Message) -> None:
    """KILL, REHASH and their like."""
    session.reply(n.ERR_NOPRIVILEGES, "Permission Denied- You're not an IRC operator")
