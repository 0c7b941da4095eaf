"""A layer stands between a transport below and a protocol above, and is both: the shape of TLS, taps and faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Layer(asyncio.Transport, asyncio.Protocol):
    """Passes everything through, both ways; a subclass changes what it cares about.

    A layer that is `on_top` sees the plaintext: what is put under the stream later goes under it as well.
    """

    on_top = False

    def __init__(self, upper: asyncio.Protocol) -> None:
        super().__init__()
        self.upper = upper
        self.lower: asyncio.Transport = None  # type: ignore[assignment]  # set when the layer is put in place

    @classmethod
    def under(cls, stream: Any, *args: Any) -> Layer:
        """Put a layer between a standing stream and its transport."""
        above, below = stream, stream.transport
        while isinstance(below, Layer) and below.on_top:
            above, below = below, below.lower
        layer = cls(above, *args)
        layer.lower = below
        below.set_protocol(layer)
        if above is stream:
            stream.transport = layer
        else:
            above.lower = layer
        return layer

    # Towards the protocol above

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.lower = transport  # type: ignore[assignment]  # a stream transport always
        self.upper.connection_made(self)

    def data_received(self, data: bytes) -> None:
        self.upper.data_received(data)

    def eof_received(self) -> bool | None:
        return self.upper.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.upper.connection_lost(exc)

    def pause_writing(self) -> None:
        self.upper.pause_writing()

    def resume_writing(self) -> None:
        self.upper.resume_writing()

    # Towards the transport below

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.lower.write(data)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.lower.write_eof()

    def can_write_eof(self) -> bool:
        return self.lower.can_write_eof()

    def close(self) -> None:
        self.lower.close()

    def abort(self) -> None:
        self.lower.abort()

    def is_closing(self) -> bool:
        return self.lower.is_closing()

    def is_reading(self) -> bool:
        return self.lower.is_reading()

    def pause_reading(self) -> None:
        self.lower.pause_reading()

    def resume_reading(self) -> None:
        self.lower.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self.lower.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self.lower.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.lower.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.lower.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.upper = protocol  # type: ignore[assignment]  # stream protocols only

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.upper


class DatagramLayer(asyncio.DatagramTransport, asyncio.DatagramProtocol):
    """The same for datagrams."""

    def __init__(self, upper: asyncio.DatagramProtocol) -> None:
        super().__init__()
        self.upper = upper
        self.lower: asyncio.DatagramTransport = None  # type: ignore[assignment]  # set by connection_made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.lower = transport  # type: ignore[assignment]  # a datagram transport always
        self.upper.connection_made(self)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.upper.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        self.upper.error_received(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.upper.connection_lost(exc)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        self.lower.sendto(data, addr)

    def close(self) -> None:
        self.lower.close()

    def abort(self) -> None:
        self.lower.abort()

    def is_closing(self) -> bool:
        return self.lower.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.lower.get_extra_info(name, default)
