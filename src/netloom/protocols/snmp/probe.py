"""SNMP, the probe: what a device is, how long it runs, and who its engine is (RFC 3418, RFC 3411 §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom import shapes
from netloom.protocols.snmp.answers import raise_for, refused
from netloom.wire.oid import Oid, show_oid
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.text import duration, octets
from netloom.wire.snmp.values import EXCEPTIONS

if TYPE_CHECKING:
    from netloom.protocols.snmp.client import Client
    from netloom.protocols.snmp.security import Secured
    from netloom.protocols.snmp.session import Session
    from netloom.wire.snmp.pdu import Pdu

_SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
_IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1, 0)
_ASKED = (*((*_SYSTEM, number, 0) for number in (1, 2, 3, 4, 5, 6)), _IF_NUMBER)
_NAMES = ("description", "object_id", "uptime", "contact", "name", "location", "interfaces")
_WORDS = 60
VENDORS = {
    9: "Cisco", 11: "HP", 43: "3Com", 63: "Apple", 171: "D-Link", 207: "Allied Telesis", 311: "Microsoft", 318: "APC",
    343: "Intel", 674: "Dell", 789: "NetApp", 890: "Zyxel", 1916: "Extreme", 1991: "Brocade", 2011: "Huawei",
    2021: "net-snmp", 2435: "Brother", 2636: "Juniper", 3375: "F5", 4526: "Netgear", 5951: "Citrix", 6527: "Nokia",
    6574: "Synology", 6876: "VMware", 8072: "net-snmp", 11863: "TP-Link", 12356: "Fortinet", 14823: "Aruba",
    14988: "MikroTik", 20408: "pysnmp", 24681: "QNAP", 25461: "Palo Alto", 25506: "H3C", 30065: "Arista",
    32473: "example", 41112: "Ubiquiti",
}  # fmt: skip
"""Some of the enterprises that IANA has numbered."""


class Facts(shapes.Facts, kw_only=True):
    """What an SNMP probe learns. `uptime` and `engine_time` in seconds; `version` is what the agent answered in.

    `vendor` is whom its object identifier belongs to, `engine_vendor` whom its engine's; `values` are those that the
    endpoint names. `repeated` counts what had to be asked again. Without a user, version 3 tells of the engine only.
    """

    version: str = ""
    description: str = ""
    name: str = ""
    object_id: str = ""
    vendor: str = ""
    uptime: float | None = None
    contact: str = ""
    location: str = ""
    interfaces: int | None = None
    engine_id: str = ""
    engine_vendor: str = ""
    engine_boots: int | None = None
    engine_time: int | None = None
    authentic: bool = False
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    repeated: int = 0


async def probe(client: Client, facts: Facts) -> None:
    """Ask who it is, for what the endpoint names, and in version 3 for its engine before.

    Raises PeerRefused, also where something that is named isn't there, and Unauthenticated.
    """
    session = client.session
    try:
        if session.secured is not None:
            _meet(facts, await session.discover())
            if not session.identity.user:
                return
        named = client.target()
        response = await _present(session, tuple(dict.fromkeys((*named, *_ASKED))))
        facts.version = session.version
        raise_for(response, (), client.shown)
        _learn(facts, response)
        found = {bind.oid: bind for bind in response.varbinds if bind.tag not in EXCEPTIONS}
        for oid in named:
            if oid not in found:
                raise refused("noSuchInstance", client.shown.name(oid))
            facts.values[client.shown.name(oid)] = client.shown.value(found[oid])
        if session.secured is not None:
            facts.authentic = session.secured.authentic
            facts.engine_boots, facts.engine_time = session.secured.clock.boots, session.secured.clock.time
    finally:
        facts.repeated = session.way.repeated
        facts.summary = _summary(facts) if facts.version else ""


async def _present(session: Session, oids: tuple[Oid, ...]) -> Pdu:
    """What there is of some values: version 1 gives none where one of them is missing."""
    while True:
        response = await session.get(oids)
        if response.status != pdus.NO_SUCH_NAME or not 1 <= response.index <= len(oids) or len(oids) == 1:
            return response
        oids = oids[: response.index - 1] + oids[response.index :]


def _meet(facts: Facts, secured: Secured) -> None:
    facts.version = "3"
    facts.engine_id = secured.engine_id.hex()
    facts.engine_vendor = _vendor(int.from_bytes(secured.engine_id[:4]) & 0x7FFFFFFF)
    facts.engine_boots, facts.engine_time = secured.clock.boots, secured.clock.time


def _learn(facts: Facts, response: Pdu) -> None:
    for bind in response.varbinds:
        if bind.tag in EXCEPTIONS or bind.oid not in _ASKED:
            continue
        field = _NAMES[_ASKED.index(bind.oid)]
        value = bind.value
        if isinstance(value, bytes) and field not in ("object_id", "uptime", "interfaces"):
            setattr(facts, field, octets(value))
        elif isinstance(value, tuple) and field == "object_id":
            facts.object_id = show_oid(value)
            facts.vendor = _vendor(value[6]) if len(value) > 6 and value[:6] == (1, 3, 6, 1, 4, 1) else ""
        elif isinstance(value, int) and field == "uptime":
            facts.uptime = value / 100
        elif isinstance(value, int) and field == "interfaces":
            facts.interfaces = value


def _vendor(number: int) -> str:
    return VENDORS.get(number, f"enterprise {number}")


def _summary(facts: Facts) -> str:
    """`v2c · greenhouse-1 · up 3d 4:05:06 · Linux …`"""
    parts = [f"v{facts.version}"]
    if facts.name:
        parts.append(facts.name)
    if facts.uptime is not None:
        parts.append(f"up {duration(int(facts.uptime) * 100).removesuffix('.00')}")
    if facts.description:
        first = facts.description.splitlines()[0]
        parts.append(first if len(first) <= _WORDS else first[: _WORDS - 1] + "…")
    if facts.engine_id:
        parts.append(f"engine {facts.engine_id} of {facts.engine_vendor}")
        if facts.engine_boots is not None and facts.uptime is None:
            parts.append(f"boot {facts.engine_boots}, up {facts.engine_time} s")
    return " · ".join(parts)
