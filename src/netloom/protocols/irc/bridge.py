"""Between channels and the bus: what is said is published, and what others publish is said by somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.contents.bus import Delivery, Publication
from netloom.protocols.irc.said import Said
from netloom.wire.irc import ctcp
from netloom.wire.irc.message import Message, cut, pieces

if TYPE_CHECKING:
    from netloom.protocols.irc.channel import Channel
    from netloom.protocols.irc.session import Session
    from netloom.records import Message as Heard

LINES = 20
"""Lines that one message of the bus is told in; of the others it is told how many bytes they have."""
COMMAND, ACTION = "command", "ctcp"
"""Properties of what was said: `command` where it was a NOTICE, `ctcp` where it was an ACTION."""

_ROOM = 380  # bytes of a line's text: names stand before it
_FORBIDDEN = re.compile(r"[\r\0]")
_PORT = re.compile(r":\d{1,5}$")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


class Spoken:
    """Marks what was said on IRC: those in the channel have heard it."""


_SPOKEN = Spoken()


def published(session: Session, channel: Channel, message: Message) -> Publication | None:
    """What somebody says as everybody else hears it; None for what only IRC understands (CTCP but ACTION)."""
    text, properties = message.text, {"nick": session.nick, "type": "text"}
    asked = ctcp.parse(text)
    if asked is not None:
        if asked.command != "ACTION":
            return None
        text = asked.text
        properties[ACTION] = "ACTION"
    if message.command == "NOTICE":
        properties[COMMAND] = "NOTICE"
    if session.account:
        properties["account"] = session.account
    return Publication(
        topic=channel.topic,
        payload=text.encode("utf-8", "surrogateescape"),
        sender=session.mask,
        properties=properties,
        native=_SPOKEN,
    )


def told_in(channel: str, delivery: Delivery) -> list[Said]:
    """A message of the bus as it is told in a channel, made once."""
    found: list[Said] | None = delivery.forms.get(Spoken)
    if found is None:
        found = delivery.forms[Spoken] = [Said(line) for line in lines_of(channel, delivery.message)]
    return found


def lines_of(channel: str, message: Heard) -> list[Message]:
    """A message line by line, from a nick that nobody can have: `*` and the sender."""
    host = _name(message.sender)
    nick = message.properties.get("nick", "")
    if not nick or _NOT_IN_A_NAME.search(nick):
        nick = _name(_PORT.sub("", message.sender))
    source = f"*{cut(nick, 30) or 'bus'}!bus@{cut(host, 63) or 'bus'}"
    command = "NOTICE" if message.properties.get(COMMAND) == "NOTICE" else "PRIVMSG"
    action = message.properties.get(ACTION) == "ACTION"
    lines: list[Message] = []
    told = 0
    for line in message.payload.split(b"\n"):
        text = _FORBIDDEN.sub("", line.decode("utf-8", "replace"))
        for piece in pieces(text, _ROOM) if text else ():
            if len(lines) == LINES:
                rest = len(message.payload) - told
                return [*lines, Message("NOTICE", (channel, f"… and {rest} bytes more"), source)]
            said = ctcp.emit(ctcp.Request("ACTION", piece)) if action and ctcp.MARK not in piece else piece
            lines.append(Message(command, (channel, said), source))
            told += len(piece.encode())
    return lines


def _name(sender: str) -> str:
    return _NOT_IN_A_NAME.sub("-", sender.encode("utf-8", "replace").decode()).strip("-.")
