"""SSH, the server's side: one command or one shell at a simulated device (RFC 4254 §6.5)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.contents.shell import Result, Shell, ShellSession
from netloom.contents.shell.syntax import ShellSyntaxError, parse
from netloom.links.ssh.hostkeys import identity as key_identity

if TYPE_CHECKING:
    from netloom.links.listener import Context
    from netloom.links.ssh.session import Session
    from netloom.protocols.ssh.client import ShellOptions

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_SHOWN = 200
_READERS = {"cat", "head", "tail", "wc"}


def identity(options: ShellOptions) -> dict[str, str]:
    """The option with which a client knows this server: its host key's fingerprint. Raises UsageError."""
    return {"hostkey": key_identity(options.host_key)}


async def serve(link: Session, content: Shell, context: Context) -> None:
    """One session."""
    try:
        shell = content.session(link.user or "guest", link.environment)
    except TooLarge as error:
        await link.write_error(f"{error.message}\n".encode())
        link.exit(1)
        return
    if link.command is None:
        await _interact(link, shell, context)
    else:
        await _execute(link, shell, link.command, context)


async def _execute(link: Session, shell: ShellSession, command: str, context: Context) -> None:
    stdin = b""
    if _reads_input(command):
        stdin = await _all_input(link, shell.limits.output)
    result = await _run(link, shell, command, context, stdin)
    link.exit(result.status)


async def _interact(link: Session, shell: ShellSession, context: Context) -> None:
    """Lines until `exit` or the end. Without a terminal nobody reads a prompt: it is a script then."""
    prompts = link.terminal is not None
    started = time.time()
    if prompts:
        await link.stream.write(shell.banner.encode())
    status = 0
    while shell.exited is None and not context.closing:
        if prompts:
            await link.stream.write(shell.prompt.encode())
        line = await link.stream.read_line_or_rest(shell.limits.line)
        if not line and link.stream.at_eof:
            if prompts:
                await link.stream.write(b"logout\n")
            break
        status = (await _run(link, shell, line.decode("utf-8", "replace"), context)).status
    context.access("SHELL", status=str(status), user=link.user, started=started)
    link.exit(status if shell.exited is None else shell.exited)


async def _run(link: Session, shell: ShellSession, line: str, context: Context, stdin: bytes = b"") -> Result:
    started = time.time()
    with context.working():
        try:
            async with link.interruptible():
                result = await shell.run(line, stdin)
        except TimeoutError:
            result = Result(INTERRUPTED, b"", b"^C\n")
        except TooLarge as error:
            result = Result(1, b"", f"sh: {error.message}\n".encode())
        await link.stream.write(result.stdout)
        await link.write_error(result.stderr)
    if line.strip():
        shown = line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
        context.access(
            "EXEC", shown, status=str(result.status), user=link.user, size=len(result.stdout), started=started
        )
    return result


def _reads_input(line: str) -> bool:
    """Whether a command line waits for what is piped in. Clients leave their input open where it doesn't: no reason to
    wait for its end then."""
    try:
        steps = parse(line)
    except ShellSyntaxError:
        return False
    for step in steps:
        words = ["".join(part.text for part in word) for word in step.commands[0].words]
        name = words[0].rpartition("/")[2] if words else ""
        operands = [word for word in words[1:] if not word.startswith("-") or word == "-"]
        if name in ("head", "tail"):
            operands = [word for word in operands if not word.isdigit()]
        if (name in _READERS and (not operands or "-" in operands)) or (name == "sh" and len(words) == 1):
            return True
    return False


async def _all_input(link: Session, limit: int) -> bytes:
    """Everything that is piped in, a little more than may be at most: the shell says then that it is too much."""
    data = bytearray()
    while len(data) <= limit and (chunk := await link.stream.read()):
        data += chunk
    return bytes(data[: limit + 1])
