"""SSH, the client's side: a command, or a shell (RFC 4254 §6)."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from netloom.errors import DeadlineExceeded, Phase, UsageError
from netloom.links.ssh.client import Connection, Terminal, connect
from netloom.links.ssh.options import SSHOptions
from netloom.shapes import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.ssh.channel import ChannelStream


class ShellOptions(SSHOptions, frozen=True, kw_only=True):
    """What SSH can be told."""

    pty: Annotated[bool | None, Meta(description="ask for a terminal (by default a shell has one, a command none)")] = (
        None
    )
    term: Annotated[str, Meta(description="terminal type to ask for (default: TERM)")] = ""
    env: Annotated[tuple[str, ...], Meta(description="NAME=VALUE to set there, where the server allows it")] = ()
    timeout: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="seconds that a command may take; then its channel is closed"),
    ] = None
    all_host_keys: Annotated[
        bool, Meta(description="probe: ask for the server's key of every type (a connection each)")
    ] = False


class Client:
    """Runs commands, and opens shells, over one connection."""

    Options = ShellOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: ShellOptions) -> None:
        self.dial = dial
        self.endpoint = endpoint
        self.options = options
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        """The connection, logged in."""
        if self._connection is None:
            self._connection = await connect(self.dial, self.endpoint, self.options)
        return self._connection

    async def run(self, command: str) -> Reply:
        """Run a command without input. Its output is the body; when that has ended, `exit_status` is set and `meta` has
        its `stderr`, and the `signal` where one ended it."""
        connection = await self.connection()
        self.dial.trace.enter(Phase.REQUEST)
        terminal = _terminal(self.options.term) if self.options.pty else None
        stream = await connection.session(command, terminal=terminal, environment=self._environment())
        await stream.write_eof()
        stream.enter(Phase.FIRST_BYTE)

        async def output() -> AsyncIterator[bytes]:
            limit = self._limit(stream)
            try:
                async for chunk in stream.chunks():
                    yield chunk
                await stream.ended()
            finally:
                if limit is not None:
                    limit.cancel()
                stream.abort()
            reply.exit_status = stream.exit_status
            reply.meta.update(_told(stream))

        reply = Reply({"banner": connection.banner} if connection.banner else {}, body=output())
        return reply

    async def open(self) -> ChannelStream:
        """A shell, at a terminal unless `pty=no`. The stream can be told another size by `resize`."""
        connection = await self.connection()
        self.dial.trace.enter(Phase.REQUEST)
        terminal = None if self.options.pty is False else _terminal(self.options.term)
        stream = await connection.session(terminal=terminal, environment=self._environment())
        stream.enter(Phase.FIRST_BYTE)
        return stream

    async def close(self) -> None:
        """Say goodbye."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _environment(self) -> dict[str, str]:
        pairs = [text.partition("=") for text in self.options.env]
        for name, equals, _ in pairs:
            if not name or not equals:
                raise UsageError(f"env is NAME=VALUE, not {name + equals!r}")
        return {name: value for name, _, value in pairs}

    def _limit(self, stream: ChannelStream) -> asyncio.TimerHandle | None:
        seconds = self.options.timeout
        if seconds is None:
            return None
        late = DeadlineExceeded(f"the command took more than {seconds:g} s")
        return asyncio.get_running_loop().call_later(seconds, stream.fail, late)


def _told(stream: ChannelStream) -> dict[str, object]:
    """What is known at a command's end besides its output and status."""
    told: dict[str, object] = {"stderr": stream.stderr.decode("utf-8", "backslashreplace")}
    if stream.stderr_lost:
        told["stderr_lost"] = stream.stderr_lost
    if stream.exit_signal:
        told["signal"] = stream.exit_signal
    return told


def _terminal(kind: str) -> Terminal:
    """As large as the terminal that we run in, where there is one."""
    size = os.terminal_size((80, 24))
    for descriptor in (0, 1, 2):
        if os.isatty(descriptor):
            size = os.get_terminal_size(descriptor)
            break
    return Terminal(kind or os.environ.get("TERM", "dumb"), size.columns, size.lines)
