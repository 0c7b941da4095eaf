"""A WebSocket as a stream: bytes inside binary messages, whose borders mean nothing (RFC 6455 §5.6; MQTT 5.0 §6)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links.http.websocket import ABNORMAL, WebSocket
from netloom.links.stream import Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

_HIGH = 64 * 1024
_UNSUPPORTED = 1003


@asynccontextmanager
async def stream_over(socket: WebSocket, *, idle: float | None = None) -> AsyncIterator[Stream]:
    """The stream; `idle` is how many seconds of silence it bears. The socket is closed when the block ends."""
    transport = WebSocketTransport(socket)
    try:
        yield transport.carry(idle)
    finally:
        await transport.end()


class WebSocketTransport(asyncio.Transport):
    """Two tasks, one that reads messages and one that sends what was written, joined into as few as there can be.

    Close says Close, once everything was sent; a text message breaks the stream off, as it carries no bytes.
    """

    def __init__(self, socket: WebSocket) -> None:
        super().__init__()
        self._socket = socket
        self._above: asyncio.Protocol | None = None
        self._out: list[bytes] = []
        self._waiting = 0
        self._something = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._closing = self._lost = self._paused = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def carry(self, idle: float | None) -> Stream:
        """The stream on top; both tasks begin."""
        below = self._socket.stream
        stream = Stream(below.loop, below.trace, idle=idle)
        stream.peer, stream.local = below.peer, below.local
        self._above = stream
        stream.connection_made(self)
        self._tasks = (below.loop.create_task(self._read()), below.loop.create_task(self._write()))
        return stream

    async def end(self) -> None:
        """Let go of the socket and of both tasks."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._socket.stream.abort()
        self._lose(None)

    # What the stream above calls

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or not data:
            return
        self._out.append(bytes(data))
        self._waiting += len(data)
        self._something.set()
        if self._waiting > _HIGH and not self._paused and self._above is not None:
            self._paused = True
            self._above.pause_writing()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False  # a WebSocket's Close ends both sides

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._something.set()

    def abort(self) -> None:
        self._closing = True
        for task in self._tasks:
            task.cancel()
        self._socket.stream.abort()
        self._socket.stream.loop.call_soon(self._lose, None)

    def is_closing(self) -> bool:
        return self._closing or self._lost

    def pause_reading(self) -> None:
        self._may_read.clear()

    def resume_reading(self) -> None:
        self._may_read.set()

    def is_reading(self) -> bool:
        return self._may_read.is_set()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._above = protocol  # type: ignore[assignment]  # stream protocols only

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._above is not None  # noqa: S101  # nobody has the transport before
        return self._above

    def get_write_buffer_size(self) -> int:
        return self._waiting + self._socket.stream.transport.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The mark is fixed."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket.stream.transport.get_extra_info(name, default)

    # Inside

    async def _read(self) -> None:
        socket, above = self._socket, self._above
        assert above is not None  # noqa: S101  # `carry` has set it
        try:
            while (message := await socket.receive()) is not None:
                await self._may_read.wait()
                if isinstance(message, str):
                    await socket.end(_UNSUPPORTED, "bytes are due, not text")
                    raise RemoteProtocolError("a text message where bytes are due", rule="MQTT 5.0 §6 [MQTT-6.0.0-1]")
                if message:
                    above.data_received(message)
            if socket.close_code == ABNORMAL:
                raise ConnectionLost("the other side went without saying Close")
        except NetloomError as error:
            self._break(error)
        else:
            self._closing = True
            above.eof_received()
            self._something.set()

    async def _write(self) -> None:
        socket = self._socket
        try:
            while True:
                await self._something.wait()
                self._something.clear()
                if self._out and not socket.closed:
                    data, self._out = b"".join(self._out), []
                    await socket.send(data)
                    self._waiting -= len(data)
                    self._resume()
                elif self._closing:
                    break
                if self._closing:
                    self._something.set()
            self._tasks[0].cancel()  # `end` reads what the other side says last
            await asyncio.wait({self._tasks[0]})
            await socket.end()
        except NetloomError as error:
            self._break(error)
        else:
            self._lose(None)

    def _resume(self) -> None:
        if self._paused and self._waiting <= _HIGH // 2 and self._above is not None:
            self._paused = False
            self._above.resume_writing()

    def _break(self, error: NetloomError) -> None:
        """It broke: whoever reads above hears why."""
        self._socket.stream.abort()
        self._lose(error)

    def _lose(self, error: NetloomError | None) -> None:
        if self._lost or self._above is None:
            return
        self._lost = self._closing = True
        self._out.clear()
        self._waiting = 0
        self._above.connection_lost(error)
