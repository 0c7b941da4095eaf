"""What a TLS server says of its own accord waits until it has something else to say (RFC 8446 §4.6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.layer import Layer
from netloom.links.tls.layer import TLSLayer

if TYPE_CHECKING:
    import asyncio


class HeldTickets(Layer):
    """Stands below TLS at the server, and keeps its session tickets back until something else is sent.

    Who only sends, and closes when all is said, never reads them: then their system answers ours with a reset, which
    throws away what we haven't read yet. FTP's uploads are such connections.
    """

    def __init__(self, upper: asyncio.Protocol) -> None:
        super().__init__(upper)
        self._held = bytearray()
        self._catching = False
        self._shaking = True

    def data_received(self, data: bytes) -> None:
        layer = self.upper
        if not self._shaking or not isinstance(layer, TLSLayer):
            layer.data_received(data)
            return
        self._catching = True
        layer.data_received(data)
        self._catching = False
        self._shaking = not layer.ready.done()
        # Before 1.3 it is the server that ends the handshake, and tickets are part of it
        if self._shaking or layer.connection.get_protocol_version_name() != "TLSv1.3":
            self._release()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._catching:
            self._held += data
            return
        self._release()
        self.lower.write(data)

    def close(self) -> None:  # an alert may have been the last word
        self._release()
        self.lower.close()

    def _release(self) -> None:
        said, self._held = self._held, bytearray()
        if said:
            self.lower.write(said)
