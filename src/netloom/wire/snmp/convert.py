"""Between v1 and v2: traps both ways, and what an agent answers to somebody who speaks v1 (RFC 3584 §3, §4)."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import ENTERPRISE_SPECIFIC, Pdu, TrapV1
from netloom.wire.snmp.values import COUNTER64, IP_ADDRESS, OBJECT, TIME_TICKS, Varbind

if TYPE_CHECKING:
    from netloom.wire.oid import Oid

SNMP_TRAPS: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5)
SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
TRAP_ENTERPRISE: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 3, 0)
TRAP_ADDRESS: Oid = (1, 3, 6, 1, 6, 3, 18, 1, 3, 0)
NOWHERE = bytes(4)

_TO_V1 = {
    pdus.WRONG_VALUE: pdus.BAD_VALUE, pdus.WRONG_ENCODING: pdus.BAD_VALUE, pdus.WRONG_TYPE: pdus.BAD_VALUE,
    pdus.WRONG_LENGTH: pdus.BAD_VALUE, pdus.INCONSISTENT_VALUE: pdus.BAD_VALUE, pdus.NO_ACCESS: pdus.NO_SUCH_NAME,
    pdus.NOT_WRITABLE: pdus.NO_SUCH_NAME, pdus.NO_CREATION: pdus.NO_SUCH_NAME,
    pdus.INCONSISTENT_NAME: pdus.NO_SUCH_NAME, pdus.AUTHORIZATION_ERROR: pdus.NO_SUCH_NAME,
}  # fmt: skip


def status_v1(status: int) -> int:
    """error-status as v1 has it (RFC 3584 §4.4)."""
    return status if status <= pdus.GEN_ERR else _TO_V1.get(status, pdus.GEN_ERR)


def notification(trap: TrapV1) -> Pdu:
    """A trap of v1 as one of v2 (RFC 3584 §3.1). Its request-id is 0."""
    if trap.generic == ENTERPRISE_SPECIFIC:
        kind = (*trap.enterprise, 0, trap.specific)
    else:
        kind = (*SNMP_TRAPS, trap.generic + 1)
    varbinds = [
        Varbind(SYS_UPTIME, TIME_TICKS, trap.uptime), Varbind(TRAP_OID, OBJECT, kind), *trap.varbinds
    ]  # fmt: skip
    there = {each.oid for each in trap.varbinds}
    for oid, tag, value in (
        (TRAP_ADDRESS, IP_ADDRESS, trap.agent),
        (TRAP_ENTERPRISE, OBJECT, trap.enterprise),
    ):
        if oid not in there:
            varbinds.append(Varbind(oid, tag, value))
    return Pdu(pdus.TRAP, 0, varbinds=tuple(varbinds))


def trap_v1(told: Pdu, agent: bytes = NOWHERE) -> TrapV1:
    """A trap of v2 as one of v1 (RFC 3584 §3.2). Raises LocalProtocolError where v1 can't say it."""
    uptime, kind, rest = taken_apart(told)
    if any(each.tag == COUNTER64 for each in rest):
        raise LocalProtocolError("version 1 has no Counter64", rule="RFC 3584 §3.2")
    said = {each.oid: each.value for each in rest}
    address = said.get(TRAP_ADDRESS)
    enterprise = said.get(TRAP_ENTERPRISE)
    if kind[:-1] == SNMP_TRAPS and 1 <= kind[-1] <= ENTERPRISE_SPECIFIC:
        generic, specific = kind[-1] - 1, 0
        owner = enterprise if isinstance(enterprise, tuple) else SNMP_TRAPS
    else:
        generic, specific = ENTERPRISE_SPECIFIC, kind[-1]
        owner = kind[:-2] if kind[-2] == 0 else kind[:-1]
    if len(owner) < 2 or specific >= 1 << 31:
        raise LocalProtocolError("version 1 has no such trap", rule="RFC 3584 §3.2")
    varbinds = tuple(each for each in rest if each.oid not in (TRAP_ADDRESS, TRAP_ENTERPRISE))
    return TrapV1(owner, address if isinstance(address, bytes) else agent, generic, specific, uptime, varbinds)


def taken_apart(told: Pdu) -> tuple[int, Oid, tuple[Varbind, ...]]:
    """When (hundredths of a second), what, and with which values a notification is (RFC 3416 §4.2.6).

    Raises LocalProtocolError for a PDU that is none.
    """
    binds = told.varbinds
    if len(binds) >= 2 and binds[0].oid == SYS_UPTIME and binds[1].oid == TRAP_OID:
        uptime, kind = binds[0].value, binds[1].value
        if isinstance(uptime, int) and isinstance(kind, tuple) and len(kind) > 2:
            return uptime, kind, binds[2:]
    raise LocalProtocolError("a notification begins with sysUpTime.0 and snmpTrapOID.0", rule="RFC 3416 §4.2.6")


def address(octets: bytes) -> str:
    """An agent's address as text; "" for none."""
    return "" if octets == NOWHERE else str(IPv4Address(octets))
