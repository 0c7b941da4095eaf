"""A WebSocket as a link: messages to whoever wants them so, bytes to whoever joins links (RFC 6455)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.websocket import WebSocket

Kind = Literal["auto", "text", "binary"]


def as_kind(payload: bytes, kind: Kind) -> str | bytes:
    """A payload as the message that it is to be. Raises UnicodeDecodeError for a text that isn't UTF-8."""
    if kind == "binary":
        return payload
    try:
        return payload.decode()
    except UnicodeDecodeError:
        if kind == "text":
            raise
        return payload


class Channel:
    """What `connect` and a handler get: `read` and `write` take messages as bytes, `receive` and `send` as they are."""

    def __init__(self, socket: WebSocket, kind: Kind = "auto") -> None:
        self.socket = socket
        self.peer = socket.stream.peer
        self._kind = kind
        self._said_all = False
        self._over = asyncio.Event()

    async def receive(self) -> str | bytes | None:
        """The next message, str or bytes; None once the peer has closed."""
        return await self.socket.receive()

    async def send(self, message: str | bytes) -> None:
        """Send a text or a binary message."""
        await self.socket.send(message)

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        async for message in self.socket:
            yield message

    async def read(self) -> bytes:
        """The next message that isn't empty, as bytes; b"" once the peer has closed."""
        while (message := await self.socket.receive()) is not None:
            if message:
                return message.encode() if isinstance(message, str) else message
        return b""

    async def write(self, data: bytes) -> None:
        """Send it as one message."""
        await self.socket.send(as_kind(data, self._kind))

    async def write_eof(self) -> None:
        """Say Close: in a WebSocket that ends both sides, once the peer has said it too."""
        if not self._said_all:
            self._said_all = True
            await self.socket.close()

    def set_idle(self, seconds: float | None) -> None:
        """From now on, bear this many seconds of silence (None: any)."""
        self.socket.stream.set_idle(seconds)

    async def close(self) -> None:
        """Say Close, and close."""
        await self.socket.end()
