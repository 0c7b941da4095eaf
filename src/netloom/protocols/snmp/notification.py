"""What is to be told: a notification from a name and lines of values (RFC 3416 §4.2.6, RFC 3584 §3.2)."""

from __future__ import annotations

import time
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.snmp.convert import SYS_UPTIME, TRAP_OID
from netloom.wire.snmp.mibs import MESSAGE, MESSAGE_TEXT
from netloom.wire.snmp.text import parse_line
from netloom.wire.snmp.values import OBJECT, OCTETS, TIME_TICKS, Varbind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.wire.oid import Oid
    from netloom.wire.snmp.mib import Mib

LINES_LIMIT = 1000
_STARTED = time.monotonic()


def varbinds(kind: Oid, about: Sequence[Varbind], uptime: int | None = None) -> tuple[Varbind, ...]:
    """A notification's bindings: when, in hundredths of a second since the start; what; and with which values."""
    ticks = int((time.monotonic() - _STARTED) * 100) if uptime is None else uptime
    return (Varbind(SYS_UPTIME, TIME_TICKS, ticks % (1 << 32)), Varbind(TRAP_OID, OBJECT, kind), *about)


def read(topic: str, payload: bytes, mib: Mib) -> tuple[Oid, list[Varbind]]:
    """Which notification, and with which values: lines `OID TYPE VALUE` or `OID = TYPE: VALUE`.

    Without a name a text is netloom's own message. Raises UsageError.
    """
    if not topic:
        return MESSAGE, [Varbind(MESSAGE_TEXT, OCTETS, payload)]
    try:
        kind = mib.oid(topic)
    except ValueError as exc:
        raise UsageError(str(exc), hint="linkDown, or a number such as 1.3.6.1.6.3.1.1.5.3") from None
    try:
        lines = [line for line in payload.decode().splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise UsageError("a notification's values are lines of text, in UTF-8") from None
    if len(lines) > LINES_LIMIT:
        raise UsageError(f"a notification has at most {LINES_LIMIT} values")
    return kind, [line_of(line, mib) for line in lines]


def line_of(line: str, mib: Mib) -> Varbind:
    """One line's object and value. Raises UsageError."""
    try:
        found = parse_line(line, mib)
    except LocalProtocolError as exc:
        raise UsageError(exc.message, hint=exc.hint) from None
    if found is None:
        raise UsageError(f"{line[:80]!r} names no value", hint="ifIndex.2 i 2, or ifIndex.2 = INTEGER: 2")
    return found


def agent_address(text: str) -> bytes:
    """The address in a trap of version 1. Raises UsageError."""
    try:
        return IPv4Address(text).packed
    except ValueError:
        raise UsageError(f"agent_address is an IPv4 address, not {text!r}") from None
