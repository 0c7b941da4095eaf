"""Every kind of request of SNMP, to an agent and to who receives notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents.bus import Bus
from netloom.wire.snmp import message, pdu
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    for kind in pdu.KINDS:
        await server.say(message.around(message.V2C, b"public", pdu.framed(kind, 1, 0, 0, b"")), "udp")


async def talk_in_version_3(server: Server) -> None:
    await server.ask("get", "/sysName.0", options="version=3", user="ann:warp-and-weft")


SCRIPTS = [
    Script(talk, "snmp"),
    Script(talk_in_version_3, "snmp", user="ann:warp-and-weft"),
    Script(talk, "snmptrap", contents=(Bus(),)),
]
