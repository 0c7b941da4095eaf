"""One session at our server: what was asked for, and its streams (RFC 4254 §6)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import asyncssh

from netloom.links.ssh.channel import ChannelStream, Ends

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from netloom.accounts import Account
    from netloom.links.ssh.handover import Handover

ENVIRONMENT_LIMIT = 64 * 1024
"""Bytes of environment variables that a client may set."""
_ENDINGS = {"HUP", "INT", "KILL", "PIPE", "QUIT", "TERM"}


class Session:
    """What a protocol that SSH carries is given. A `command`, a `subsystem`, or without both a shell is wanted.

    `terminal` is its type, columns and rows, where there is one: then lines are edited and echoed for the user, and
    what is written goes through the terminal (LF becomes CR LF). `account` is None for whoever didn't log in.
    """

    def __init__(self, ends: Opening, command: str | None, subsystem: str | None) -> None:
        self.command = command
        self.subsystem = subsystem
        self.stream = ends.stream
        self.terminal: tuple[str, int, int] | None = None
        self.environment: dict[str, str] = {}
        self.user = ""
        self.account: Account | None = None
        self._interrupt: Callable[[], None] | None = None
        self._early = False

    @property
    def channel(self) -> Any:
        """asyncssh's own channel, for what it runs itself (SFTP)."""
        return self.stream.channel

    async def write_error(self, data: bytes) -> None:
        """Say something on standard error; a terminal has none of its own."""
        if self.terminal is not None:
            await self.stream.write(data)
            return
        channel = self.channel
        if data and not channel.is_closing():
            channel.write_stderr(data)
        await self.stream.write(b"")

    def exit(self, status: int) -> None:
        """End the session with an exit status from 0 to 255."""
        self.channel.exit(status)

    @contextlib.asynccontextmanager
    async def interruptible(self) -> AsyncIterator[None]:
        """While inside, Ctrl-C or a signal ends the body early; that raises TimeoutError."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                self._interrupt = lambda: limit.reschedule(loop.time())
                if self._early:
                    self._early = False
                    self.interrupt()
                yield
        finally:
            self._interrupt = None

    def interrupt(self, *, typed: bool = False) -> bool:
        """Ctrl-C was `typed`, or a signal came; whether anything was interrupted.

        A line that was typed before and hasn't been looked at yet is meant as well.
        """
        if self._interrupt is None:
            self._early = typed and bool(self.stream.peek())
            return self._early
        interrupt, self._interrupt = self._interrupt, None
        interrupt()
        return True


class Opening(Ends, asyncssh.SSHServerSession[Any]):
    """asyncssh's questions while a client says what it wants of a session."""

    def __init__(self, below: Handover, accepts: Callable[[Session], bool], start: Callable[[Session], None]) -> None:
        # Characters until it is clear that no line editor is needed: only those go through it.
        super().__init__(ChannelStream(text=True), below)
        self._accepts = accepts
        self._start = start
        self._session: Session | None = None
        self._has_terminal = False

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        self._has_terminal = True
        return True

    def shell_requested(self) -> bool:
        return self._wanted(None, None)

    def exec_requested(self, command: str) -> bool:
        return self._wanted(command, None)

    def subsystem_requested(self, subsystem: str) -> bool:
        return self._wanted(None, subsystem)

    def _wanted(self, command: str | None, subsystem: str | None) -> bool:
        session = Session(self, command, subsystem)
        if not self._accepts(session):
            return False
        if not self._has_terminal and self._transport is not None:
            self.stream.text = False
            self._transport.carry_bytes()
        self._session = session
        return True

    def session_started(self) -> None:
        session, channel = self._session, self.stream.channel
        if session is None:
            return
        if self._has_terminal:
            width, height, *_ = channel.get_terminal_size()
            session.terminal = (channel.get_terminal_type() or "", width, height)
        session.environment = dict(channel.get_environment())
        self._start(session)

    def environment_size(self) -> int:
        """Bytes that the client's variables take."""
        if self._transport is None:
            return 0
        told = self._transport.channel.get_environment_bytes()
        return sum(len(name) + len(value) for name, value in told.items())

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        if self._session is not None and self._session.terminal is not None:
            self._session.terminal = (self._session.terminal[0], width, height)

    def break_received(self, msec: int) -> bool:
        if self._session is None:
            return False
        if not self._session.interrupt(typed=True) and self._has_terminal:
            self.stream.channel.clear_input()
        return True

    def signal_received(self, signal: str) -> None:
        if self._session is not None and signal in _ENDINGS and not self._session.interrupt():
            self.stream.eof_received()

    def soft_eof_received(self) -> None:
        """Ctrl-D on an empty line."""
        self.stream.eof_received()
