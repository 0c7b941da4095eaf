"""Every operation of NETCONF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.netconf.operations import Operations
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    for ns, name in Operations._HANDLERS:
        await server.ask("run", text=f'<{name} xmlns="{ns}"/>')
    await server.ask("run", text='<twist xmlns="urn:loom"/>')


SCRIPTS = [Script(talk, "netconf")]
