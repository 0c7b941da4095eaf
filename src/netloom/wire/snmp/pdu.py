"""PDUs: what is asked, answered and told (RFC 3416 §3; RFC 1157 §4.1.6 for the old trap)."""

from __future__ import annotations

import functools

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.oid import Oid
from netloom.wire.snmp import ber
from netloom.wire.snmp.values import IP_ADDRESS, TIME_TICKS, Varbind, emit_varbinds, encoded, read_varbinds

GET, GET_NEXT, RESPONSE, SET, TRAP_V1, GET_BULK, INFORM, TRAP, REPORT = range(0xA0, 0xA9)
KINDS = {
    GET: "get", GET_NEXT: "get-next", RESPONSE: "response", SET: "set", TRAP_V1: "trap", GET_BULK: "get-bulk",
    INFORM: "inform", TRAP: "trap", REPORT: "report",
}  # fmt: skip
CONFIRMED = (GET, GET_NEXT, SET, GET_BULK, INFORM)
"""The kinds that are to be answered (RFC 3411 §2.8)."""
ERRORS = (
    "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
    "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
    "undoFailed", "authorizationError", "notWritable", "inconsistentName",
)  # fmt: skip
"""error-status by its number (RFC 3416 §3)."""
NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, READ_ONLY, GEN_ERR, NO_ACCESS, WRONG_TYPE, WRONG_LENGTH = range(9)
WRONG_ENCODING, WRONG_VALUE, NO_CREATION, INCONSISTENT_VALUE, RESOURCE_UNAVAILABLE, COMMIT_FAILED = range(9, 15)
UNDO_FAILED, AUTHORIZATION_ERROR, NOT_WRITABLE, INCONSISTENT_NAME = range(15, 19)
GENERIC_TRAPS = (
    "coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss", "enterpriseSpecific"
)  # fmt: skip
"""generic-trap by its number (RFC 1157 §4.1.6)."""
ENTERPRISE_SPECIFIC = 6
_INT = (1 << 31) - 1
_ASKS = (GET, GET_NEXT, GET_BULK)
_SHORT = 512
"""Octets of a request's bindings that are remembered."""


class Pdu(Struct, frozen=True, gc=False):
    """Any PDU but the old trap. In a get-bulk `status` is non-repeaters, and `index` is max-repetitions."""

    kind: int
    request_id: int
    status: int = 0
    index: int = 0
    varbinds: tuple[Varbind, ...] = ()


class TrapV1(Struct, frozen=True, gc=False):
    """A trap of version 1. `agent` is an IPv4 address in four octets, `uptime` hundredths of a second."""

    enterprise: Oid
    agent: bytes
    generic: int
    specific: int
    uptime: int
    varbinds: tuple[Varbind, ...] = ()


def parse(data: bytes, at: int, end: int) -> Pdu | TrapV1:
    """The PDU that fills the octets from `at` to `end`. Raises RemoteProtocolError."""
    kind, start, stop = ber.read(data, at, end)
    if stop != end:
        raise RemoteProtocolError("something follows the PDU", rule="RFC 3416 §3", offset=stop)
    if kind == TRAP_V1:
        return _parse_trap(data, start, stop)
    if kind not in KINDS:
        raise RemoteProtocolError(f"there is no PDU with the tag {kind:#04x}", rule="RFC 3416 §3", offset=at)
    request_id, start = ber.read_integer(data, start, stop)
    status, start = ber.read_integer(data, start, stop)
    index, start = ber.read_integer(data, start, stop)
    if kind != GET_BULK and index < 0:
        raise RemoteProtocolError(f"error-index {index}", rule="RFC 3416 §3", offset=start)
    if kind not in _ASKS or stop - start > _SHORT:
        return Pdu(kind, request_id, status, index, read_varbinds(data, start, stop))
    try:
        binds = _asked(data[start:stop])
    except RemoteProtocolError:
        binds = read_varbinds(data, start, stop)  # which says where in the message it is
    return Pdu(kind, request_id, status, index, binds)


@functools.lru_cache(maxsize=256)
def _asked(octets: bytes) -> tuple[Varbind, ...]:
    """What a request asks for; who polls asks for the same over and over. Raises RemoteProtocolError."""
    return read_varbinds(octets, 0, len(octets))


def _parse_trap(data: bytes, start: int, stop: int) -> TrapV1:
    first, last = ber.expect(data, start, stop, ber.OBJECT)
    enterprise = ber.decoded_oid(data[first:last])
    first, last = ber.expect(data, last, stop, IP_ADDRESS)
    agent = data[first:last]
    if len(agent) != 4:
        raise RemoteProtocolError(f"an IPv4 address of {len(agent)} octets", rule="RFC 1157 §4.1.6", offset=first)
    generic, at = ber.read_integer(data, last, stop)
    if not 0 <= generic <= ENTERPRISE_SPECIFIC:
        raise RemoteProtocolError(f"generic-trap {generic}", rule="RFC 1157 §4.1.6", offset=last)
    specific, at = ber.read_integer(data, at, stop)
    if specific < 0:
        raise RemoteProtocolError(f"specific-trap {specific}", rule="RFC 1157 §4.1.6", offset=at)
    first, last = ber.expect(data, at, stop, TIME_TICKS)
    if not 1 <= last - first <= 5:
        raise RemoteProtocolError(f"TimeTicks of {last - first} octets", rule="RFC 1155 §3.2.3.5", offset=first)
    uptime = int.from_bytes(data[first:last])
    if uptime >> 32:
        raise RemoteProtocolError("TimeTicks beyond 32 bits", rule="RFC 1155 §3.2.3.5", offset=first)
    return TrapV1(enterprise, agent, generic, specific, uptime, read_varbinds(data, last, stop))


def emit(pdu: Pdu | TrapV1) -> bytes:
    """A PDU's octets. Raises LocalProtocolError."""
    if isinstance(pdu, TrapV1):
        if not 0 <= pdu.generic <= ENTERPRISE_SPECIFIC or not 0 <= pdu.specific <= _INT:
            raise LocalProtocolError(f"there is no trap {pdu.generic}, {pdu.specific}", rule="RFC 1157 §4.1.6")
        content = (
            ber.oid(pdu.enterprise) + encoded(IP_ADDRESS, pdu.agent) + ber.integer(pdu.generic)
            + ber.integer(pdu.specific) + encoded(TIME_TICKS, pdu.uptime)
            + ber.element(ber.SEQUENCE, emit_varbinds(pdu.varbinds))
        )  # fmt: skip
        return ber.element(TRAP_V1, content)
    return framed(pdu.kind, pdu.request_id, pdu.status, pdu.index, emit_varbinds(pdu.varbinds))


def framed(kind: int, request_id: int, status: int, index: int, varbinds: bytes) -> bytes:
    """A PDU's octets around those of its bindings."""
    content = ber.integer(request_id) + ber.integer(status) + ber.integer(index)
    return ber.element(kind, content + ber.element(ber.SEQUENCE, varbinds))


def error_name(status: int) -> str:
    """`noError`, or the number of a status that nobody knows."""
    return ERRORS[status] if 0 <= status < len(ERRORS) else f"error {status}"
