"""Who may connect, and what they may do: names, passwords and tokens of a CONNECT (MQTT 5.0 §3.1.4, §5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.endpoint import Secret
from netloom.wire.mqtt.reasons import Reason

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.links.context import Context
    from netloom.wire.mqtt.packets import Connect

NAME_LIMIT = 1024
"""Characters of a client id that are taken."""


class Admitted:
    """Whether somebody may come in (`reason`), as whom, and whether they may hear and publish."""

    def __init__(self, context: Context, account: Account | None, reason: Reason = Reason.SUCCESS) -> None:
        accounts = context.accounts
        self.reason = reason
        self.user = account.name if account is not None else ""
        self.may_hear = accounts.may(account, Right.READ)
        # Without accounts a bus in memory is open; with them, publishing is writing.
        self.may_publish = not len(accounts) or accounts.may(account, Right.WRITE)
        if reason is Reason.SUCCESS and not (self.may_hear or (len(accounts) and self.may_publish)):
            self.reason = Reason.NOT_AUTHORIZED


async def admit(connect: Connect, context: Context) -> Admitted:
    """Look at who connects; a wrong password takes its time."""
    accounts = context.accounts
    if connect.properties.authentication_method is not None:
        return Admitted(context, None, Reason.BAD_AUTHENTICATION_METHOD)
    if len(connect.client_id) > NAME_LIMIT or (
        not connect.client_id and not connect.clean_start and connect.version < 5
    ):
        return Admitted(context, None, Reason.CLIENT_IDENTIFIER_NOT_VALID)
    if not len(accounts) or (connect.user is None and connect.password is None):
        return Admitted(context, None)
    account = await _known(connect, context)
    if account is None:
        return Admitted(context, None, Reason.BAD_USER_NAME_OR_PASSWORD)
    return Admitted(context, account)


async def _known(connect: Connect, context: Context) -> Account | None:
    accounts = context.accounts
    peer = context.peer.rpartition(":")[0].strip("[]")
    secret = Secret(_text(connect.password or b""))
    if connect.user:
        return await accounts.authenticate(connect.user, secret, peer)
    async with accounts.turn(peer):
        account = accounts.verify_token(secret)
        accounts.note(account, peer)
    return account


def _text(password: bytes) -> str:
    """A password is bytes; people's are texts."""
    try:
        return password.decode()
    except UnicodeDecodeError:
        return password.decode("latin-1")
