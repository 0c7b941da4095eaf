"""Who connects to a namespace: credentials of the handshake, or of `auth` in CONNECT."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from netloom.accounts import Right
from netloom.endpoint import Secret
from netloom.links.http.access import host_of

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.links.context import Context
    from netloom.links.faults.refusing import No
    from netloom.links.http.exchange import Exchange

_LIMIT = 4096


class Gate:
    """One session's. `account` is whom the handshake's Authorization proved, if anybody."""

    def __init__(self, link: Exchange, context: Context, account: Account | None) -> None:
        self.accounts = context.accounts
        self.peer = link.peer
        self.account = account
        self._host = host_of(link)
        self._context = context

    def refuses(self, namespace: str) -> No | None:
        """What a fault wants to be said to whoever connects to a namespace."""
        no = self._context.refuses("CONNECT", target=namespace)
        if no is not None:
            self._context.access("CONNECT", namespace, status="refused")
        return no

    async def admit(self, auth: dict[str, Any], namespace: str) -> tuple[bool, Account | None]:
        """Whether a namespace may be connected, and as whom: by `token`, by `user` and `password`, or nobody."""
        started = time.time()
        account, wrong = self.account, False
        if len(self.accounts) and ("token" in auth or "password" in auth):
            account = await self._identify(auth)
            wrong = account is None
        admitted = not wrong and self.accounts.may(account, Right.READ)
        self._context.access(
            "CONNECT", namespace, status="ok" if admitted else "refused",
            user=account.name if account is not None else "", started=started,
        )  # fmt: skip
        return admitted, account

    async def _identify(self, auth: dict[str, Any]) -> Account | None:
        accounts = self.accounts
        if "token" in auth:
            async with accounts.turn(self._host):
                account = accounts.verify_token(Secret(_text(auth["token"])))
                accounts.note(account, self._host)
            return account
        user = _text(auth.get("user", auth.get("username", "")))
        return await accounts.authenticate(user, Secret(_text(auth["password"])), self._host)


def _text(value: Any) -> str:
    """A credential; what is none, or too long, is nobody's."""
    return value if isinstance(value, str) and len(value) <= _LIMIT else ""
