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

    `terminal` is its type, columns and rows, where there is one: then what comes are keys as they are typed, which
    somebody has to echo, and a line is ended by CR LF. `account` is None for whoever didn't log in.
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

    @property
    def channel(self) -> Any:
        """asyncssh's own channel."""
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
        """While inside, a signal or a break (RFC 4335) ends the body early; that raises TimeoutError."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                self._interrupt = lambda: limit.reschedule(loop.time())
                yield
        finally:
            self._interrupt = None

    def interrupt(self) -> bool:
        """A signal came; whether anything was interrupted."""
        if self._interrupt is None:
            return False
        interrupt, self._interrupt = self._interrupt, None
        interrupt()
        return True


class Opening(Ends, asyncssh.SSHServerSession[Any]):
    """asyncssh's questions while a client says what it wants of a session."""

    def __init__(self, below: Handover, accepts: Callable[[Session], bool], start: Callable[[Session], None]) -> None:
        super().__init__(ChannelStream(), below)
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
        return self._session is not None and self._session.interrupt()

    def signal_received(self, signal: str) -> None:
        if self._session is not None and signal in _ENDINGS and not self._session.interrupt():
            self.stream.eof_received()
