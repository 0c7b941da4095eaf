"""Every command of POP3, by somebody who is logged in and by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.pop3.server import _COMMANDS
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    for keyword in _COMMANDS:
        await server.say(f"{keyword} 1\r\n".encode())
        await server.say(f"USER ann\r\nPASS secret\r\n{keyword} 1\r\n".encode())


SCRIPTS = [Script(talk, "pop3", "allow_plain_auth=yes", "ann:secret")]
