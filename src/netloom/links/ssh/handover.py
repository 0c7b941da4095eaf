"""A stream handed to asyncssh: our transport stays below, and the stream still learns when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from asyncssh.constants import MSG_IGNORE

from netloom.links.layer import Layer

if TYPE_CHECKING:
    import asyncio

    from asyncssh.connection import SSHConnection

    from netloom.links.ssh.channel import ChannelTransport
    from netloom.links.stream import Stream


class Handover(Layer):
    """Stands between a stream's transport and the asyncssh connection that takes the stream's place."""

    def __init__(self, stream: asyncio.Protocol) -> None:
        super().__init__(stream)
        self._stream = stream
        self._full = False
        self._channels: set[ChannelTransport] = set()

    @classmethod
    def of(cls, stream: Stream, *args: Any) -> Self:
        """Put it below a stream, which nobody reads any more."""
        layer = cls.under(stream, *args)
        assert isinstance(layer, cls)  # noqa: S101  # `under` makes one of `cls`
        return layer

    def connection_lost(self, exc: Exception | None) -> None:
        """Both learn it: whoever closes the stream waits for that."""
        self.upper.connection_lost(exc)
        if self.upper is not self._stream:
            self._stream.connection_lost(exc)

    def add(self, channel: ChannelTransport) -> None:
        """A channel begins in this connection."""
        self._channels.add(channel)
        if self._full:
            channel.hold("connection")

    def discard(self, channel: ChannelTransport) -> None:
        """It has ended."""
        self._channels.discard(channel)

    def pause_writing(self) -> None:
        """asyncssh writes on: those who write into channels wait instead, or a peer that doesn't read fills us."""
        self._full = True
        for channel in list(self._channels):
            channel.hold("connection")

    def resume_writing(self) -> None:
        self._full = False
        for channel in list(self._channels):
            channel.release("connection")

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Everything but the socket, whose options asyncssh would set by its own taste."""
        return default if name == "socket" else super().get_extra_info(name, default)


def spare(connection: SSHConnection) -> None:
    """Say each thing once: asyncssh puts an empty IGNORE in front of every message, which is a quarter of what a
    transfer costs. It hides where a block of a CBC cipher begins (RFC 4251 §9.3.1), and stays for those alone."""
    send = connection.send_packet

    def send_packet(kind: int, *parts: bytes, **told: Any) -> None:
        if kind != MSG_IGNORE or "cbc" in connection.get_extra_info("send_cipher", ""):
            send(kind, *parts, **told)

    connection.send_packet = send_packet  # type: ignore[assignment,method-assign]  # of this connection only
