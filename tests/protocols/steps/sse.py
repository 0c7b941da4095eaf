"""Somebody who hears events for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    await server.say(b"GET /events/loom HTTP/1.1\r\nhost: loom\r\n\r\n")


SCRIPTS = [Script(talk, "sse")]
