"""The client's side of SASL: SCRAM-SHA-256, PLAIN, EXTERNAL (IRCv3 sasl-3.2, RFC 7677, RFC 4616)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from netloom.errors import Unauthenticated
from netloom.wire.irc import numerics as n
from netloom.wire.irc import sasl
from netloom.wire.sasl import Exchange, choose

if TYPE_CHECKING:
    from netloom.protocols.irc.dialogue import Dialogue
    from netloom.wire.irc.message import Message
    from netloom.wire.sasl import Login

_NO = (n.ERR_NICKLOCKED, n.ERR_SASLFAIL, n.ERR_SASLTOOLONG, n.ERR_SASLABORTED)
_KNOWN = ("SCRAM-SHA-256", "PLAIN")
_DONE = (n.RPL_SASLSUCCESS, n.ERR_SASLALREADY)


async def log_in(dialogue: Dialogue, login: Login) -> str:
    """Log in; gives the mechanism. Raises Unauthenticated, Blocked."""
    mechanism = _choose(dialogue, login)
    exchange = Exchange(mechanism, login.credentials, secrets.token_urlsafe(18))
    exchange.begin(-1)
    await dialogue.say("AUTHENTICATE", mechanism)
    pieces = sasl.Pieces()
    while True:
        message = await dialogue.hear()
        if message.command in _DONE:
            exchange.succeed()
            return mechanism
        if message.command != "AUTHENTICATE":
            _check(message, mechanism)
            continue
        challenge = pieces.feed(message.text)
        if challenge is not None:
            for piece in sasl.emit(exchange.answer(challenge)):
                await dialogue.say("AUTHENTICATE", piece)


def _choose(dialogue: Dialogue, login: Login) -> str:
    offered = [name.upper() for name in dialogue.offered.get("sasl", "").split(",") if name]
    if not offered:  # a server that doesn't tell (sasl-3.1) knows PLAIN as a rule
        offered = [login.mechanism or "PLAIN"]
    return choose(login, _KNOWN, offered, private=dialogue.private)


def _check(message: Message, mechanism: str) -> None:
    if message.command in _NO:
        raise Unauthenticated(
            f"{mechanism} failed: {message.command} {message.text[:300]}",
            code=message.command,
            text=message.text,
            hint="the user, the password or the way to log in isn't right",
        )
