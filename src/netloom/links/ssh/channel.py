"""An SSH channel as one of our streams: sessions, subsystems, and connections to elsewhere (RFC 4254 §5 to §7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncssh

from netloom.errors import DeadlineExceeded
from netloom.links.ssh.translate import translated
from netloom.links.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.ssh.handover import Handover
    from netloom.links.trace import Trace

STDERR_LIMIT = 1024 * 1024
"""Bytes of a session's standard error that are kept."""
_SIGNALS = {
    "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12,
    "PIPE": 13, "ALRM": 14, "TERM": 15,
}  # fmt: skip


class ChannelTransport(asyncio.Transport):
    """asyncssh's channel as a transport."""

    def __init__(self, channel: Any, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.channel = channel
        self.protocol = protocol
        self._full: set[str] = set()

    def hold(self, why: str) -> None:
        """There is no room: in the channel's own window, or in the connection below it."""
        if not self._full:
            self.protocol.pause_writing()
        self._full.add(why)

    def release(self, why: str) -> None:
        """There is room again."""
        if self._full == {why}:
            self.protocol.resume_writing()
        self._full.discard(why)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.channel.is_closing():
            return  # as every asyncio transport does; its protocol is told by connection_lost
        self.channel.write(bytes(data))

    def write_eof(self) -> None:
        self.channel.write_eof()

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.channel.close()

    def abort(self) -> None:
        self.channel.abort()

    def is_closing(self) -> bool:
        return bool(self.channel.is_closing())

    def pause_reading(self) -> None:
        self.channel.pause_reading()

    def resume_reading(self) -> None:
        self.channel.resume_reading()

    def get_write_buffer_size(self) -> int:
        return int(self.channel.get_write_buffer_size())

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.channel.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if name == "socket" else self.channel.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol  # type: ignore[assignment]  # stream protocols only

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol


class ChannelStream(Stream):
    """A stream inside a channel. `exit_status` is set at the end of a command, where the server tells one: 128 and the
    signal's number for one that a signal (`exit_signal`) ended."""

    __slots__ = ("_over", "exit_signal", "exit_status", "stderr", "stderr_lost")

    def __init__(self, trace: Trace | None = None, *, idle: float | None = None) -> None:
        super().__init__(asyncio.get_running_loop(), trace, idle=idle)
        self.exit_status: int | None = None
        self.exit_signal = ""
        self.stderr = bytearray()
        self.stderr_lost = 0
        self._over = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._over.set()

    async def ended(self) -> None:
        """Wait until the server has closed the channel: the exit status may come after the last output.

        Raises DeadlineExceeded after `idle` seconds, ConnectionLost where the connection broke.
        """
        try:
            async with asyncio.timeout(self._idle):
                await self._over.wait()
        except TimeoutError:
            raise DeadlineExceeded(f"the output has ended, but not the command: silence for {self._idle:g} s") from None
        if self._error is not None:
            raise self._error

    def stderr_received(self, data: bytes) -> None:
        """Standard error; what goes beyond the limit is only counted."""
        room = STDERR_LIMIT - len(self.stderr)
        self.stderr += data[:room]
        self.stderr_lost += max(0, len(data) - room)

    @property
    def channel(self) -> Any:
        """asyncssh's channel."""
        below: Any = self.transport
        while not isinstance(below, ChannelTransport):
            below = below.lower
        return below.channel

    def resize(self, columns: int, rows: int) -> None:
        """Tell the server that the terminal has another size (RFC 4254 §6.7)."""
        self.channel.change_terminal_size(columns, rows)

    def send_signal(self, name: str) -> None:
        """Send a signal such as INT or TERM to what runs there (RFC 4254 §6.9)."""
        self.channel.send_signal(name)


class Ends:
    """What asyncssh tells of a channel, passed on to its stream. `below` is the connection's own layer."""

    def __init__(self, stream: ChannelStream, below: Handover) -> None:
        self.stream = stream
        self.on_lost: Callable[[], None] | None = None
        self._below = below
        self._transport: ChannelTransport | None = None

    def connection_made(self, chan: Any) -> None:
        self._transport = ChannelTransport(chan, self.stream)
        self.stream.connection_made(self._transport)
        self._below.add(self._transport)

    def data_received(self, data: Any, datatype: int | None) -> None:
        if datatype is None:
            self._above.data_received(data)
        else:
            self.stream.stderr_received(data)

    def eof_received(self) -> bool:
        return bool(self._above.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        above = self._above
        if self._transport is not None:
            self._below.discard(self._transport)
        if self.on_lost is not None:
            self.on_lost()
        above.connection_lost(translated(exc) if exc is not None else None)

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.hold("window")

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.release("window")

    @property
    def _above(self) -> asyncio.Protocol:
        return self._transport.protocol if self._transport is not None else self.stream


class ClientEnds(Ends, asyncssh.SSHClientSession[bytes], asyncssh.SSHTCPSession[bytes]):
    """The client's end of a session, or either end of a connection that a server opens.

    The bases say what each kind of channel is called with; here it is all the same.
    """

    def exit_status_received(self, status: int) -> None:
        self.stream.exit_status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        self.stream.exit_signal = signal
        self.stream.exit_status = 128 + _SIGNALS.get(signal, 0)
