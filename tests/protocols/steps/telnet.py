"""Somebody who logs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    await server.ask("run", text="echo loom", user="ann:secret")


SCRIPTS = [Script(talk, "telnet", user="ann:secret")]
