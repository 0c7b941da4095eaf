"""A session at the simulated shell: it expands, redirects, pipes and runs what a command line says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.contents import TooLarge
from netloom.contents.shell.commands import COMMANDS, Context, Failed, Limits, Output
from netloom.contents.shell.session import Ask, Pager, Result
from netloom.contents.shell.syntax import Command, ShellSyntaxError, Step, Word, parse
from netloom.contents.shell.tree import FileError, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DEPTH = 8
_DIRECTORIES = ("/bin/", "/usr/bin/")


_READERS = {"cat", "head", "tail", "wc"}


class _LimitReached(Exception):
    """A command line did more than one may."""


class ShellSession:
    """One user's session. `exited` is the status with which `exit` ended it, or None."""

    page = 0
    pager = Pager("", "")
    keys: frozenset[str] = frozenset()
    scripted = True

    def __init__(
        self,
        who: tuple[str, str, str],
        tree: Tree,
        limits: Limits,
        environment: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        user, home, hostname = who
        self.limits = limits
        self.line_limit, self.input_limit = limits.line, limits.output
        self.exited: int | None = None
        self._context = Context(
            user=user, hostname=hostname, tree=tree, limits=limits, clock=clock, run_line=self._nested
        )
        self._context.directory = home
        self._depth = 0
        self._status = 0
        self._stdout = bytearray()
        self._stderr = bytearray()
        variables = {
            "HOME": home,
            "USER": user,
            "LOGNAME": user,
            "SHELL": "/bin/sh",
            "PATH": "/bin:/usr/bin",
            "PWD": home,
        }
        self._steps = 0
        self._expanded = 0
        try:
            for name, value in {**environment, **variables}.items():
                self._context.set(name, value)
        except Failed as error:
            raise TooLarge(str(error)) from None

    @property
    def prompt(self) -> str:
        """`user@host:directory$ `"""
        context = self._context
        home, directory = context.variables.get("HOME", ""), context.directory
        if home and (directory == home or directory.startswith(home + "/")):
            directory = "~" + directory[len(home) :]
        return f"{context.user}@{context.hostname}:{directory}{'#' if context.user == 'root' else '$'} "

    @property
    def banner(self) -> str:
        """What is said after logging in: `/etc/motd`, lines ending with LF."""
        return self._context.tree.read("/etc/motd").decode(errors="replace")

    def reads_input(self, line: str) -> bool:
        """Whether a command line waits for what is piped in. Clients leave their input open where it doesn't: no reason
        to wait for its end then."""
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

    def asks(self, line: str) -> bool:
        return False

    def redacted(self, line: str) -> str:
        return line

    async def pressed(self, key: str, line: str) -> tuple[str, str]:
        return "", line

    async def ended(self, line: str) -> Result | None:
        return None

    def interrupted(self) -> None:
        """A line that isn't done is forgotten."""

    def close(self) -> None:
        """Its files go with it."""

    async def run(self, command: str, stdin: bytes = b"", ask: Ask | None = None) -> Result:
        """Run a command line, with what it reads. Raises TooLarge for a line or input beyond the limits."""
        if len(command) > self.limits.line or len(stdin) > self.limits.output:
            raise TooLarge(f"no more than {self.limits.line} characters a line and {self.limits.output} bytes of input")
        self._stdout, self._stderr = bytearray(), bytearray()
        self._steps = self._expanded = 0
        try:
            self._status = await self._line(command, stdin)
        except _LimitReached as reached:
            self._status = 137  # 128 + SIGKILL, as where a resource limit of the system ends a process
            self._stderr += f"sh: killed: {reached}\n".encode()
        return Result(self._status, bytes(self._stdout), bytes(self._stderr))

    async def _line(self, line: str, stdin: bytes) -> int:
        try:
            steps = parse(line)
        except ShellSyntaxError as error:
            self._print(self._stderr, _text(f"sh: {error}\n"))
            return 2
        status = 0 if steps else self._status
        for step in steps:
            if self.exited is not None:
                break
            await asyncio.sleep(0)  # others have their turn between two commands
            self._count(len(step.commands))
            if step.when == ";" or (step.when == "&&") == (status == 0):
                status = await self._pipeline(step, stdin)
                self._status = status
        return status if self.exited is None else self.exited

    async def _pipeline(self, step: Step, stdin: bytes) -> int:
        if len(step.commands) == 1:
            status, output = await self._command(step.commands[0], stdin)
            self._print(self._stdout, output)
            return status
        # Each command of a pipeline has a shell of its own: what it sets or leaves is forgotten.
        kept = dict(self._context.variables), self._context.directory, self.exited
        status = 0
        for command in step.commands:
            status, stdin = await self._command(command, stdin)
            self._context.variables, self._context.directory, self.exited = dict(kept[0]), kept[1], kept[2]
        self._print(self._stdout, stdin)
        return status

    async def _command(self, command: Command, stdin: bytes) -> tuple[int, bytes]:
        """Run one command; returns its status and what it printed, unless that went to a file."""
        try:
            destinations, stdin = self._redirect(command, stdin)
        except FileError as error:
            self._print(self._stderr, _text(f"sh: {error}\n"))
            return 1, b""
        words = [field for word in command.words for field in self._fields(word)]
        kept = dict(self._context.variables)
        for name, value in command.assignments:
            try:
                self._context.set(name, self._joined(value))
            except Failed as error:
                self._print(self._stderr, _text(f"sh: {error}\n"))
                return 1, b""
        if not words:
            return 0, b""
        output = await self._call(words, stdin)
        if command.assignments:  # they were for this command only
            self._context.variables = kept
        return output.status, self._deliver(output, destinations)

    async def _call(self, words: list[str], stdin: bytes) -> Output:
        name = words[0]
        for directory in _DIRECTORIES:
            name = name.removeprefix(directory)
        function = COMMANDS.get(name)
        if function is None:
            return Output(127, stderr=_text(f"sh: {words[0]}: command not found\n"))
        try:
            output = await function(self._context, words[1:], stdin)
        except (FileError, Failed) as error:
            return Output(getattr(error, "status", 1), stderr=_text(f"{name}: {error}\n"))
        if output.exits:
            self.exited = output.status
        return output

    async def _nested(self, line: str, stdin: bytes) -> Output:
        """`sh -c line`: what it sets or leaves is forgotten, what it prints goes where the command's output goes."""
        if self._depth >= _DEPTH or len(line) > self.limits.line:
            raise Failed(f"no more than {_DEPTH} shells within each other, nor {self.limits.line} characters")
        self._count(1 + len(line) // 64)  # understanding it is work, too
        kept = dict(self._context.variables), self._context.directory, self.exited, self._stdout, self._stderr
        self._stdout, self._stderr = bytearray(), bytearray()
        self._depth += 1
        try:
            status = await self._line(line, stdin)
            return Output(status, bytes(self._stdout), bytes(self._stderr))
        finally:
            self._depth -= 1
            self._context.variables, self._context.directory, self.exited, self._stdout, self._stderr = kept

    def _redirect(self, command: Command, stdin: bytes) -> tuple[dict[int, int | str], bytes]:
        """Where 1 and 2 go (to 1, 2 or a file that is made now), and what is read. Raises FileError."""
        destinations: dict[int, int | str] = {1: 1, 2: 2}
        for redirect in command.redirects:
            target = self._joined(redirect.target)
            place = self._context.resolve(target)
            try:
                if redirect.operator == "<":
                    stdin = self._context.tree.read(place)
                elif redirect.operator == ">&":
                    if target not in ("1", "2"):
                        raise FileError("Bad file descriptor")
                    destinations[redirect.descriptor] = destinations[int(target)]
                else:
                    self._context.tree.write(place, b"", append=redirect.operator == ">>")
                    destinations[redirect.descriptor] = place
            except FileError as error:
                raise FileError(f"{target}: {error}") from None
        return destinations, stdin

    def _deliver(self, output: Output, destinations: dict[int, int | str]) -> bytes:
        printed = b""
        for descriptor, data in ((1, output.stdout), (2, output.stderr)):
            destination = destinations[descriptor]
            if destination == 1:
                printed += data
            elif destination == 2:
                self._print(self._stderr, data)
            else:
                try:
                    self._context.tree.write(str(destination), data, append=True)
                except FileError as error:
                    self._print(self._stderr, _text(f"sh: {destination}: {error}\n"))
        if len(printed) > self.limits.output:
            raise _LimitReached("too much output")
        return printed

    def _fields(self, word: Word) -> list[str]:
        """A word with its variables, split where a variable that isn't quoted has blanks (POSIX §2.6.5)."""
        fields: list[str] = []
        is_open = False  # whether the next text belongs to the last field
        for position, part in enumerate(word):
            text = self._value(part.text) if part.is_variable else part.text
            if part.is_variable and not part.quoted:
                pieces = text.split()
                if pieces and is_open and not text[0].isspace():
                    fields[-1] += pieces.pop(0)
                fields += pieces
                is_open = (is_open if not text else True) and bool(fields) and not text[-1:].isspace()
                continue
            if position == 0 and not part.quoted and (text == "~" or text.startswith("~/")):
                text = self._context.variables.get("HOME", "~") + text[1:]
            if is_open:
                fields[-1] += text
            else:
                fields.append(text)
            is_open = True
        return fields

    def _joined(self, word: Word) -> str:
        return "".join(self._value(part.text) if part.is_variable else part.text for part in word)

    def _value(self, name: str) -> str:
        special = {"?": str(self._status), "$": "4242", "0": "sh", "#": "0"}
        value = special.get(name) or self._context.variables.get(name, "")
        self._expanded += len(value)
        if self._expanded > self.limits.output:
            raise _LimitReached("too long after its variables were put in")
        return value

    def _count(self, commands: int) -> None:
        self._steps += commands
        if self._steps > self.limits.commands:
            raise _LimitReached("too many commands")

    def _print(self, to: bytearray, data: bytes) -> None:
        if len(self._stdout) + len(self._stderr) + len(data) > self.limits.output:
            raise _LimitReached("too much output")
        to += data


def _text(message: str) -> bytes:
    return message.encode("utf-8", "replace")
