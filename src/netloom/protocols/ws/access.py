"""Who opens a WebSocket: Basic and bearer credentials of the handshake (RFC 7617, RFC 6750)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.accounts import Account, Right
from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.links.http.messages import header
from netloom.wire.http import authentication

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange
    from netloom.links.listener import Context

_TEXT = ("content-type", "text/plain; charset=utf-8")
_CHALLENGE = ("www-authenticate", 'Basic realm="netloom", charset="UTF-8"')


async def admit(exchange: Exchange, context: Context) -> tuple[bool, Account | None]:
    """Whether a client may come in, and as whom (None: nobody in particular). Otherwise 401 or 403 was answered."""
    accounts = context.accounts
    given = header(exchange.request.headers, "authorization")
    if given is None or not len(accounts):
        if Right.READ in accounts.anonymous:
            return True, None
        await exchange.respond(401, (_TEXT, _CHALLENGE), b"who are you?\n")
        return False, None
    account = await _identify(given, exchange, context)
    if account is None:
        await exchange.respond(401, (_TEXT, _CHALLENGE), b"who are you?\n")
        return False, None
    if not accounts.may(account, Right.READ):
        await exchange.respond(403, (_TEXT,), b"that account may not read here\n")
        return False, None
    return True, account


async def _identify(given: str, exchange: Exchange, context: Context) -> Account | None:
    accounts = context.accounts
    peer = exchange.peer.rpartition(":")[0].strip("[]")
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
