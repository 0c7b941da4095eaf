"""Modes of channels and of users: MODE (RFC 2811 §4, RFC 2812 §3.1.5, §3.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.irc.channel import Entry, mask_of
from netloom.protocols.irc.limits import KEY_LIMIT, LIST_LIMIT, MODES
from netloom.protocols.irc.membership import found, ruled
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import Message, cut
from netloom.wire.irc.modes import Change, Kinds, emit, parse
from netloom.wire.irc.names import fold

if TYPE_CHECKING:
    from netloom.protocols.irc.channel import Channel
    from netloom.protocols.irc.session import Session

_KINDS = Kinds()
_LISTS = {
    "b": (n.RPL_BANLIST, n.RPL_ENDOFBANLIST, "ban"),
    "e": (n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST, "exception"),
    "I": (n.RPL_INVITELIST, n.RPL_ENDOFINVITELIST, "invite"),
}
_MASK_LIMIT = 150


def mode(session: Session, message: Message) -> None:
    """MODE."""
    target = message.params[0]
    if target.startswith("#"):
        _channel(session, message)
    elif fold(target) == fold(session.nick):
        _user(session, message)
    elif session.network.find(target) is None:
        session.reply(n.ERR_NOSUCHNICK, target, "No such nick/channel")
    else:
        session.reply(n.ERR_USERSDONTMATCH, "Cant change mode for other users")


def _user(session: Session, message: Message) -> None:
    if len(message.params) == 1:
        session.reply(n.RPL_UMODEIS, f"+{''.join(sorted(session.modes))}")
        return
    done = []
    unknown = False
    for change in parse(message.params[1:], Kinds("", "", "", "iow", "")):
        if change.mode not in "iow":
            unknown = True
        elif change.add is not (change.mode in session.modes) and (change.mode != "o" or not change.add):
            (session.modes.add if change.add else session.modes.discard)(change.mode)
            done.append(change)
    if unknown:
        session.reply(n.ERR_UMODEUNKNOWNFLAG, "Unknown MODE flag")
    if done:
        session.tell(session.said("MODE", session.nick, *emit(done)))


def _channel(session: Session, message: Message) -> None:
    channel = found(session, message.params[0])
    if channel is None:
        return
    if len(message.params) == 1:
        session.reply(n.RPL_CHANNELMODEIS, channel.name, *channel.modes(session))
        session.reply(n.RPL_CREATIONTIME, channel.name, str(channel.created))
        return
    done: list[Change] = []
    params = 0
    told = False
    for change in parse(message.params[1:], _KINDS):
        params += change.param is not None
        if change.mode in _LISTS and change.param is None:
            _tell_list(session, channel, change.mode)
        elif params > MODES:
            break
        elif not channel.has(session, "o"):
            told = told or ruled(session, channel)  # says so once
            break
        elif (made := _change(session, channel, change)) is not None:
            done.append(made)
    if done:
        channel.tell(session.said("MODE", channel.name, *emit(done)))


def _tell_list(session: Session, channel: Channel, kind: str) -> None:
    each, end, words = _LISTS[kind]
    if kind == "b" or channel.has(session, "o"):
        for entry in channel.lists[kind].values():
            session.reply(each, channel.name, entry.mask, entry.by, str(entry.at))
        session.reply(end, channel.name, f"End of channel {words} list")
    else:
        ruled(session, channel)


def _change(session: Session, channel: Channel, change: Change) -> Change | None:
    """Do it; gives what is told of it, None where nothing has changed."""
    add, letter, _ = change
    if letter in _KINDS.flags:
        if add is (letter in channel.flags):
            return None
        (channel.flags.add if add else channel.flags.discard)(letter)
        return Change(add, letter)
    if letter in _KINDS.prefix:
        return _member(session, channel, change)
    if letter in _KINDS.lists:
        return _list(session, channel, change)
    if letter == "k":
        return _key(session, channel, change)
    if letter == "l":
        return _limit(session, channel, change)
    session.reply(n.ERR_UNKNOWNMODE, letter, f"is unknown mode char to me for {channel.name}")
    return None


def _missing(session: Session, channel: Channel, letter: str, why: str = "You must specify a parameter") -> None:
    session.reply(n.ERR_INVALIDMODEPARAM, channel.name, letter, "*", why)


def _member(session: Session, channel: Channel, change: Change) -> Change | None:
    if not change.param:
        _missing(session, channel, change.mode)
        return None
    other = session.network.find(change.param)
    if other is None:
        session.reply(n.ERR_NOSUCHNICK, change.param, "No such nick/channel")
        return None
    modes = channel.members.get(other)
    if modes is None:
        session.reply(n.ERR_USERNOTINCHANNEL, other.nick, channel.name, "They aren't on that channel")
        return None
    if change.add is (change.mode in modes):
        return None
    (modes.add if change.add else modes.discard)(change.mode)
    return Change(change.add, change.mode, other.nick)


def _list(session: Session, channel: Channel, change: Change) -> Change | None:
    shown, folded = mask_of(cut(change.param or "", _MASK_LIMIT).lstrip(":").partition(" ")[0])
    entries = channel.lists[change.mode]
    if not change.add:
        gone = entries.pop(folded, None)
        return None if gone is None else Change(False, change.mode, gone.mask)
    if folded in entries:
        return None
    if sum(len(one) for one in channel.lists.values()) >= LIST_LIMIT:
        session.reply(n.ERR_BANLISTFULL, channel.name, shown, "Channel list is full")
        return None
    entries[folded] = Entry(shown, session.mask)
    return Change(True, change.mode, shown)


def _key(session: Session, channel: Channel, change: Change) -> Change | None:
    if not change.add:
        had, channel.key = channel.key, ""
        return Change(False, "k", "*") if had else None
    key = change.param
    if key is None:
        _missing(session, channel, "k")
        return None
    if not key or len(key) > KEY_LIMIT or not key.isascii() or not key.isprintable() or set(key) & set(" ,:"):
        session.reply(n.ERR_INVALIDKEY, channel.name, "Key is not well-formed")
        return None
    channel.key = key
    return Change(True, "k", key)


def _limit(session: Session, channel: Channel, change: Change) -> Change | None:
    if not change.add:
        had, channel.limit = channel.limit, 0
        return Change(False, "l") if had else None
    given = change.param or ""
    if not (given.isascii() and given.isdigit() and len(given) < 9 and int(given) > 0):
        _missing(session, channel, "l", "A number above 0 is expected")
        return None
    channel.limit = int(given)
    return Change(True, "l", str(channel.limit))
