"""Every request of SFTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused
from netloom.protocols.sftp.answers import Answers
from netloom.wire.sftp import codes
from netloom.wire.sftp.attributes import Attributes
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server

PATH, NOTHING = b"/nowhere/at/all", b"\0"
VALUES: dict[int, tuple[Any, ...]] = {
    codes.OPEN: (PATH, codes.FOR_READING, Attributes()), codes.READ: (NOTHING, 0, 1), codes.WRITE: (NOTHING, 0, b"x"),
    codes.SETSTAT: (PATH, Attributes()), codes.FSETSTAT: (NOTHING, Attributes()), codes.MKDIR: (PATH, Attributes()),
    codes.RENAME: (PATH, PATH), codes.EXTENDED: (b"x@example.org", b""), codes.CLOSE: (NOTHING,),
    codes.FSTAT: (NOTHING,), codes.READDIR: (NOTHING,),
}  # fmt: skip


async def talk(server: Server) -> None:
    async with server.attempt(Endpoint.parse(server.url())) as attempt:
        dialogue = await attempt.client.dialogue()
        for kind in Answers.HANDLERS:
            try:
                await dialogue.answer(await dialogue.send(kind, *VALUES.get(kind, (PATH,))), codes.NAME)
            except PeerRefused:
                continue


SCRIPTS = [Script(talk, "sftp")]
