"""The names that netloom knows by itself: those of the standard MIBs, of net-snmp's, and a few of its own."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING

from netloom.wire.snmp.mib import Mib, Node, Syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.wire.oid import Oid

TABLES = ("core", "interfaces", "internet", "host", "entity", "ucd")
"""The modules beside this one, each with a `TABLE`: `[MODULE]`, then lines `PARENT.NUMBER NAME [TYPE] [WORD=NUMBER]…`.

A line that begins with a space goes on with the one before; a notification's type is `notification`.
"""
MESSAGE: Oid = (1, 3, 6, 1, 4, 1, 32473, 8072, 0, 1)
"""netloom's own notification, which carries a text; 32473 is the number for examples (RFC 5612)."""
MESSAGE_TEXT: Oid = (1, 3, 6, 1, 4, 1, 32473, 8072, 1, 1, 0)
"""The text's instance."""

_ROW = {
    0: "notExists",
    1: "active",
    2: "notInService",
    3: "notReady",
    4: "createAndGo",
    5: "createAndWait",
    6: "destroy",
}
TYPES = {
    **{name: Syntax(name) for name in (
        "Integer32", "Counter32", "Gauge32", "Counter64", "TimeTicks", "OctetString", "ObjectIdentifier", "IpAddress",
        "Opaque",
    )},
    "DisplayString": Syntax("OctetString", "255a"),
    "SnmpAdminString": Syntax("OctetString", "255t"),
    "PhysAddress": Syntax("OctetString", "1x:"),
    "MacAddress": Syntax("OctetString", "1x:"),
    "DateAndTime": Syntax("OctetString", "2d-1d-1d,1d:1d:1d.1d,1a1d:1d"),
    "InetAddress": Syntax("OctetString", "inet"),
    "InetAddressType": Syntax(
        "Integer32", enums={0: "unknown", 1: "ipv4", 2: "ipv6", 3: "ipv4z", 4: "ipv6z", 16: "dns"}
    ),
    "TruthValue": Syntax("Integer32", enums={1: "true", 2: "false"}),
    "RowStatus": Syntax("Integer32", enums=_ROW),
    "StorageType": Syntax(
        "Integer32", enums={1: "other", 2: "volatile", 3: "nonVolatile", 4: "permanent", 5: "readOnly"}
    ),
}  # fmt: skip
"""Types by their names: the SMI's own, and the textual conventions that are used most (RFC 2579, 4001)."""
_OTHERS = {
    "Integer32": ("TestAndIncr", "TimeInterval", "InterfaceIndex", "InterfaceIndexOrZero", "SnmpSecurityModel"),
    "Gauge32": ("InetPortNumber", "InetAddressPrefixLength", "CounterBasedGauge32", "InetZoneIndex"),
    "Counter64": ("CounterBasedGauge64",),
    "TimeTicks": ("TimeStamp",),
    "OctetString": ("TAddress", "SnmpEngineID", "SnmpTagValue", "SnmpTagList", "KeyChange", "LongUtf8String"),
    "ObjectIdentifier": ("AutonomousType", "RowPointer", "TDomain", "VariablePointer"),
    "Opaque": ("Float",),
}
IMPORTABLE = {**TYPES, **{name: Syntax(base) for base, names in _OTHERS.items() for name in names}}
"""Types that MIB modules import, so that those that define them need not be given as well."""

_ROOTS: dict[str, Oid] = {
    "zeroDotZero": (0, 0), "iso": (1,), "org": (1, 3), "dod": (1, 3, 6), "internet": (1, 3, 6, 1),
    "directory": (1, 3, 6, 1, 1), "mgmt": (1, 3, 6, 1, 2), "mib-2": (1, 3, 6, 1, 2, 1),
    "transmission": (1, 3, 6, 1, 2, 1, 10), "experimental": (1, 3, 6, 1, 3), "private": (1, 3, 6, 1, 4),
    "enterprises": (1, 3, 6, 1, 4, 1), "security": (1, 3, 6, 1, 5), "snmpV2": (1, 3, 6, 1, 6),
    "snmpDomains": (1, 3, 6, 1, 6, 1), "snmpProxys": (1, 3, 6, 1, 6, 2), "snmpModules": (1, 3, 6, 1, 6, 3),
    "netloom": (1, 3, 6, 1, 4, 1, 32473, 8072),
}  # fmt: skip
_OWN = """
[NETLOOM]
netloom.0.1 netloomMessage notification
netloom.1.1 netloomText SnmpAdminString
"""


@functools.cache
def standard() -> Mib:
    """All that is known without being told."""
    mib = Mib(Node(name, oid, "SNMPv2-SMI") for name, oid in _ROOTS.items())
    tables = [importlib.import_module(f"netloom.wire.snmp.mibs.{name}").TABLE for name in TABLES]
    for table in (*tables, _OWN):
        for node in _nodes(table, mib):
            mib.add((node,))
    return mib


def _nodes(table: str, mib: Mib) -> Iterator[Node]:
    module = ""
    for line in table.replace("\n  ", " ").splitlines():
        if line.startswith("["):
            module = line[1:-1]
        elif line:
            place, name, *rest = line.split()
            parent, *numbers = place.split(".")
            oid = mib.names[parent].oid + tuple(map(int, numbers))
            notifies = rest == ["notification"]
            yield Node(name, oid, module, None if notifies or not rest else _syntax(rest), notifies)


def _syntax(words: list[str]) -> Syntax:
    known = TYPES[words[0]]
    if len(words) == 1:
        return known
    pairs = [word.rsplit("=", 1) for word in words[1:]]
    return Syntax(known.base, known.hint, {int(number): name for name, number in pairs})
