"""Who asks, and whether they may: Basic, Digest and bearer tokens at the server (RFC 7617, RFC 7616, RFC 6750)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct
import time
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING

from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.links.http.messages import header
from netloom.wire.http import authentication, digest
from netloom.wire.http.digest import Answer, Asked, Challenge

if TYPE_CHECKING:
    from netloom.accounts import Account, Accounts, Right
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange

REALM = "netloom"
NONCE_AGE = 300.0
"""Seconds for which a nonce is good."""
_NONCES = 4096
_WINDOW = 64  # requests that may overtake each other on several connections
_TEXT = ("content-type", "text/plain; charset=utf-8")
_ALGORITHMS = {"sha-256": "SHA-256", "md5": "MD5"}


async def admit(exchange: Exchange, context: Context, right: Right, *, optional: bool = False) -> str | None:
    """The name of who asks (empty: anybody), or None after it was refused with 401 or 403.

    `optional`: credentials that we don't know may be the content's own business, and are no reason to refuse.
    """
    accounts: Accounts = context.accounts
    given = header(exchange.request.headers, "authorization")
    anybody = right in accounts.anonymous
    if anybody and (given is None or not len(accounts)):
        return ""
    account, stale = None, False
    if given is not None and len(accounts):
        account, stale = await gate_of(accounts).identify(given, exchange)
    if account is not None and accounts.may(account, right):
        return account.name
    if account is None and optional and anybody:
        return ""
    if account is not None:
        await exchange.respond(403, (_TEXT,), f"{account.name} may not {right.value} here\n".encode())
    elif not len(accounts):
        await exchange.respond(403, (_TEXT,), f"nobody may {right.value} here\n".encode())
    else:
        fields = [("www-authenticate", value) for value in gate_of(accounts).challenges(stale=stale)]
        await exchange.respond(401, (_TEXT, *fields), b"who are you?\n")
    return None


class Gate:
    """What the server of some accounts remembers: the nonces that were used."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._key = secrets.token_bytes(32)
        self._used: OrderedDict[str, tuple[float, int, int]] = OrderedDict()
        self._floor = 0.0
        passwords = [account.password for account in accounts if account.password is not None]
        self._digest = any(isinstance(password, Secret) for password in passwords)
        self._basic = bool(passwords)
        self._bearer = any(account.tokens for account in accounts)

    def challenges(self, *, stale: bool = False) -> list[str]:
        """What WWW-Authenticate offers, the strongest first."""
        made = []
        if self._digest:
            nonce = self.nonce(time.time())
            made += [
                digest.emit_challenge(Challenge(realm=REALM, nonce=nonce, algorithm=name, qop=("auth",), stale=stale))
                for name in _ALGORITHMS.values()
            ]
        made += [f'Bearer realm="{REALM}"'] if self._bearer else []
        made += [f'Basic realm="{REALM}", charset="UTF-8"'] if self._basic or not made else []
        return made

    async def identify(self, value: str, exchange: Exchange) -> tuple[Account | None, bool]:
        """Whose credentials these are, and whether only their nonce was too old."""
        peer = exchange.peer.rpartition(":")[0].strip("[]")
        try:
            found = authentication.parse_credentials(_text(value))
            if found.scheme == "basic":
                return await self._by_password(found.token, peer), False
            if found.scheme == "bearer":
                return await self._by_token(found.token, peer), False
            if found.scheme == "digest" and self._digest:
                return await self._by_digest(digest.parse_answer(found), exchange, peer)
        except RemoteProtocolError:
            self._accounts.failed(peer)
        return None, False

    async def _by_password(self, token: str, peer: str) -> Account | None:
        given = authentication.parse_basic(token)
        return await self._accounts.authenticate(given.username, Secret(given.password), peer)

    async def _by_token(self, token: str, peer: str) -> Account | None:
        async with self._accounts.turn(peer):
            account = self._accounts.verify_token(token)
            self._accounts.note(account, peer)
        return account

    async def _by_digest(self, given: Answer, exchange: Exchange, peer: str) -> tuple[Account | None, bool]:
        async with self._accounts.turn(peer):  # also for "stale", which tells that a password was right
            account, stale = self._look(given, exchange)
            if not stale:
                self._accounts.note(account, peer)
        return account, stale

    def _look(self, given: Answer, exchange: Exchange) -> tuple[Account | None, bool]:
        accounts = self._accounts
        secret = accounts.secret_of(given.username)
        asked = Asked(method=exchange.request.method, uri=exchange.request.target)
        right = digest.proves(given, given.username, (secret or Secret(secrets.token_hex(16))).reveal(), asked)
        right &= secret is not None and given.uri == asked.uri and given.realm == REALM and given.qop == "auth"
        right &= (given.algorithm or "MD5").lower() in _ALGORITHMS
        issued = self._issued(given.nonce)
        if right and issued is not None and not self._fresh(given, issued):
            return None, True  # the password was right: that is no failure to remember
        return (accounts.get(given.username) if right and issued is not None else None), False

    # Nonces say when they were made; only those that were used are remembered

    def nonce(self, now: float) -> str:
        """A nonce made at `now`, in Unix seconds."""
        body = struct.pack("!d8s", now, secrets.token_bytes(8))
        return base64.urlsafe_b64encode(body + hmac.digest(self._key, body, "sha256")[:16]).decode()

    def _issued(self, nonce: str) -> float | None:
        """When a nonce was made; None unless we made it."""
        try:
            raw = base64.urlsafe_b64decode(nonce.encode("ascii"))
        except (binascii.Error, ValueError):
            return None
        body, mark = raw[:16], raw[16:]
        if len(raw) != 32 or not hmac.compare_digest(mark, hmac.digest(self._key, body, "sha256")[:16]):
            return None
        made: float = struct.unpack("!d8s", body)[0]
        return made

    def _fresh(self, given: Answer, issued: float) -> bool:
        """Whether a nonce isn't too old, and its count wasn't used before (RFC 7616 §3.4, §5.5)."""
        if issued <= self._floor or time.time() - issued > NONCE_AGE:
            return False
        count = int(given.nc, 16)
        _, highest, mask = self._used.get(given.nonce, (issued, 0, 0))
        if count > highest:
            mask = ((mask << (count - highest)) | 1) & ((1 << _WINDOW) - 1) if count - highest < _WINDOW else 1
            highest = count
        elif highest - count >= _WINDOW or mask >> (highest - count) & 1 or not count:
            return False
        else:
            mask |= 1 << (highest - count)
        self._used[given.nonce] = (issued, highest, mask)
        self._used.move_to_end(given.nonce)
        while len(self._used) > _NONCES:
            # What is forgotten could be used again: so everything as old as that is too old from now on.
            _, (forgotten, _, _) = self._used.popitem(last=False)
            self._floor = max(self._floor, forgotten)
        return True


_gates: weakref.WeakKeyDictionary[Accounts, Gate] = weakref.WeakKeyDictionary()


def gate_of(accounts: Accounts) -> Gate:
    """The gate of these accounts."""
    gate = _gates.get(accounts)
    if gate is None:
        gate = _gates[accounts] = Gate(accounts)
    return gate


def _text(value: str) -> str:
    """A field's octets as UTF-8 where they are that: curl sends names in quoted strings so."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
