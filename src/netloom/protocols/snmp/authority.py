"""The user-based security model, the server's side: who sent a message of v3, and in time (RFC 3414 §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.accounts import Account
from netloom.errors import RemoteProtocolError
from netloom.protocols.snmp.engine import COUNTS
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import usm, v3
from netloom.wire.snmp.message import DATAGRAM_LIMIT
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, MessageV3, Scoped, Security
from netloom.wire.snmp.values import COUNTER32, varbind

if TYPE_CHECKING:
    from netloom.accounts import Accounts
    from netloom.endpoint import Endpoint
    from netloom.protocols.snmp.engine import Engine
    from netloom.protocols.snmp.options import Options

GUESSERS = 4096
"""Hosts that guessed wrong and are forgiven when they are right; beyond so many, those that come wait the longer."""


class Reported(Exception):
    """A message that isn't let in: which count says why, and the keys with which that is said, if any."""

    def __init__(self, count: str, keys: usm.Keys | None = None) -> None:
        super().__init__(count)
        self.count = count
        self.keys = keys


class Verified(Struct, frozen=True):
    """A message whose sender has proven who it is, and what it says. `keys` are the sender's at its engine."""

    message: MessageV3
    scoped: Scoped
    user: str
    account: Account | None
    keys: usm.Keys


class Authority:
    """Knows users by the accounts' passwords. Those of which only a hash is known can't be verified by it."""

    def __init__(self, engine: Engine, accounts: Accounts, options: Options, endpoint: Endpoint | None = None) -> None:
        """`endpoint` is one whose user and password count as well: that of who listens."""
        self.engine = engine
        self._accounts = accounts
        self._options = options
        self._extra = endpoint if endpoint is not None and endpoint.user and endpoint.password is not None else None
        self._guessed: set[str] = set()
        self._level = AUTH if options.priv == "none" else AUTH | PRIV

    def open(self, data: bytes, host: str, *, takes_foreign: bool) -> Verified | None:
        """What a message says whose sender is known. None for what isn't looked at: its peer has guessed too often.

        With `takes_foreign`, another engine may vouch for it: that of who sends a trap. Raises Reported, and
        RemoteProtocolError for what is no message.
        """
        message = v3.parse(data)
        said = message.security
        if message.header.model != v3.USM:
            self.engine.counts.unknown_security_models += 1
            return None
        foreign = said.engine_id != self.engine.id
        if foreign and (not takes_foreign or message.header.flags & REPORTABLE or len(said.engine_id) < 5):
            raise Reported("unknown_engine_ids")
        if self._accounts.delay_for(host) > 0:
            return None
        keys = self._keys(said, message.header.level, host)
        if not usm.is_signed(data, message.auth_at, said.auth, keys):
            self._failed(host)
            raise Reported("wrong_digests")
        if not self.engine.in_time(said.engine_id, said.boots, said.time):
            raise Reported("not_in_time_windows", keys)
        user = said.user.decode("utf-8", "replace")
        account = self._accounts.get(user)
        if account is not None and host in self._guessed:
            self._guessed.discard(host)
            self._accounts.note(account, host)
        return Verified(message, self._scoped(message, keys), user, account, keys)

    def report(self, data: bytes, why: Reported) -> bytes | None:
        """A report, where the message asks for one (RFC 3412 §7.1 3). Nobody else than a key's owner can sign it."""
        counts = self.engine.counts
        setattr(counts, why.count, getattr(counts, why.count) + 1)
        message = v3.parse(data)
        if not message.header.flags & REPORTABLE:
            return None
        oid = COUNTS[why.count]
        request_id = 0
        if not message.header.flags & PRIV:
            try:
                request_id = v3.parse_scoped(message.data).pdu.request_id
            except RemoteProtocolError:
                request_id = 0  # what can't be read has no number
        told = varbind(oid, COUNTER32, getattr(counts, why.count) & 0xFFFFFFFF)
        pdu = pdus.framed(pdus.REPORT, request_id, 0, 0, told)
        header = Header(message.header.msg_id, DATAGRAM_LIMIT, AUTH if why.keys is not None else 0)
        return self._emit(header, message.security.user, v3.emit_scoped(self.engine.id, b"", pdu), why.keys)

    def answer(self, verified: Verified, pdu: bytes) -> bytes:
        """A response, as well protected as the request was."""
        header = Header(verified.message.header.msg_id, DATAGRAM_LIMIT, verified.message.header.level)
        scoped = v3.emit_scoped(verified.scoped.engine_id, verified.scoped.context, pdu)
        return self._emit(header, verified.message.security.user, scoped, verified.keys)

    # Inside

    def _emit(self, header: Header, user: bytes, scoped: bytes, keys: usm.Keys | None) -> bytes:
        clock = self.engine.now()
        salt = b""
        if header.flags & PRIV and keys is not None:
            scoped, salt = usm.encrypt(scoped, keys, clock, self.engine.salt())
        digest = bytes(keys.digest_size) if keys is not None else b""
        made, at = v3.emit(header, Security(self.engine.id, *clock, user, digest, salt), scoped)
        return usm.signed(made, at, keys) if keys is not None else made

    def _keys(self, said: Security, level: int, host: str) -> usm.Keys:
        """The keys of who says that it sent a message. Raises Reported."""
        user = self._user(said.user)
        if user is None:
            if said.user:
                self._failed(host)
            raise Reported("unknown_user_names")
        if level & self._level != self._level or (level & PRIV and not user.priv):
            raise Reported("unsupported_sec_levels")
        keys = usm.keys(user, said.engine_id)
        if keys is None:
            raise Reported("unsupported_sec_levels")
        return keys

    def _failed(self, host: str) -> None:
        self._accounts.failed(host)
        if len(self._guessed) < GUESSERS:
            self._guessed.add(host)

    def _user(self, name: bytes) -> usm.User | None:
        text = name.decode("utf-8", "replace")
        secret = self._accounts.secret_of(text)
        if secret is None and self._extra is not None and self._extra.user == text:
            secret = self._extra.password
        if secret is None or self._options.auth == "none":
            return None
        priv = "" if self._options.priv == "none" else self._options.priv
        return usm.User(name, self._options.auth, secret, priv, self._options.priv_password or secret if priv else None)

    def _scoped(self, message: MessageV3, keys: usm.Keys) -> Scoped:
        """What a message is about. Raises Reported where it can't be deciphered, and RemoteProtocolError."""
        if not message.header.flags & PRIV:
            return v3.parse_scoped(message.data)
        said = message.security
        try:
            data = usm.decrypt(message.data, keys, (said.boots, said.time), said.priv)
            return v3.parse_scoped(data, padded=True)
        except RemoteProtocolError:
            raise Reported("decryption_errors") from None
