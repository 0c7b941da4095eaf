"""Coming and going: PASS, NICK, USER, PING, QUIT, and the welcome (RFC 2812 §3.1, modern.ircdocs.horse)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.protocols.irc.authentication import by_password, log_in
from netloom.protocols.irc.limits import KICK_LIMIT, NICK_LIMIT, REALNAME_LIMIT, USER_LIMIT, tell_support
from netloom.protocols.irc.said import Said
from netloom.protocols.irc.telling import SOFTWARE, lusers, motd
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import Message, cut
from netloom.wire.irc.names import is_nick

if TYPE_CHECKING:
    from netloom.protocols.irc.session import Session

_NOT_IN_A_USER = re.compile(r"[^A-Za-z0-9._-]")


def password(session: Session, message: Message) -> None:
    """PASS."""
    if session.registered:
        session.reply(n.ERR_ALREADYREGISTRED, "You may not reregister")
    else:
        session.password = message.params[0]


def nick(session: Session, message: Message) -> None:
    """NICK."""
    wanted = message.params[0] if message.params else ""
    network = session.network
    if not wanted:
        session.reply(n.ERR_NONICKNAMEGIVEN, "No nickname given")
    elif not is_nick(wanted, NICK_LIMIT):
        session.reply(n.ERR_ERRONEUSNICKNAME, wanted, "Erroneous nickname")
    elif wanted != session.nick:
        said = Said(Message("NICK", (wanted,), session.mask), account=session.account)
        if session.registered:
            network.remember(session)
        if not network.rename(session, wanted):
            session.reply(n.ERR_NICKNAMEINUSE, wanted, "Nickname is already in use")
        elif session.registered:
            session.tell(said)
            network.tell_peers(session, said)


def user(session: Session, message: Message) -> None:
    """USER."""
    if session.registered or session.username:
        session.reply(n.ERR_ALREADYREGISTRED, "You may not reregister")
        return
    name = _NOT_IN_A_USER.sub("", message.params[0])[:USER_LIMIT]
    session.username = f"~{name or 'user'}"
    session.realname = cut(message.params[3], REALNAME_LIMIT) or "-"


async def complete(session: Session) -> None:
    """Let somebody in who has said all that is needed; otherwise say why not, and end."""
    accounts = session.context.accounts
    if (no := session.context.refuses("registration", target=session.nick)) is not None:
        _refuse(session, no.words(), no.code)
        return
    if session.password and len(accounts) and not session.account:
        if not session.private:
            _refuse(session, "No password without TLS: ircs://, or #allow_plain_auth")
            return
        account = await by_password(session, session.password)
        if account is None:
            _refuse(session, "Password incorrect")
            return
        log_in(session, account)
    session.password = ""
    if not accounts.may(accounts.get(session.account) if session.account else None, Right.READ):
        _refuse(session, "Only accounts are let in")
        return
    if session.account:
        session.username = session.username.lstrip("~")
    session.network.welcome(session)
    _welcome(session)
    session.record("REGISTER", session.nick, n.RPL_WELCOME)


def _refuse(session: Session, why: str, numeric: str = n.ERR_PASSWDMISMATCH) -> None:
    session.record("REGISTER", session.nick, numeric)
    if numeric.isdecimal():
        session.reply(numeric, why)
    session.end("Access denied" if numeric.isdecimal() else why)


def _welcome(session: Session) -> None:
    options, reply = session.options, session.reply
    made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(session.network.created))
    reply(n.RPL_WELCOME, f"Welcome to the {options.network or 'netloom'} network, {session.mask}")
    reply(n.RPL_YOURHOST, f"Your host is {session.server}, running {SOFTWARE}")
    reply(n.RPL_CREATED, f"This server was created {made}")
    reply(n.RPL_MYINFO, session.server, SOFTWARE, "iow", "beIiklmnostv", "beIklov")
    tell_support(session)
    lusers(session)
    motd(session)


def ping(session: Session, message: Message) -> None:
    """PING."""
    session.from_server("PONG", session.server, message.params[0])


def pong(session: Session, message: Message) -> None:
    """PONG: that something came is all that counts."""


def leave(session: Session, message: Message) -> None:
    """QUIT."""
    session.end(f"Quit: {cut(message.text, KICK_LIMIT)}" if message.params else "Quit")
