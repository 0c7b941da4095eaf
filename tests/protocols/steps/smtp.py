"""Every command of SMTP, and a mail each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.smtp.server import _VERBS
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server

MAIL = b"EHLO x\r\nMAIL FROM:<ann@x>\r\nRCPT TO:<bob@x>\r\n"


async def talk(server: Server) -> None:
    await server.say(MAIL + b"DATA\r\nwarp\r\n.\r\n")
    for verb in _VERBS:
        await server.say(f"{verb} x\r\n".encode())


SCRIPTS = [Script(talk, "smtp")]
