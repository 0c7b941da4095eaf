"""Every command of IRC, by somebody who is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.irc.commands import COMMANDS
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    for name in ("AUTHENTICATE", *COMMANDS):
        await server.say(f"NICK ann\r\nUSER ann 0 * :ann\r\n{name} a b c d\r\n".encode())


SCRIPTS = [Script(talk, "irc")]
