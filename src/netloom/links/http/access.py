"""Who makes a request to a protocol that HTTP carries: Basic and bearer credentials (RFC 7617, RFC 6750)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.links.http.messages import header
from netloom.wire.http import authentication

if TYPE_CHECKING:
    from netloom.accounts import Account, Accounts
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.links.http.messages import Headers

_TEXT = ("content-type", "text/plain; charset=utf-8")
CHALLENGE = ("www-authenticate", 'Basic realm="netloom", charset="UTF-8"')


async def admit(
    exchange: Exchange, context: Context, right: Right = Right.READ, fields: Headers = ()
) -> tuple[bool, Account | None]:
    """Whether somebody has a right, and who that is (None: nobody in particular). Otherwise 401 or 403 was answered.

    Without accounts, whoever may read may write, too: what is served is in memory. `fields` are added to a refusal.
    """
    accounts = context.accounts
    account = None
    given = header(exchange.request.headers, "authorization")
    if given is not None and len(accounts):
        account = await identify(given, exchange, accounts)
        if account is None:
            await exchange.respond(401, (_TEXT, CHALLENGE, *fields), b"who are you?\n")
            return False, None
    if accounts.may(account, right if len(accounts) else Right.READ):
        return True, account
    if account is None and len(accounts):
        await exchange.respond(401, (_TEXT, CHALLENGE, *fields), b"who are you?\n")
    else:
        words = f"{account.name} may not" if account is not None else "nobody may"
        await exchange.respond(403, (_TEXT, *fields), f"{words} {right.value} here\n".encode())
    return False, None


async def identify(given: str, exchange: Exchange, accounts: Accounts) -> Account | None:
    """Whose credentials an Authorization field has; None where they aren't right, which is remembered of the peer."""
    peer = host_of(exchange)
    try:
        found = authentication.parse_credentials(given)
        if found.scheme == "basic":
            named = authentication.parse_basic(found.token)
            return await accounts.authenticate(named.username, Secret(named.password), peer)
    except RemoteProtocolError:
        accounts.failed(peer)
        return None
    async with accounts.turn(peer):
        account = accounts.verify_token(found.token) if found.scheme == "bearer" else None
        accounts.note(account, peer)
    return account


def host_of(exchange: Exchange) -> str:
    """The address of whoever asks, as guesses at passwords are counted by it."""
    return exchange.peer.rpartition(":")[0].strip("[]")
