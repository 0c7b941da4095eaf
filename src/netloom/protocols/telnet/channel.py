"""A Telnet connection as what `connect` joins: keys one way, what is shown the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from netloom.protocols.telnet.terminal import ClientLayer


class TelnetChannel:
    """Bytes both ways. `heard` was said before somebody listened, and comes first."""

    def __init__(self, stream: Stream, layer: ClientLayer, heard: bytes = b"") -> None:
        self.stream = stream
        self._layer = layer
        self._heard = heard

    async def read(self) -> bytes:
        """Some bytes; empty at the end."""
        if self._heard:
            heard, self._heard = self._heard, b""
            return heard
        return await self.stream.read()

    async def write(self, data: bytes) -> None:
        """What is typed, or piped in: its lines end as they do in Telnet (RFC 854)."""
        await self.stream.write(data.replace(b"\r\n", b"\n").replace(b"\n", self._layer.newline))

    async def write_eof(self) -> None:
        """Our side has ended."""
        await self.stream.write_eof()

    def resize(self, columns: int, rows: int) -> None:
        """Our terminal has another size."""
        self._layer.resize(columns, rows)

    def set_idle(self, seconds: float | None) -> None:
        """How many seconds of silence are borne."""
        self.stream.set_idle(seconds)
