"""Every command of IMAP, with a mailbox selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.protocols.imap.server import COMMANDS
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from tests.protocols.refusing import Server

SELECTED = b"a LOGIN ann secret\r\nb SELECT INBOX\r\n"
ARGUMENTS = {
    "LOGIN": "ann secret", "AUTHENTICATE": "PLAIN", "ID": "NIL", "ENABLE": "IMAP4rev2", "SELECT": "INBOX",
    "EXAMINE": "INBOX", "CREATE": "a", "DELETE": "a", "SUBSCRIBE": "a", "UNSUBSCRIBE": "a", "RENAME": "a b",
    "LIST": '"" *', "LSUB": '"" *', "STATUS": "INBOX (MESSAGES)", "APPEND": "INBOX {1+}\r\nx",
    "STORE": "1 FLAGS (\\Seen)", "COPY": "1 a", "MOVE": "1 a", "UID EXPUNGE": "1", "FETCH": "1 FLAGS", "SEARCH": "ALL",
}  # fmt: skip


async def talk(server: Server) -> None:
    for name in COMMANDS:
        arguments = ARGUMENTS.get(name) or ARGUMENTS.get(name.removeprefix("UID "), "")
        await server.say(SELECTED + f"c {name} {arguments}".rstrip().encode() + b"\r\n")


SCRIPTS = [Script(talk, "imap", "allow_plain_auth=yes", "ann:secret")]
