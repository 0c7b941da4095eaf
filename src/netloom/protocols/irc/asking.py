"""Asking after others: WHO, WHOIS, WHOWAS, ISON, USERHOST, MONITOR (RFC 2812 §3.6, WHOX, IRCv3 monitor)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.protocols.irc.limits import MONITORED, NICK_LIMIT
from netloom.wire.irc import numerics as n
from netloom.wire.irc.names import fold, is_nick, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netloom.protocols.irc.channel import Channel
    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message

ANSWERS = 500
"""Of how many WHO and WHOWAS tell."""

_ROOM = 400


# WHO


def who(session: Session, message: Message) -> None:
    """WHO, and WHOX where `%FIELDS[,TOKEN]` are asked for."""
    mask = message.params[0] if message.params else "*"
    asked = message.params[1] if len(message.params) > 1 else ""
    _, percent, fields = asked.partition("%")
    fields, _, token = fields.partition(",")
    channel = session.network.channel(mask) if mask.startswith("#") else None
    people: Iterable[Session]
    if channel is not None and channel.visible_to(session):
        people = (one for one in channel.sorted_members() if _may_see(session, one))
    else:
        people = () if mask.startswith("#") else _fitting(session, mask)
    for number, other in enumerate(people):
        if number == ANSWERS:
            break
        where = channel or _shared(session, other)
        if percent:
            session.reply(n.RPL_WHOSPCRPL, *_fields(session, other, where, fields, token))
        else:
            flags = _flags(session, other, where)
            session.reply(
                n.RPL_WHOREPLY, where.name if where else "*", other.username, other.host, other.server, other.nick,
                flags, f"0 {other.realname}",
            )  # fmt: skip
    session.reply(n.RPL_ENDOFWHO, mask, "End of /WHO list")


def _fitting(session: Session, mask: str) -> Iterator[Session]:
    exact = session.network.find(mask)
    if exact is not None:
        yield exact
        return
    wanted = "*" if mask == "0" else fold(mask)
    for other in list(session.network.users):
        words = (other.nick, other.username, other.host, other.server, other.realname)
        if _may_see(session, other) and any(matches(wanted, fold(word)) for word in words):
            yield other


def _may_see(session: Session, other: Session) -> bool:
    return "i" not in other.modes or other is session or _shared(session, other) is not None


def _shared(session: Session, other: Session) -> Channel | None:
    return next((channel for channel in other.channels.values() if session in channel.members), None)


def _flags(session: Session, other: Session, channel: Channel | None) -> str:
    mark = channel.prefix(other, all_of_them="multi-prefix" in session.caps) if channel is not None else ""
    return ("G" if other.away else "H") + mark


def _fields(session: Session, other: Session, channel: Channel | None, wanted: str, token: str) -> list[str]:
    """In the order that is always the same, whatever the order in which they were asked for."""
    known = {
        "t": token[:3] or "0", "c": channel.name if channel else "*", "u": other.username, "i": other.host,
        "h": other.host, "s": other.server, "n": other.nick, "f": _flags(session, other, channel), "d": "0",
        "l": str(int(time.time()) - other.active), "a": other.account or "0", "o": "n/a", "r": other.realname,
    }  # fmt: skip
    return [value for letter, value in known.items() if letter in wanted]


# WHOIS and WHOWAS


def whois(session: Session, message: Message) -> None:
    """WHOIS."""
    nick = message.params[-1].partition(",")[0]
    other = session.network.find(nick)
    if other is None:
        session.reply(n.ERR_NOSUCHNICK, nick, "No such nick/channel")
    else:
        _describe(session, other)
    session.reply(n.RPL_ENDOFWHOIS, nick, "End of /WHOIS list")


def _describe(session: Session, other: Session) -> None:
    reply, nick = session.reply, other.nick
    reply(n.RPL_WHOISUSER, nick, other.username, other.host, "*", other.realname)
    seen = [channel for channel in other.channels.values() if channel.visible_to(session)]
    line: list[str] = []
    for channel in seen if _may_see(session, other) else ():
        shown = channel.prefix(other, all_of_them="multi-prefix" in session.caps) + channel.name
        if line and len(" ".join([*line, shown]).encode()) > _ROOM:
            reply(n.RPL_WHOISCHANNELS, nick, " ".join(line))
            line = []
        line.append(shown)
    if line:
        reply(n.RPL_WHOISCHANNELS, nick, " ".join(line))
    reply(n.RPL_WHOISSERVER, nick, other.server, f"{other.options.network or 'netloom'} network")
    if other.away:
        reply(n.RPL_AWAY, nick, other.away)
    if other.account:
        reply(n.RPL_WHOISACCOUNT, nick, other.account, "is logged in as")
    if other.secured:
        reply(n.RPL_WHOISSECURE, nick, "is using a secure connection")
    idle = int(time.time()) - other.active
    reply(n.RPL_WHOISIDLE, nick, str(idle), str(other.since), "seconds idle, signon time")


def whowas(session: Session, message: Message) -> None:
    """WHOWAS."""
    nick = message.params[0]
    count = message.params[1] if len(message.params) > 1 else ""
    most = int(count) if count.isascii() and count.isdigit() and 0 < len(count) < 4 and int(count) else ANSWERS
    told = [gone for gone in session.network.gone if fold(gone.nick) == fold(nick)][:most]
    for gone in told:
        session.reply(n.RPL_WHOWASUSER, gone.nick, gone.username, gone.host, "*", gone.realname)
        when = time.strftime("%a %b %d %H:%M:%S %Y UTC", time.gmtime(gone.at))
        session.reply(n.RPL_WHOISSERVER, gone.nick, gone.server, when)
    if not told:
        session.reply(n.ERR_WASNOSUCHNICK, nick, "There was no such nickname")
    session.reply(n.RPL_ENDOFWHOWAS, nick, "End of WHOWAS")


# Who is there


def ison(session: Session, message: Message) -> None:
    """ISON."""
    asked = " ".join(message.params).split()
    there = [found.nick for nick in asked if (found := session.network.find(nick)) is not None]
    session.reply(n.RPL_ISON, " ".join(there))


def userhost(session: Session, message: Message) -> None:
    """USERHOST."""
    people = [found for nick in message.params[:5] if (found := session.network.find(nick)) is not None]
    told = [f"{one.nick}={'-' if one.away else '+'}{one.username}@{one.host}" for one in people]
    session.reply(n.RPL_USERHOST, " ".join(told))


def monitor(session: Session, message: Message) -> None:
    """MONITOR + - C L S."""
    verb = message.params[0]
    nicks = message.params[1].split(",") if len(message.params) > 1 else []
    if verb == "+":
        _watch(session, [nick for nick in nicks if is_nick(nick, NICK_LIMIT)])
    elif verb == "-":
        session.network.watch(session, {fold(nick) for nick in nicks}, on=False)
    elif verb.upper() == "C":
        session.network.watch(session, session.watched.copy(), on=False)
    elif verb.upper() == "L":
        _in_lines(session, n.RPL_MONLIST, sorted(session.watched))
        session.reply(n.RPL_ENDOFMONLIST, "End of MONITOR list")
    elif verb.upper() == "S":
        _tell_status(session, sorted(session.watched))


def _watch(session: Session, nicks: list[str]) -> None:
    new: dict[str, str] = {}
    for number, nick in enumerate(nicks):
        if len(session.watched) + len(new) >= MONITORED and fold(nick) not in session.watched:
            session.reply(n.ERR_MONLISTFULL, str(MONITORED), ",".join(nicks[number:]), "Monitor list is full.")
            break
        new[fold(nick)] = nick
    session.network.watch(session, set(new), on=True)
    _tell_status(session, list(new.values()))


def _tell_status(session: Session, nicks: list[str]) -> None:
    there = [found.mask for nick in nicks if (found := session.network.find(nick)) is not None]
    _in_lines(session, n.RPL_MONONLINE, there)
    _in_lines(session, n.RPL_MONOFFLINE, [nick for nick in nicks if session.network.find(nick) is None])


def _in_lines(session: Session, numeric: str, words: list[str]) -> None:
    line: list[str] = []
    for one in words:
        if line and len(",".join([*line, one])) > _ROOM:
            session.reply(numeric, ",".join(line))
            line = []
        line.append(one)
    if line:
        session.reply(numeric, ",".join(line))
