"""Logging in: AUTHENTICATE with PLAIN, SCRAM-SHA-256 and EXTERNAL, and PASS (IRCv3 sasl-3.2, RFC 4616, RFC 7677)."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.wire import scram
from netloom.wire.irc import sasl
from netloom.wire.irc.numerics import (
    ERR_SASLABORTED,
    ERR_SASLALREADY,
    ERR_SASLFAIL,
    ERR_SASLTOOLONG,
    RPL_LOGGEDIN,
    RPL_SASLMECHS,
    RPL_SASLSUCCESS,
)
from netloom.wire.smtp.auth import parse_plain

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.protocols.irc.session import Session
    from netloom.wire.irc.message import Message

ATTEMPTS = 5
"""Failures after which a connection is ended."""

_SALT = 16


def mechanisms(session: Session) -> tuple[str, ...]:
    """The ways in which this client may log in: passwords are said on private connections only, and SCRAM needs one
    that is known, not its hash."""
    known = [account.password for account in session.context.accounts]
    found = []
    if any(isinstance(password, Secret) for password in known):
        found.append(scram.MECHANISM)
    if session.private and any(password is not None for password in known):
        found.append("PLAIN")
    if session.external in session.context.accounts:
        found.append("EXTERNAL")
    return tuple(found)


class Exchange:
    """One connection's attempts to log in, one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mechanism = ""
        self._pieces = sasl.Pieces()
        self._scram: scram.Server | None = None
        self._name = ""
        self._failures = 0

    async def authenticate(self, message: Message) -> None:
        """AUTHENTICATE: a mechanism, or a piece of an answer."""
        session, said = self._session, message.params[0]
        if session.account and not self._mechanism:
            session.reply(ERR_SASLALREADY, "You have already authenticated using SASL")
            return
        if said == "*":
            self._forget()
            session.reply(ERR_SASLABORTED, "SASL authentication aborted")
            return
        if not self._mechanism:
            self._begin(said.upper())
            return
        try:
            answer = self._pieces.feed(said)
            if answer is not None:
                await self._answer(answer)
        except RemoteProtocolError:
            if len(said) > sasl.PIECE:
                session.reply(ERR_SASLTOOLONG, "SASL message too long")
                self._forget()
                return
            self._failed()

    def _begin(self, mechanism: str) -> None:
        ways = mechanisms(self._session)
        if mechanism not in ways:
            self._session.reply(RPL_SASLMECHS, ",".join(ways) or "*", "are available SASL mechanisms")
            self._session.reply(ERR_SASLFAIL, "SASL authentication failed")
            return
        self._mechanism = mechanism
        self._session.from_server("AUTHENTICATE", "+")

    async def _answer(self, answer: bytes) -> None:
        """A whole answer."""
        session = self._session
        if self._mechanism == scram.MECHANISM:
            await self._scram_answer(answer)
        elif self._mechanism == "EXTERNAL":
            named = answer.decode("utf-8", "replace")
            account = session.context.accounts.get(session.external)
            self._conclude(account if named in ("", session.external) else None)
        else:
            given = parse_plain(answer)
            account = await session.context.accounts.authenticate(given.username, given.password, session.address)
            self._conclude(account if given.authorize_as in ("", given.username) else None)

    async def _scram_answer(self, answer: bytes) -> None:
        accounts, peer = self._session.context.accounts, self._session.address
        if self._scram is None:
            first = scram.parse_first(answer)
            known = accounts.secret_of(first.username)
            fits = first.authorize_as in ("", first.username)
            password = known.reveal() if known is not None and fits else None
            self._name = first.username
            self._scram = scram.Server(first, secrets.token_urlsafe(18), os.urandom(_SALT), password)
            self._say(self._scram.challenge())
            return
        if not self._name:  # the client has taken note of what we showed
            self._conclude(self._account)
            return
        async with accounts.turn(peer):
            shown = self._scram.verdict(answer)
            self._account = accounts.get(self._name) if shown is not None else None
            accounts.note(self._account, peer)
        self._name = ""
        if shown is None:
            self._failed()
        else:
            self._say(shown)

    _account: Account | None = None

    def _say(self, challenge: bytes) -> None:
        for piece in sasl.emit(challenge):
            self._session.from_server("AUTHENTICATE", piece)

    def _conclude(self, account: Account | None) -> None:
        session, way = self._session, self._mechanism
        if account is None:
            self._failed()
            return
        self._forget()
        session.record("AUTHENTICATE", way, RPL_SASLSUCCESS)
        log_in(session, account)
        session.reply(RPL_SASLSUCCESS, "SASL authentication successful")

    def _failed(self) -> None:
        session = self._session
        session.record("AUTHENTICATE", self._mechanism, ERR_SASLFAIL)
        self._forget()
        self._failures += 1
        session.reply(ERR_SASLFAIL, "SASL authentication failed")
        if self._failures >= ATTEMPTS:
            session.end("Too many failures to authenticate")

    def _forget(self) -> None:
        self._mechanism = self._name = ""
        self._pieces = sasl.Pieces()
        self._scram = self._account = None


def log_in(session: Session, account: Account) -> None:
    """Somebody has shown who they are."""
    session.account = account.name
    session.reply(RPL_LOGGEDIN, session.mask, account.name, f"You are now logged in as {account.name}")
    if session.registered:
        session.network.tell_peers(session, session.said("ACCOUNT", account.name), cap="account-notify")


async def by_password(session: Session, password: str) -> Account | None:
    """The account that PASS shows: `NAME:PASSWORD`, or a password for the user name."""
    name, colon, rest = password.partition(":")
    accounts = session.context.accounts
    given = (name, rest) if colon and name in accounts else (session.username.lstrip("~"), password)
    return await accounts.authenticate(given[0], Secret(given[1]), session.address)
