"""SSH, the server's side: one command or one shell at a simulated device (RFC 4254 §6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.contents import TooLarge
from netloom.contents.shell import Busy, Visitor
from netloom.contents.shell.console import Console, Terminal
from netloom.contents.shell.dialogue import Dialogue
from netloom.links.ssh.hostkeys import identity as key_identity

if TYPE_CHECKING:
    from netloom.contents.shell import Shell
    from netloom.links.context import Context
    from netloom.links.ssh.session import Session
    from netloom.protocols.ssh.client import ShellOptions


def identity(options: ShellOptions) -> dict[str, str]:
    """The option with which a client knows this server: its host key's fingerprint. Raises UsageError."""
    return {"hostkey": key_identity(options.host_key)}


async def serve(link: Session, content: Shell, context: Context) -> None:
    """One session."""
    user = link.user or "guest"
    kind, columns, rows = link.terminal or ("", 0, 0)
    visitor = Visitor(
        user=user,
        via="ssh",
        peer=context.peer,
        may_write=context.accounts.may(link.account, Right.WRITE),
        environment=link.environment,
        columns=columns or 80,
        rows=rows,
    )
    try:
        sitting = content.sit(visitor)
    except (TooLarge, Busy) as error:
        await link.write_error(f"{error.message}\n".encode())
        link.exit(1)
        return
    console = Console(
        link.stream,
        Terminal(kind, columns or 80, rows or 24) if link.terminal is not None else None,
        limit=sitting.line_limit,
        idle=context.idle,
        complain=link.write_error,
        interruptible=link.interruptible,
    )
    dialogue = Dialogue(console, sitting, context, link.user)
    try:
        link.exit(await (dialogue.interact() if link.command is None else dialogue.execute(link.command)))
    finally:
        sitting.close()
