"""Taps: what passes a link, into a recording, as it was on the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netloom.links.layer import DatagramLayer, Layer
from netloom.links.network import SockAddr, describe, place_of

if TYPE_CHECKING:
    import asyncio

    from netloom.links.datagrams import DatagramKind
    from netloom.packet.recording import RecordedConversation, Recording

Place = tuple[str, int]
Feed = Callable[[str, bytes], None]

_PORTS = 16
"""Ports of a dialled peer that are told apart."""
_PEERS = 1024
"""The same of those that a served socket hears. Who is longest known is forgotten when there are more."""


class TapLayer(Layer):
    """Writes both directions of a stream into a recording: a conversation of composed TCP segments.

    `address` is where it was dialled to, None where it was accepted.
    """

    def __init__(self, upper: asyncio.Protocol, recording: Recording, address: SockAddr | None) -> None:
        super().__init__(upper)
        self._recording = recording
        self._peer: Place | None = describe(address)[1:] if address is not None else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        own = place_of(transport.get_extra_info("sockname"))
        peer = self._peer or place_of(transport.get_extra_info("peername"))
        self._conversation = self._recording.open_conversation("tcp", own, peer, accepted=self._peer is None)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._conversation.received(bytes(data), time.time_ns())
        self.upper.data_received(data)

    def eof_received(self) -> bool | None:
        self._conversation.finished(outbound=False)
        return self.upper.eof_received()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._conversation.sent(bytes(data), time.time_ns())
        self.lower.write(data)

    def write_eof(self) -> None:
        self._conversation.finished(outbound=True)
        self.lower.write_eof()

    def close(self) -> None:
        self._conversation.finished(outbound=True)
        self.lower.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._conversation.reset(outbound=False)
        self._conversation.close()
        self.upper.connection_lost(exc)


class _DatagramTap(DatagramLayer):
    """Writes both directions of a datagram socket into a recording, as conversations."""

    def __init__(self, upper: asyncio.DatagramProtocol, recording: Recording, kind: DatagramKind) -> None:
        super().__init__(upper)
        self._recording = recording
        self._kind: DatagramKind = kind

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._with(addr).received(data, time.time_ns())
        self.upper.datagram_received(data, addr)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        self._with(addr).sent(bytes(data), time.time_ns())
        self.lower.sendto(data, addr)

    def _with(self, addr: Any) -> RecordedConversation:
        """Whose conversation it is."""
        raise NotImplementedError


class DatagramTap(_DatagramTap):
    """Of a socket that was dialled: a conversation for each port of the peer."""

    def __init__(
        self, upper: asyncio.DatagramProtocol, recording: Recording, address: SockAddr, kind: DatagramKind = "udp"
    ) -> None:
        super().__init__(upper, recording, kind)
        self._peer: Place = describe(address)[1:]
        self._conversations: dict[int, RecordedConversation] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = place_of(transport.get_extra_info("sockname"))
        self._with(None)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        for conversation in self._conversations.values():
            conversation.close()
        self.upper.connection_lost(exc)

    def _with(self, addr: Any) -> RecordedConversation:
        """Of a peer that answers from ever new ports only the first are told apart."""
        host, usual = self._peer
        port = place_of(addr)[1] if addr is not None else usual
        if port not in self._conversations and len(self._conversations) >= _PORTS:
            port = usual
        found = self._conversations.get(port)
        if found is None:
            found = self._recording.open_conversation(self._kind, self._own, (host, port))
            self._conversations[port] = found
        return found


class ServedDatagramTap(_DatagramTap):
    """Of a socket that is open to all: a conversation for each peer."""

    def __init__(self, upper: asyncio.DatagramProtocol, recording: Recording, kind: DatagramKind = "udp") -> None:
        super().__init__(upper, recording, kind)
        self._conversations: dict[Place, RecordedConversation] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = place_of(transport.get_extra_info("sockname"))
        self._usual = transport.get_extra_info("peername")
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        while self._conversations:
            self._conversations.popitem()[1].close()
        self.upper.connection_lost(exc)

    def _with(self, addr: Any) -> RecordedConversation:
        peer = place_of(self._usual if addr is None else addr)
        found = self._conversations.get(peer)
        if found is None:
            if len(self._conversations) >= _PEERS:
                self._conversations.pop(next(iter(self._conversations))).close()
            found = self._recording.open_conversation(self._kind, self._own, peer, accepted=True)
            self._conversations[peer] = found
        return found


class DialogueLayer(Layer):
    """Shows the plaintext of a stream to a passive decoder."""

    on_top = True

    def __init__(self, upper: asyncio.Protocol, feed: Feed) -> None:
        super().__init__(upper)
        self._feed = feed

    def data_received(self, data: bytes) -> None:
        self._feed("server", bytes(data))
        self.upper.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._feed("client", bytes(data))
        self.lower.write(data)


class ServedDialogue(Layer):
    """The same of an accepted stream; nothing is said where a side ends.

    One that is `secured` at once is heard from then on: its hello comes before.
    """

    on_top = True

    def __init__(self, upper: asyncio.Protocol, feed: Feed, *, secured: bool) -> None:
        super().__init__(upper)
        self._feed = feed
        self._secured = secured
        self._bare: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._bare = transport if self._secured else None
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self.lower is not self._bare:
            self._feed("client", bytes(data))
        self.upper.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.lower is not self._bare:
            self._feed("server", bytes(data))
        self.lower.write(data)

    def eof_received(self) -> bool | None:
        if self.lower is not self._bare:
            self._feed("client", b"")
        return self.upper.eof_received()

    def write_eof(self) -> None:
        if self.lower is not self._bare:
            self._feed("server", b"")
        self.lower.write_eof()

    def close(self) -> None:
        if self.lower is not self._bare:
            self._feed("server", b"")
        self.lower.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self.lower is not self._bare:
            self._feed("server", b"")
        self.upper.connection_lost(exc)


class DatagramDialogue(DatagramLayer):
    """Shows each datagram to a passive decoder."""

    def __init__(self, upper: asyncio.DatagramProtocol, feed: Feed) -> None:
        super().__init__(upper)
        self._feed = feed

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._feed("server", data)
        self.upper.datagram_received(data, addr)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        self._feed("client", bytes(data))
        self.lower.sendto(data, addr)


class ServedDatagramDialogue(DatagramLayer):
    """The same for a socket that is open to all: `begin` gives who hears what a peer and this socket say."""

    def __init__(self, upper: asyncio.DatagramProtocol, begin: Callable[[Any], Feed]) -> None:
        super().__init__(upper)
        self._begin = begin
        self._feeds: dict[Any, Feed] = {}

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._with(addr)("client", data)
        self.upper.datagram_received(data, addr)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        self._with(addr)("server", bytes(data))
        self.lower.sendto(data, addr)

    def _with(self, addr: Any) -> Feed:
        peer = addr if addr is not None else self.get_extra_info("peername")
        found = self._feeds.get(peer)
        if found is None:
            if len(self._feeds) >= _PEERS:
                self._feeds.pop(next(iter(self._feeds)))
            found = self._feeds[peer] = self._begin(peer)
        return found
