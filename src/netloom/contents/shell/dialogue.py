"""A session at a console: prompts, lines, pages and interruptions, or one command and its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.contents.shell.session import Interrupted, Result

if TYPE_CHECKING:
    from netloom.contents.shell.console import Console
    from netloom.contents.shell.session import Sitting
    from netloom.links.context import Context

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_SHOWN = 200
_QUIT = {"q", "Q", "\x03", "\x1a"}


class Dialogue:
    """What is said between a console and a session, reported line by line. `user` is who is there."""

    def __init__(self, console: Console, sitting: Sitting, context: Context, user: str) -> None:
        self._console = console
        self._sitting = sitting
        self._context = context
        self._user = user

    async def execute(self, command: str) -> int:
        """One command, and its exit status."""
        stdin = b""
        if self._sitting.reads_input(command):
            stdin = await self._console.all_input(self._sitting.input_limit)
        return (await self._run(command, stdin)).status

    async def interact(self) -> int:
        """Lines until the session or the input ends; the exit status. A script is shown no prompts, unless the device
        is of the kind that knows no scripts."""
        console, sitting = self._console, self._sitting
        is_shown = console.terminal is not None or not sitting.scripted
        started = time.time()
        if is_shown:
            await console.show(sitting.banner)
        status, begun = 0, ""
        while sitting.exited is None and not self._context.closing:
            typed = await console.line(
                sitting.prompt if is_shown else "", begun=begun, keys=sitting.keys if console.terminal else frozenset()
            )
            begun = ""
            if typed.kind == "line":
                status = (await self._run(typed.line)).status
            elif typed.kind == "key":
                shown, begun = await sitting.pressed(typed.key, typed.line)
                await console.show(shown)
            elif typed.kind == "interrupt":
                await console.show("^C\n")
                sitting.interrupted()
                status = INTERRUPTED
            elif typed.kind == "suspend":
                await self._suspend(typed.line)
                begun = "" if sitting.keys else typed.line
            else:
                if is_shown and sitting.scripted:
                    await console.show("logout\n")
                break
        self._context.access("SHELL", status=str(status), user=self._user, started=started)
        return status if sitting.exited is None else sitting.exited

    # What a session asks of whoever is there

    async def line(self, prompt: str, *, hidden: bool = False) -> str:
        """What is answered. Raises Interrupted."""
        typed = await self._console.line(prompt, hidden=hidden)
        if typed.kind != "line":
            await self._console.show("\n")
            raise Interrupted
        return typed.line

    async def key(self, prompt: str) -> str:
        """One key. Raises Interrupted."""
        return await self._console.key(prompt)

    async def _suspend(self, line: str) -> None:
        result = await self._sitting.ended(line)
        if result is not None:
            await self._console.show(b"^Z\n" + result.stdout)

    async def _run(self, line: str, stdin: bytes = b"") -> Result:
        started = time.time()
        with self._context.working():
            try:
                result = await self._carried_out(line, stdin)
            except Interrupted:
                result = Result(INTERRUPTED, b"", b"^C\n")
                self._sitting.interrupted()
            except TooLarge as error:
                result = Result(1, b"", f"sh: {error.message}\n".encode())
        await self._show(result.stdout)
        with self._context.working():
            await self._console.complain(result.stderr)
        if line.strip():
            self._report(line, result, started)
        return result

    async def _carried_out(self, line: str, stdin: bytes) -> Result:
        """What asks is heard by the console itself, and what doesn't ends with Ctrl-C."""
        if self._sitting.asks(line):
            return await self._sitting.run(line, stdin, self)
        return await self._console.carry_out(self._sitting.run(line, stdin, None))

    async def _show(self, output: bytes) -> None:
        """All of it, or page by page at a terminal."""
        page = self._sitting.page
        if not page or self._console.terminal is None or output.count(b"\n") < page:
            with self._context.working():
                await self._console.show(output)
            return
        lines = output.splitlines(keepends=True)
        at, size = 0, page - 1
        while at < len(lines):
            await self._console.show(b"".join(lines[at : at + size]))
            at += size
            if at >= len(lines):
                return
            try:
                key = await self._console.key(self._sitting.pager.prompt)
            except Interrupted:
                key = "q"
            await self._console.show(self._sitting.pager.erase)
            if key in _QUIT:
                return
            size = 1 if key in ("\r", "\n") else page - 1

    def _report(self, line: str, result: Result, started: float) -> None:
        shown = self._sitting.redacted(line)
        shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
        self._context.access(
            "EXEC", shown, status=str(result.status), user=self._user, size=len(result.stdout), started=started
        )
