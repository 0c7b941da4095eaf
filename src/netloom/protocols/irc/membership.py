"""Who is in which channel: JOIN, PART, KICK, INVITE, NAMES, LIST, TOPIC (RFC 2812 §3.2)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.contents.bus import Delivery
from netloom.protocols.irc.bridge import told_in
from netloom.protocols.irc.limits import KICK_LIMIT, TOPIC_LIMIT
from netloom.protocols.irc.topics import topic_of
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import cut
from netloom.wire.irc.names import fold, matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.protocols.irc.channel import Channel
    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message

_OBJECTIONS = {
    "i": n.ERR_INVITEONLYCHAN, "k": n.ERR_BADCHANNELKEY, "l": n.ERR_CHANNELISFULL, "b": n.ERR_BANNEDFROMCHAN,
}  # fmt: skip
_NAMES_ROOM = 380


def found(session: Session, name: str, *, inside: bool = False) -> Channel | None:
    """The channel of that name, or None after saying why there is none for this client."""
    channel = session.network.channel(name)
    if channel is None or not (channel.visible_to(session) or inside):
        session.reply(n.ERR_NOSUCHCHANNEL, name, "No such channel")
        return None
    if inside and session not in channel.members:
        session.reply(n.ERR_NOTONCHANNEL, channel.name, "You're not on that channel")
        return None
    return channel


def ruled(session: Session, channel: Channel) -> bool:
    """Whether this client has `o` there; otherwise it is told."""
    if channel.has(session, "o"):
        return True
    session.reply(n.ERR_CHANOPRIVSNEEDED, channel.name, "You're not channel operator")
    return False


# Coming


def join(session: Session, message: Message) -> None:
    """JOIN."""
    if message.params[0] == "0":
        for channel in list(session.channels.values()):
            _leave(session, channel, "Left all channels")
        return
    keys = message.params[1].split(",") if len(message.params) > 1 else []
    for number, name in enumerate(message.params[0].split(",")):
        if name and fold(name) not in session.channels:
            _join(session, name, keys[number] if number < len(keys) else "")


def _join(session: Session, name: str, key: str) -> None:
    network = session.network
    topic = topic_of(name)
    if topic is None:
        session.reply(n.ERR_BADCHANMASK, name, "No channel can be called so: # and a topic without + and #")
        return
    if len(session.channels) >= session.options.max_channels:
        session.reply(n.ERR_TOOMANYCHANNELS, name, "You have joined too many channels")
        return
    channel = network.channel(name)
    new = channel is None
    if channel is None:
        channel = network.open(name, topic)
        if channel is None:
            session.reply(n.ERR_UNAVAILRESOURCE, name, "There is no room for another channel")
            return
    elif mode := channel.objection(session, key):
        session.reply(_OBJECTIONS[mode], channel.name, f"Cannot join channel (+{mode})")
        return
    # Who may not speak rules nobody else either
    network.join(channel, session, {"o"} if new and session.may_write else set())
    _announce(session, channel)
    if new:
        session.from_server("MODE", channel.name, f"+{''.join(sorted(channel.flags))}")
    if channel.subject:
        _tell_topic(session, channel)
    tell_names(session, channel)
    for kept in network.bus.retained(channel.topic):
        for said in told_in(channel.name, Delivery(kept)):
            session.tell(said)
    session.record("JOIN", channel.name)


def _announce(session: Session, channel: Channel) -> None:
    plain = session.said("JOIN", channel.name)
    extended = session.said("JOIN", channel.name, session.account or "*", session.realname)
    away = session.said("AWAY", session.away) if session.away else None
    for member in channel.members:
        member.tell(extended if "extended-join" in member.caps else plain)
        if away is not None and member is not session and "away-notify" in member.caps:
            member.tell(away)


# Going


def part(session: Session, message: Message) -> None:
    """PART."""
    reason = cut(message.params[1], KICK_LIMIT) if len(message.params) > 1 else ""
    for name in message.params[0].split(","):
        channel = found(session, name, inside=True)
        if channel is not None:
            _leave(session, channel, reason)


def _leave(session: Session, channel: Channel, reason: str) -> None:
    channel.tell(session.said("PART", channel.name, *([reason] if reason else [])))
    session.network.part(channel, session)


def kick(session: Session, message: Message) -> None:
    """KICK."""
    name, nicks, *rest = message.params
    channel = found(session, name, inside=True)
    if channel is None or not ruled(session, channel):
        return
    reason = cut(rest[0], KICK_LIMIT) if rest and rest[0] else session.nick
    for nick in nicks.split(","):
        other = session.network.find(nick)
        if other is None or other not in channel.members:
            session.reply(n.ERR_USERNOTINCHANNEL, nick, channel.name, "They aren't on that channel")
            continue
        channel.tell(session.said("KICK", channel.name, other.nick, reason))
        session.network.part(channel, other)


def invite(session: Session, message: Message) -> None:
    """INVITE."""
    nick, name = message.params[:2]
    other = session.network.find(nick)
    if other is None:
        session.reply(n.ERR_NOSUCHNICK, nick, "No such nick/channel")
        return
    channel = found(session, name, inside=True)
    if channel is None or ("i" in channel.flags and not ruled(session, channel)):
        return
    if other in channel.members:
        session.reply(n.ERR_USERONCHANNEL, other.nick, channel.name, "is already on channel")
        return
    if len(channel.invited) < 1000:
        channel.invited.add(fold(other.nick))
    session.reply(n.RPL_INVITING, other.nick, channel.name)
    said = session.said("INVITE", other.nick, channel.name)
    other.tell(said)
    for member, modes in channel.members.items():
        if member is not session and "o" in modes and "invite-notify" in member.caps:
            member.tell(said)


# Looking


def names(session: Session, message: Message) -> None:
    """NAMES."""
    name = message.params[0].partition(",")[0] if message.params else "*"
    channel = session.network.channel(name)
    if channel is not None and channel.visible_to(session):
        tell_names(session, channel)
    else:
        session.reply(n.RPL_ENDOFNAMES, name, "End of /NAMES list")


def tell_names(session: Session, channel: Channel) -> None:
    """353 and 366."""
    inside = session in channel.members
    kind = "@" if "s" in channel.flags else "="
    line: list[str] = []
    size = 0
    for member in channel.sorted_members():
        if not inside and "i" in member.modes:
            continue
        who = member.mask if "userhost-in-names" in session.caps else member.nick
        shown = channel.prefix(member, all_of_them="multi-prefix" in session.caps) + who
        if line and size + len(shown) + len(channel.name.encode()) > _NAMES_ROOM:
            session.reply(n.RPL_NAMREPLY, kind, channel.name, " ".join(line))
            line, size = [], 0
        line.append(shown)
        size += len(shown) + 1
    if line:
        session.reply(n.RPL_NAMREPLY, kind, channel.name, " ".join(line))
    session.reply(n.RPL_ENDOFNAMES, channel.name, "End of /NAMES list")


def list_(session: Session, message: Message) -> None:
    """LIST, by names, masks (`!` before one is all others) and counts of users (`>3`, `<3`)."""
    tests = [_test(word) for word in message.params[0].split(",") if word] if message.params else []
    session.reply(n.RPL_LISTSTART, "Channel", "Users  Name")
    for channel in session.network.channels.values():
        if channel.visible_to(session) and all(fits(channel) for fits in tests):
            session.reply(n.RPL_LIST, channel.name, str(len(channel.members)), channel.subject)
    session.reply(n.RPL_LISTEND, "End of /LIST")


def _test(word: str) -> Callable[[Channel], bool]:
    sign, rest = word[0], word[1:]
    if sign in "<>" and rest.isascii() and rest.isdigit() and len(rest) < 9:
        bound = int(rest)
        return lambda channel: len(channel.members) > bound if sign == ">" else len(channel.members) < bound
    mask = fold(rest if sign == "!" else word)
    return lambda channel: matches(mask, fold(channel.name)) is not (sign == "!")


# What it is about


def topic(session: Session, message: Message) -> None:
    """TOPIC: what the channel is about, which isn't the bus's topic."""
    channel = found(session, message.params[0], inside=len(message.params) > 1)
    if channel is None:
        return
    if len(message.params) == 1:
        if channel.subject:
            _tell_topic(session, channel)
        else:
            session.reply(n.RPL_NOTOPIC, channel.name, "No topic is set")
        return
    if not session.may_write or ("t" in channel.flags and not channel.has(session, "o")):
        session.reply(n.ERR_CHANOPRIVSNEEDED, channel.name, "You're not channel operator")
        return
    channel.subject = cut(message.params[1], TOPIC_LIMIT)
    channel.subject_by = session.mask
    channel.subject_at = int(time.time())
    channel.tell(session.said("TOPIC", channel.name, channel.subject))


def _tell_topic(session: Session, channel: Channel) -> None:
    session.reply(n.RPL_TOPIC, channel.name, channel.subject)
    session.reply(n.RPL_TOPICWHOTIME, channel.name, channel.subject_by, str(channel.subject_at))
