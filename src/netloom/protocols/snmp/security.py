"""The user-based security model, the manager's side: discovery, messages out and in (RFC 3412 §7, RFC 3414 §3, §4)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError, Unauthenticated
from netloom.protocols.snmp.options import octets
from netloom.wire.snmp import usm, v3
from netloom.wire.snmp.clock import Clock, OwnClock
from netloom.wire.snmp.message import DATAGRAM_LIMIT
from netloom.wire.snmp.pdu import GET, REPORT, RESPONSE, Pdu, framed
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, MessageV3, Security

if TYPE_CHECKING:
    from netloom.protocols.snmp.options import Identity, Options
    from netloom.wire.oid import Oid

ENTERPRISE = bytes.fromhex("80007ed9")  # 32473, the number for examples (RFC 5612), with the first bit set
USM_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
_EPOCH = 1_577_836_800
_UNSUPPORTED, _NOT_IN_TIME, _UNKNOWN_USER, _UNKNOWN_ENGINE, _WRONG_DIGEST, _UNDECIPHERED = range(1, 7)
_REFUSALS = {
    _UNSUPPORTED: ("unsupportedSecLevel", "does it want more, or less: auth=, priv=?"),
    _UNKNOWN_USER: ("unknownUserName", "is it the right user?"),
    _WRONG_DIGEST: ("wrongDigest", "is it the right password, and the right auth=?"),
    _UNDECIPHERED: ("decryptionError", "are priv= and priv_password= right?"),
}
_OTHER_REPORTS: dict[Oid, str] = {
    (1, 3, 6, 1, 6, 3, 11, 2, 1, 1, 0): "unknownSecurityModel",
    (1, 3, 6, 1, 6, 3, 11, 2, 1, 2, 0): "invalidMsg",
    (1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0): "unknownPDUHandler",
    (1, 3, 6, 1, 6, 3, 12, 1, 4, 0): "unavailableContext",
    (1, 3, 6, 1, 6, 3, 12, 1, 5, 0): "unknownContext",
}


def new_engine_id() -> bytes:
    """An engine's identifier that nobody else has (RFC 3411 §5: format 5, octets)."""
    return ENTERPRISE + b"\x05" + os.urandom(8)


def boots() -> int:
    """A count of starts for an engine whose identifier stays: the seconds since 2020.

    It grows with every start, which is all that is asked of it (RFC 3414 §2.2.2), and nothing has to be remembered.
    """
    return max(1, int(time.time()) - _EPOCH)


_OWN_ENGINE = new_engine_id()
_OWN_CLOCK = OwnClock(boots(), time.monotonic())


class Secured:
    """One user's messages to one engine. Nothing is known of the engine until it has been discovered."""

    def __init__(self, identity: Identity, options: Options) -> None:
        auth = options.auth if identity.password is not None else ""
        priv = options.priv if identity.priv_password is not None else ""
        name = identity.user.encode()
        self.user = usm.User(name, auth, identity.password, priv, identity.priv_password)
        self.level = (AUTH if auth else 0) | (PRIV if priv else 0)
        self.engine_id = b""
        self.clock = Clock(0, 0, 0.0)
        self.authentic = False
        self._options = options
        self._keys: usm.Keys | None = None
        self._number = int.from_bytes(os.urandom(8))

    # The engine

    def discovery(self, msg_id: int) -> bytes:
        """A request that no engine takes, so that it reports who it is (RFC 3414 §4)."""
        pdu = framed(GET, msg_id, 0, 0, b"")
        header = Header(msg_id, DATAGRAM_LIMIT, REPORTABLE)
        return v3.emit(header, Security(), v3.emit_scoped(b"", b"", pdu))[0]

    def discovered(self, data: bytes, msg_id: int, now: float) -> bool | None:
        """Learn who it is from what it reports; None for what is no answer. Raises RemoteProtocolError."""
        message = v3.parse(data)
        if message.header.msg_id != msg_id or message.header.model != v3.USM:
            return None
        scoped = v3.parse_scoped(message.data) if not message.header.flags & PRIV else None
        if scoped is None or scoped.pdu.kind != REPORT:
            raise RemoteProtocolError("that is no report", rule="RFC 3414 §4", seen=data[:64])
        self._meet(message.security, now)
        return True

    def _meet(self, said: Security, now: float) -> None:
        if len(said.engine_id) < 5:
            raise RemoteProtocolError(f"an engine's identifier of {len(said.engine_id)} octets", rule="RFC 3411 §5")
        self.engine_id = said.engine_id
        self.clock = Clock(said.boots, said.time, now)
        self._keys = usm.keys(self.user, said.engine_id)

    # Messages

    def request(self, pdu: bytes, msg_id: int, now: float) -> bytes:
        """A request's octets, signed and encrypted as far as the user can."""
        clock = self.clock.at(now) if self.level else (0, 0)
        return self._message(pdu, Header(msg_id, DATAGRAM_LIMIT, self.level | REPORTABLE), clock)

    def trap(self, pdu: bytes, msg_id: int) -> bytes:
        """A trap's octets: the engine that vouches for it is our own (RFC 3414 §3.1)."""
        self.engine_id = octets(self._options.engine_id) or _OWN_ENGINE
        self._keys = usm.keys(self.user, self.engine_id)
        return self._message(pdu, Header(msg_id, DATAGRAM_LIMIT, self.level), _OWN_CLOCK.at(time.monotonic()))

    def _message(self, pdu: bytes, header: Header, clock: tuple[int, int]) -> bytes:
        context_engine = octets(self._options.context_engine) or self.engine_id
        data = v3.emit_scoped(context_engine, self._options.context.encode(), pdu)
        salt, digest = b"", b""
        if self._keys is not None:
            digest = bytes(self._keys.digest_size)
            if self.level & PRIV:
                self._number += 1
                data, salt = usm.encrypt(data, self._keys, clock, self._number)
        security = Security(self.engine_id, *clock, self.user.name, digest, salt)
        made, at = v3.emit(header, security, data)
        return usm.signed(made, at, self._keys) if self._keys is not None else made

    def response(self, data: bytes, msg_id: int, now: float) -> Pdu | None:
        """The response or report in a message, or None where it isn't the answer, or nobody vouches for it.

        Raises RemoteProtocolError for what is no message of v3, Unauthenticated for a report that refuses us.
        """
        message = v3.parse(data)
        if message.header.msg_id != msg_id or message.header.model != v3.USM:
            return None
        level = message.header.level
        said = message.security
        if level and not self._is_authentic(data, message, now):
            return None
        scoped = v3.parse_scoped(self._opened(message), padded=bool(level & PRIV))
        pdu = scoped.pdu
        if pdu.kind == REPORT:
            return self._reported(pdu, said, now, authentic=bool(level))
        if pdu.kind != RESPONSE or level != self.level or said.engine_id != self.engine_id:
            return None  # who could have proven it and didn't isn't believed (RFC 3412 §7.2.13)
        self.authentic = bool(level)
        return pdu

    def unmet(self, report: Pdu) -> Unauthenticated:
        """What it comes to that an agent goes on reporting what was heeded."""
        if report.varbinds[0].oid[-2] == _UNKNOWN_ENGINE:
            return Unauthenticated("the agent's engine isn't the one that it names", code="unknownEngineID")
        return Unauthenticated("the agent's clock can't be met", code="notInTimeWindow", hint="does it run backwards?")

    def _is_authentic(self, data: bytes, message: MessageV3, now: float) -> bool:
        said = message.security
        if self._keys is None or said.engine_id != self.engine_id or said.user != self.user.name:
            return False
        if not usm.is_signed(data, message.auth_at, said.auth, self._keys):
            return False
        return self.clock.in_time(said.boots, said.time, now)

    def _opened(self, message: MessageV3) -> bytes:
        if not message.header.flags & PRIV:
            return message.data
        if self._keys is None or not self._keys.priv:
            raise RemoteProtocolError("it encrypts what we didn't", rule="RFC 3412 §7.2")
        said = message.security
        return usm.decrypt(message.data, self._keys, (said.boots, said.time), said.priv)

    def _reported(self, pdu: Pdu, said: Security, now: float, authentic: bool) -> Pdu | None:
        """A report that says how to ask again is given back; one that refuses us is raised."""
        oid = pdu.varbinds[0].oid if pdu.varbinds else ()
        if oid[:-2] == USM_STATS and len(oid) == len(USM_STATS) + 2:
            if oid[-2] == _UNKNOWN_ENGINE:
                self._meet(said, now)
                return pdu
            if oid[-2] == _NOT_IN_TIME:
                # Only who knows the key may move a clock that has proven something: `in_time` has learnt from it.
                if not authentic and not self.clock.proven:
                    self.clock = Clock(said.boots, said.time, now)
                    return pdu
                return pdu if authentic else None
            if oid[-2] in _REFUSALS:
                name, hint = _REFUSALS[oid[-2]]
                raise Unauthenticated(f"the agent refuses {self.user.name.decode()!r}: {name}", code=name, hint=hint)
        name = _OTHER_REPORTS.get(oid, "report")
        raise Unauthenticated(f"the agent refuses: {name}", code=name, hint="is the context right?")
