"""Who calls: Basic and bearer credentials in the metadata, and what a stranger may do (RFC 7617, RFC 6750)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents.service import Code, Refused
from netloom.links.http.access import identify
from netloom.links.http.messages import header

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange


async def admit(exchange: Exchange, context: Context) -> str:
    """The name of who calls, empty for anybody. Raises Refused: UNAUTHENTICATED or PERMISSION_DENIED.

    Where there are no accounts, credentials are the service's own business.
    """
    accounts = context.accounts
    given = header(exchange.request.headers, "authorization") if len(accounts) else None
    if given is None:
        if Right.READ in accounts.anonymous:
            return ""
        raise Refused(Code.UNAUTHENTICATED, "who are you?")
    account = await identify(given, exchange, accounts)
    if account is None:
        raise Refused(Code.UNAUTHENTICATED, "these credentials are nobody's")
    if not accounts.may(account, Right.READ):
        raise Refused(Code.PERMISSION_DENIED, f"{account.name} may not call anything here")
    return account.name
