"""Talking: PRIVMSG, NOTICE, TAGMSG, AWAY, SETNAME (RFC 2812 §3.3, §4.1, IRCv3 message-tags and setname)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.errors import UsageError
from netloom.protocols.irc.bridge import published
from netloom.protocols.irc.limits import AWAY_LIMIT, REALNAME_LIMIT, TARGETS
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import cut

if TYPE_CHECKING:
    from netloom.protocols.irc.channel import Channel
    from netloom.protocols.irc.said import Said
    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message

_STATUS = {"@": "o", "+": "ov"}


def talk(session: Session, message: Message) -> None:
    """PRIVMSG, NOTICE and TAGMSG. Nothing is answered to a NOTICE (RFC 2812 §3.3.2)."""
    quiet = message.command == "NOTICE"
    if message.command == "TAGMSG" and "message-tags" not in session.caps:
        session.reply(n.ERR_UNKNOWNCOMMAND, "TAGMSG", "Unknown command")
        return
    if not message.params or not message.params[0]:
        _no(session, quiet, n.ERR_NORECIPIENT, f"No recipient given ({message.command})")
        return
    if message.command != "TAGMSG" and (len(message.params) < 2 or not message.text):
        _no(session, quiet, n.ERR_NOTEXTTOSEND, "No text to send")
        return
    session.active = int(time.time())
    targets = list(dict.fromkeys(message.params[0].split(",")))
    if len(targets) > TARGETS:
        _no(session, quiet, n.ERR_TOOMANYTARGETS, targets[TARGETS], "Too many targets")
    for target in targets[:TARGETS]:
        if target.lstrip("@+").startswith("#"):
            _to_channel(session, message, target, quiet)
        elif target:
            _to_user(session, message, target, quiet)


def _no(session: Session, quiet: bool, numeric: str, *params: str) -> None:
    if not quiet:
        session.reply(numeric, *params)


def _said(session: Session, message: Message, target: str) -> Said:
    tags = {name: value for name, value in message.tags.items() if name.startswith("+")}
    text = () if message.command == "TAGMSG" else (message.text,)
    return session.said(message.command, target, *text, tags=tags)


def _to_channel(session: Session, message: Message, target: str, quiet: bool) -> None:
    name = target.lstrip("@+")
    status = _STATUS.get(target[: len(target) - len(name)][:1], "")
    channel = session.network.channel(name)
    if channel is None:
        _no(session, quiet, n.ERR_NOSUCHCHANNEL, name, "No such channel")
        return
    if why := _forbidden(session, channel):
        session.record(message.command, channel.name, n.ERR_CANNOTSENDTOCHAN)
        _no(session, quiet, n.ERR_CANNOTSENDTOCHAN, channel.name, why)
        return
    said = _said(session, message, f"{target[:1] if status else ''}{channel.name}")
    cap = "message-tags" if message.command == "TAGMSG" else ""
    if message.command != "TAGMSG" and not status:
        told = published(session, channel, message)
        try:
            if told is not None:
                session.network.bus.publish(told)
                session.record(message.command, channel.name, size=len(told.payload))
        except (TooLarge, UsageError) as error:
            _no(session, quiet, n.ERR_CANNOTSENDTOCHAN, channel.name, f"Cannot send to channel: {error.message}")
            return
    channel.tell(said, session, only=status, cap=cap)
    if "echo-message" in session.caps and (not cap or cap in session.caps):
        session.tell(said)


def _forbidden(session: Session, channel: Channel) -> str:
    """Why somebody may not speak in a channel, or nothing."""
    if not session.may_write:
        return "Cannot send to channel: only accounts that may write speak here"
    if channel.topic.startswith("$"):
        return "Cannot send to channel: only the server speaks here"
    return "Cannot send to channel" if channel.silences(session) else ""


def _to_user(session: Session, message: Message, target: str, quiet: bool) -> None:
    other = session.network.find(target)
    if other is None:
        _no(session, quiet, n.ERR_NOSUCHNICK, target, "No such nick/channel")
        return
    if not session.may_write:
        _no(session, quiet, n.ERR_CANNOTSENDTOUSER, other.nick, "Only accounts that may write send messages")
        return
    said = _said(session, message, other.nick)
    if message.command != "TAGMSG" or "message-tags" in other.caps:
        other.tell(said)
    if other is not session and "echo-message" in session.caps:
        session.tell(said)
    if other.away and message.command == "PRIVMSG":
        session.reply(n.RPL_AWAY, other.nick, other.away)


def away(session: Session, message: Message) -> None:
    """AWAY."""
    session.away = cut(message.text, AWAY_LIMIT)
    if session.away:
        session.reply(n.RPL_NOWAWAY, "You have been marked as being away")
    else:
        session.reply(n.RPL_UNAWAY, "You are no longer marked as being away")
    said = session.said("AWAY", *([session.away] if session.away else []))
    session.network.tell_peers(session, said, cap="away-notify")


def setname(session: Session, message: Message) -> None:
    """SETNAME: another real name."""
    name = message.text
    if not name or len(name.encode("utf-8", "surrogateescape")) > REALNAME_LIMIT:
        session.from_server("FAIL", "SETNAME", "INVALID_REALNAME", "Realname is not valid")
        return
    session.realname = name
    said = session.said("SETNAME", name)
    if "setname" in session.caps:
        session.tell(said)
    session.network.tell_peers(session, said, cap="setname")
