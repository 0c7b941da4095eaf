"""A question in a datagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    await server.ask("get", "/example.test?type=MX")


SCRIPTS = [Script(talk, "dns")]
