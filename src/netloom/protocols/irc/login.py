"""The client's side of SASL: SCRAM-SHA-256, PLAIN, EXTERNAL (IRCv3 sasl-3.2, RFC 7677, RFC 4616)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import RemoteProtocolError, Unauthenticated
from netloom.wire.credentials import Credentials
from netloom.wire.irc import numerics as n
from netloom.wire.irc import sasl, scram
from netloom.wire.smtp.auth import plain_answer

if TYPE_CHECKING:
    from netloom.protocols.irc.dialogue import Dialogue
    from netloom.wire.irc.message import Message

_NO = (n.ERR_NICKLOCKED, n.ERR_SASLFAIL, n.ERR_SASLTOOLONG, n.ERR_SASLABORTED)
_DONE = (n.RPL_SASLSUCCESS, n.ERR_SASLALREADY)


class Login(Struct, frozen=True, kw_only=True):
    """How to log in. `mechanism` is in upper case, or empty: the best that is offered. Without `in_clear` nothing is
    said without TLS that a listener could use again."""

    credentials: Credentials
    mechanism: str = ""
    in_clear: bool = False


async def log_in(dialogue: Dialogue, login: Login) -> str:
    """Log in; gives the mechanism. Raises Unauthenticated, Blocked."""
    mechanism = _choose(dialogue, login)
    if mechanism == "PLAIN" and not (dialogue.private or login.in_clear):
        dialogue.refuse_in_clear()
    await dialogue.say("AUTHENTICATE", mechanism)
    if mechanism == scram.MECHANISM:
        await _scram(dialogue, login.credentials)
    else:
        await _challenge(dialogue, mechanism)
        await _answer(dialogue, plain_answer(login.credentials) if mechanism == "PLAIN" else b"")
        await _verdict(dialogue, mechanism)
    return mechanism


def _choose(dialogue: Dialogue, login: Login) -> str:
    offered = [name.upper() for name in dialogue.offered.get("sasl", "").split(",") if name]
    wanted = [login.mechanism] if login.mechanism else [scram.MECHANISM, "PLAIN"]
    if not offered:  # a server that doesn't tell (sasl-3.1) knows PLAIN as a rule
        return wanted[-1]
    possible = [name for name in wanted if name in offered]
    if not possible:
        there = ", ".join(offered)
        raise Unauthenticated(
            f"the server offers no {' or '.join(wanted)} to log in with", text=there, hint=f"it offers {there}"
        )
    return possible[0]


async def _scram(dialogue: Dialogue, credentials: Credentials) -> None:
    client = scram.Client(credentials.username, credentials.password, secrets.token_urlsafe(18))
    await _challenge(dialogue, scram.MECHANISM)
    await _answer(dialogue, client.first())
    await _answer(dialogue, client.answer(await _challenge(dialogue, scram.MECHANISM)))
    client.check(await _challenge(dialogue, scram.MECHANISM))
    await _answer(dialogue, b"")
    await _verdict(dialogue, scram.MECHANISM)


async def _answer(dialogue: Dialogue, answer: bytes) -> None:
    for piece in sasl.emit(answer):
        await dialogue.say("AUTHENTICATE", piece)


async def _challenge(dialogue: Dialogue, mechanism: str) -> bytes:
    """What the server says next."""
    pieces = sasl.Pieces()
    while True:
        message = await dialogue.hear()
        if message.command == "AUTHENTICATE":
            said = pieces.feed(message.text)
            if said is not None:
                return said
        elif message.command in _DONE:
            raise RemoteProtocolError(f"{mechanism} ended before it was over", rule="IRCv3 sasl-3.1")
        else:
            _check(message, mechanism)


async def _verdict(dialogue: Dialogue, mechanism: str) -> None:
    while True:
        message = await dialogue.hear()
        if message.command in _DONE:
            return
        if message.command == "AUTHENTICATE":
            raise RemoteProtocolError(f"the server asks on after the last answer of {mechanism}", rule="IRCv3 sasl-3.1")
        _check(message, mechanism)


def _check(message: Message, mechanism: str) -> None:
    if message.command in _NO:
        raise Unauthenticated(
            f"{mechanism} failed: {message.command} {message.text[:300]}",
            code=message.command,
            text=message.text,
            hint="the user, the password or the way to log in isn't right",
        )
