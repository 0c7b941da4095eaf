"""Messages of v3: header, security parameters and scoped PDU (RFC 3412 §6, RFC 3414 §2.4)."""

from __future__ import annotations

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.snmp import ber
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import MESSAGE_LIMIT, V3
from netloom.wire.snmp.pdu import Pdu, TrapV1

AUTH, PRIV, REPORTABLE = 1, 2, 4
"""The bits of msgFlags."""
USM = 3
"""The user-based security model's number (RFC 3411 §6)."""
SMALLEST_SIZE = 484
_ENGINE_LIMIT = 32  # RFC 3411 §5, SnmpEngineID: from 5 to 32 octets; none is what a discovery asks with
_USER_LIMIT = 32  # RFC 3414 §2.4
_AUTH_LIMIT = 64
_PRIV_LIMIT = 64
_CONTEXT_LIMIT = 255
LEVELS = {0: "noAuthNoPriv", AUTH: "authNoPriv", AUTH | PRIV: "authPriv"}


class Header(Struct, frozen=True, gc=False):
    """What stands before the security: the message's number, the largest answer that its sender takes, its flags."""

    msg_id: int
    max_size: int
    flags: int
    model: int = USM

    @property
    def level(self) -> int:
        return self.flags & (AUTH | PRIV)


class Security(Struct, frozen=True, gc=False):
    """The parameters of the user-based security model. `boots` and `time` are the authoritative engine's clock."""

    engine_id: bytes = b""
    boots: int = 0
    time: int = 0
    user: bytes = b""
    auth: bytes = b""
    priv: bytes = b""


class MessageV3(Struct, frozen=True, gc=False):
    """A message of v3. `data` is a scoped PDU's octets, encrypted where the flags say so.

    `auth_at` is where in the whole message the digest stands.
    """

    header: Header
    security: Security
    data: bytes
    auth_at: int = 0


class Scoped(Struct, frozen=True, gc=False):
    """A PDU, and the context that it is about (RFC 3412 §6.8)."""

    engine_id: bytes
    context: bytes
    pdu: Pdu


def parse(data: bytes) -> MessageV3:
    """A message of v3, nothing of it verified or decrypted. Raises RemoteProtocolError.

    One of another security model keeps its parameters to itself: they are read as empty.
    """
    start, stop = ber.expect(data, 0, len(data), ber.SEQUENCE)
    if stop != len(data) or stop > MESSAGE_LIMIT:
        raise RemoteProtocolError("a message that is too long", rule="RFC 3412 §6", offset=stop)
    version, start = ber.read_integer(data, start, stop)
    if version != V3:
        raise RemoteProtocolError(f"version {version}, not 3", rule="RFC 3412 §6.1", offset=2)
    header, start = _header(data, start, stop)
    first, last = ber.expect(data, start, stop, ber.OCTETS)
    security, auth_at = _security(data, first, last) if header.model == USM else (Security(), 0)
    tag, first, end = ber.read(data, last, stop)
    if end != stop:
        raise RemoteProtocolError("something follows the message's data", rule="RFC 3412 §6", offset=end)
    encrypted = bool(header.flags & PRIV)
    if tag != (ber.OCTETS if encrypted else ber.SEQUENCE):
        words = "data that are encrypted, or not, unlike what the flags say"
        raise RemoteProtocolError(words, rule="RFC 3412 §7.2", offset=last)
    return MessageV3(header, security, data[first:end] if encrypted else data[last:end], auth_at)


def _header(data: bytes, at: int, end: int) -> tuple[Header, int]:
    start, stop = ber.expect(data, at, end, ber.SEQUENCE)
    msg_id, start = ber.read_integer(data, start, stop)
    max_size, start = ber.read_integer(data, start, stop)
    flags, start = ber.read_octets(data, start, stop, 1)
    model, start = ber.read_integer(data, start, stop)
    if start != stop or len(flags) != 1 or msg_id < 0 or max_size < SMALLEST_SIZE or model < 1:
        raise RemoteProtocolError("a header that can't be", rule="RFC 3412 §6", offset=at)
    if flags[0] & PRIV and not flags[0] & AUTH:
        raise RemoteProtocolError("privacy without authentication", rule="RFC 3412 §7.2", offset=at)
    return Header(msg_id, max_size, flags[0] & 7, model), stop


def _security(data: bytes, at: int, end: int) -> tuple[Security, int]:
    start, stop = ber.expect(data, at, end, ber.SEQUENCE)
    engine_id, start = ber.read_octets(data, start, stop, _ENGINE_LIMIT)
    boots, start = ber.read_integer(data, start, stop)
    time, start = ber.read_integer(data, start, stop)
    user, start = ber.read_octets(data, start, stop, _USER_LIMIT)
    auth, after = ber.read_octets(data, start, stop, _AUTH_LIMIT)
    priv, last = ber.read_octets(data, after, stop, _PRIV_LIMIT)
    if last != stop or stop != end or boots < 0 or time < 0:
        raise RemoteProtocolError("security parameters that can't be", rule="RFC 3414 §2.4", offset=at)
    return Security(engine_id, boots, time, user, auth, priv), after - len(auth)


def parse_scoped(data: bytes, padded: bool = False) -> Scoped:
    """A scoped PDU; what was decrypted may have padding behind it. Raises RemoteProtocolError."""
    start, stop = ber.expect(data, 0, len(data), ber.SEQUENCE)
    if stop != len(data) and not padded:
        raise RemoteProtocolError("something follows the scoped PDU", rule="RFC 3412 §6.8", offset=stop)
    engine_id, start = ber.read_octets(data, start, stop, _ENGINE_LIMIT)
    context, start = ber.read_octets(data, start, stop, _CONTEXT_LIMIT)
    pdu = pdus.parse(data, start, stop)
    if isinstance(pdu, TrapV1):
        raise RemoteProtocolError("version 3 has no trap of version 1", rule="RFC 3412 §6.8", offset=start)
    return Scoped(engine_id, context, pdu)


def emit_scoped(engine_id: bytes, context: bytes, pdu: bytes) -> bytes:
    """A scoped PDU's octets around those of its PDU."""
    return ber.element(ber.SEQUENCE, ber.element(ber.OCTETS, engine_id) + ber.element(ber.OCTETS, context) + pdu)


def emit(header: Header, security: Security, data: bytes) -> tuple[bytes, int]:
    """A message's octets, and where its digest stands in them. Raises LocalProtocolError."""
    _check(header, security)
    about = (
        ber.integer(header.msg_id) + ber.integer(header.max_size)
        + ber.element(ber.OCTETS, bytes((header.flags,))) + ber.integer(header.model)
    )  # fmt: skip
    priv = ber.element(ber.OCTETS, security.priv)
    parameters = (
        ber.element(ber.OCTETS, security.engine_id) + ber.integer(security.boots) + ber.integer(security.time)
        + ber.element(ber.OCTETS, security.user) + ber.element(ber.OCTETS, security.auth) + priv
    )  # fmt: skip
    data = ber.element(ber.OCTETS, data) if header.flags & PRIV else data
    secured = ber.element(ber.OCTETS, ber.element(ber.SEQUENCE, parameters))
    message = ber.element(ber.SEQUENCE, ber.integer(V3) + ber.element(ber.SEQUENCE, about) + secured + data)
    return message, len(message) - len(data) - len(priv) - len(security.auth)


def _check(header: Header, security: Security) -> None:
    if not 0 <= header.msg_id < 1 << 31 or not SMALLEST_SIZE <= header.max_size < 1 << 31:
        raise LocalProtocolError("a header that can't be", rule="RFC 3412 §6")
    if not 0 <= security.boots < 1 << 31 or not 0 <= security.time < 1 << 31:
        raise LocalProtocolError("a clock that can't be", rule="RFC 3414 §2.2.2")
    if len(security.user) > _USER_LIMIT:
        raise LocalProtocolError(f"a user's name has at most {_USER_LIMIT} octets", rule="RFC 3414 §2.4")
    if len(security.engine_id) > _ENGINE_LIMIT:
        raise LocalProtocolError(f"an engine's identifier has at most {_ENGINE_LIMIT} octets", rule="RFC 3411 §5")
