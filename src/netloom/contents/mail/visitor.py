"""Whose mailbox somebody may open: an account its own; where there are no accounts, anybody any, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from netloom.accounts import Right
from netloom.contents import Forbidden
from netloom.contents.mail.names import mailbox_name
from netloom.errors import RemoteProtocolError
from netloom.links import sasl

if TYPE_CHECKING:
    from netloom.accounts import Account, Accounts
    from netloom.links.sasl import Ask
    from netloom.wire.smtp.auth import Attempt

ANONYMOUS = "anonymous"
"""Whose mailbox those open who say no name (RFC 4505)."""


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who is let in: under which name, to whose mailbox, and whether to change anything there."""

    user: str
    owner: str
    writes: bool


def mechanisms(accounts: Accounts, *, private: bool) -> tuple[str, ...]:
    """What is offered. A password isn't asked for in the clear, not even where any would do."""
    if len(accounts):
        return sasl.offered(accounts, private=private)
    if not accounts.may(None, Right.READ):
        return ()
    return ("ANONYMOUS", "PLAIN", "LOGIN") if private else ("ANONYMOUS",)


def takes_passwords(accounts: Accounts, *, private: bool) -> bool:
    """Whether a name and a password can be said as they are, as LOGIN and USER with PASS do."""
    return "PLAIN" in mechanisms(accounts, private=private)


async def enter(accounts: Accounts, user: str, password: str, peer: str) -> Visitor | None:
    """Who is let in with a name and a password."""
    if not len(accounts):
        return _guest(accounts, user)
    return _visitor(accounts, await accounts.authenticate(user, password, peer))


async def authenticate(attempt: Attempt, accounts: Accounts, peer: str, name: str, ask: Ask) -> Visitor | None:
    """Who is let in by a SASL mechanism; `attempt` is one of those which are offered."""
    if len(accounts):
        return _visitor(accounts, await sasl.authenticate(attempt, accounts, peer, name, ask))
    if attempt.mechanism == "ANONYMOUS":
        trace = await ask(b"") if attempt.initial is None else attempt.initial
        if len(trace) > 255:
            raise RemoteProtocolError("what an anonymous user says is 255 octets at most", rule="RFC 4505 §2")
        return _guest(accounts, ANONYMOUS)
    return _guest(accounts, (await sasl.said(attempt, ask)).username)


def _visitor(accounts: Accounts, account: Account | None) -> Visitor | None:
    if account is None or not accounts.may(account, Right.READ):
        return None
    try:
        owner = mailbox_name(account.name)
    except Forbidden:  # a name that can't be a mailbox has none
        return None
    return Visitor(account.name, owner, accounts.may(account, Right.WRITE))


def _guest(accounts: Accounts, name: str) -> Visitor | None:
    if not accounts.may(None, Right.READ):
        return None
    try:
        return Visitor(name, mailbox_name(name), accounts.may(None, Right.WRITE))
    except Forbidden:
        return None
