"""Every command of FTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.ftp.server import VERBS
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server


async def talk(server: Server) -> None:
    for verb in VERBS:
        await server.say(f"USER anonymous\r\nPASS x\r\n{verb} x\r\n".encode())


SCRIPTS = [Script(talk, "ftp")]
