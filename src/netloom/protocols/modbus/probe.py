"""Modbus, the probe: who is it, which tables and functions does it have, and how fast does it answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from netloom import shapes
from netloom.errors import PeerRefused
from netloom.protocols.modbus.dialogue import refused
from netloom.protocols.modbus.identity import identity
from netloom.protocols.modbus.target import TABLES, target
from netloom.protocols.modbus.texts import as_values
from netloom.wire.modbus import codes
from netloom.wire.modbus.codes import exception_name
from netloom.wire.modbus.requests import Plain, Read
from netloom.wire.modbus.responses import Refusal, ServerId

if TYPE_CHECKING:
    from netloom.protocols.modbus.client import Client

_UNREACHED = (codes.NO_PATH, codes.NO_RESPONSE)


class Facts(shapes.Facts, kw_only=True):
    """What a Modbus probe learns. `identity` has the objects of the device's identification, where it has any.

    `tables` says of each table what reading its first address brings: `yes`, or the exception. `server_id` is in hex;
    `values` are those that the endpoint names.
    """

    unit: int | None = None
    vendor: str = ""
    product: str = ""
    revision: str = ""
    identity: dict[str, str] = field(default_factory=dict)
    identification: str = ""
    tables: dict[str, str] = field(default_factory=dict)
    server_id: str = ""
    values: Any = None


async def probe(client: Client, facts: Facts) -> None:
    """Ask for the identification, one value of each table, and what the endpoint names.

    Any answer of the device counts, also an exception; a gateway's, that nobody is there, is raised as PeerRefused.
    """
    dialogue = client.dialogue
    wanted = target(client.endpoint.path, client.endpoint.query)
    facts.unit = dialogue.unit
    try:
        facts.identity = await identity(dialogue)
        facts.identification = "yes"
    except PeerRefused as exc:
        if exc.code in _UNREACHED:
            raise
        facts.identification = exc.text
    facts.vendor = facts.identity.get("vendor", "")
    facts.product = facts.identity.get("product name", "") or facts.identity.get("product code", "")
    facts.revision = facts.identity.get("revision", "")
    for table, function in TABLES.items():
        answer = await dialogue.hear(Read(function, 0, 1))
        if isinstance(answer, Refusal) and answer.code in _UNREACHED:
            raise refused(answer)
        facts.tables[table] = exception_name(answer.code) if isinstance(answer, Refusal) else "yes"
        facts.summary = _summary(facts)
    told = await dialogue.hear(Plain(codes.SERVER_ID))
    if isinstance(told, ServerId):
        facts.server_id = told.data.hex()
    if wanted is not None:
        facts.values = as_values(wanted, await client.read(wanted))
        facts.summary += f" · {wanted} = {facts.values}"


def _summary(facts: Facts) -> str:
    """`unit 1 · netloom a simulated controller 0.1.0 · coil, holding`"""
    parts = [f"unit {facts.unit}"]
    who = " ".join(part for part in (facts.vendor, facts.product, facts.revision) if part)
    parts += [who] if who else []
    tables = [table for table, answer in facts.tables.items() if answer == "yes"]
    parts.append(", ".join(tables) if tables else "no value at address 0 of any table")
    return " · ".join(parts)
