"""SASL, the server's side: what can be offered to these accounts, and the exchange of each mechanism (RFC 4422)."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.wire import scram
from netloom.wire.smtp import auth

if TYPE_CHECKING:
    from netloom.accounts import Account, Accounts
    from netloom.wire.credentials import Credentials

MECHANISMS = (scram.MECHANISM, *auth.MECHANISMS)

Ask = Callable[[bytes], Awaitable[bytes]]
"""Says a challenge and gives the answer."""

_SALT = 16
_SHOWN_TO_XOAUTH2 = b'{"status":"401","schemes":"bearer"}'


def offered(accounts: Accounts, *, private: bool) -> tuple[str, ...]:
    """The mechanisms for these accounts. Passwords and tokens themselves are said on `private` connections only, and
    SCRAM and CRAM-MD5 need a password that is known, not its hash."""
    possible = set()
    for account in accounts:
        if isinstance(account.password, Secret):
            possible |= {scram.MECHANISM, "CRAM-MD5"}
        if private and account.password is not None:
            possible |= {"PLAIN", "LOGIN"}
        if private and account.tokens:
            possible.add("XOAUTH2")
    return tuple(name for name in MECHANISMS if name in possible)


async def authenticate(attempt: auth.Attempt, accounts: Accounts, peer: str, name: str, ask: Ask) -> Account | None:
    """The account that a client shows to be, None where it doesn't. `peer` is its address, `name` the server's.

    Raises RemoteProtocolError for what isn't as the mechanism wants it, and what `ask` raises.
    """
    if attempt.mechanism == "CRAM-MD5":
        if attempt.initial is not None:
            raise RemoteProtocolError("CRAM-MD5 begins with a challenge", rule="RFC 2195 §2")
        return await _cram_md5(accounts, peer, name, ask)
    if attempt.mechanism == scram.MECHANISM:
        return await _scram(attempt.initial, accounts, peer, ask)
    if attempt.mechanism == "XOAUTH2":
        return await _xoauth2(attempt.initial, accounts, peer, ask)
    given = await said(attempt, ask)
    account = await accounts.authenticate(given.username, given.password, peer)
    return account if given.authorize_as in ("", given.username) else None


async def said(attempt: auth.Attempt, ask: Ask) -> Credentials:
    """Who a client says it is, by PLAIN or LOGIN."""
    if attempt.mechanism == "PLAIN":
        return auth.parse_plain(await ask(b"") if attempt.initial is None else attempt.initial)
    user, password = auth.LOGIN_PROMPTS
    first = await ask(user) if attempt.initial is None else attempt.initial
    return auth.parse_login(first, await ask(password))


async def _cram_md5(accounts: Accounts, peer: str, name: str, ask: Ask) -> Account | None:
    challenge = auth.cram_md5_challenge(secrets.token_hex(16), name)
    answer = auth.parse_cram_md5(await ask(challenge))
    async with accounts.turn(peer):
        known = accounts.secret_of(answer.username)
        # An unknown name costs the same work as a known one, and nobody guesses this password
        right = auth.cram_md5_digest(challenge, known.reveal() if known else secrets.token_hex(16))
        account = accounts.get(answer.username) if hmac.compare_digest(right, answer.digest) else None
        accounts.note(account, peer)
    return account


async def _scram(initial: bytes | None, accounts: Accounts, peer: str, ask: Ask) -> Account | None:
    first = scram.parse_first(await ask(b"") if initial is None else initial)
    known = accounts.secret_of(first.username)
    fits = first.authorize_as in ("", first.username)
    password = known.reveal() if known is not None and fits else None
    exchange = scram.Server(first, secrets.token_urlsafe(18), os.urandom(_SALT), password)
    proof = await ask(exchange.challenge())
    async with accounts.turn(peer):
        shown = exchange.verdict(proof)
        account = accounts.get(first.username) if shown is not None else None
        accounts.note(account, peer)
    if shown is not None and await ask(shown):
        raise RemoteProtocolError("the last answer of SCRAM is empty", rule="RFC 5802 §5")
    return account


async def _xoauth2(initial: bytes | None, accounts: Accounts, peer: str, ask: Ask) -> Account | None:
    given = auth.parse_xoauth2(await ask(b"") if initial is None else initial)
    async with accounts.turn(peer):
        account = accounts.verify_token(given.password, given.username)
        accounts.note(account, peer)
    if account is None:
        await ask(_SHOWN_TO_XOAUTH2)  # the reason goes in a challenge, which the client answers with nothing
    return account
