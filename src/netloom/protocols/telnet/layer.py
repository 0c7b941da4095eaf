"""Telnet under a stream: what passes is data alone, commands are answered here (RFC 854, RFC 855)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from netloom.errors import RemoteProtocolError
from netloom.links.layer import Layer
from netloom.wire.telnet import codes
from netloom.wire.telnet.options import Options
from netloom.wire.telnet.stream import Command, Data, Negotiation, Reader, emit_data, emit_subnegotiation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netloom.links.stream import Stream
    from netloom.wire.telnet.options import Change
    from netloom.wire.telnet.stream import Event


ANSWERS = 64 * 1024
"""Bytes of answers that may wait for a peer who asks and doesn't read."""


class TelnetLayer(Layer):
    """Between a stream and its transport. Subclasses say what options they want, and what these have to say."""

    OURS: frozenset[int] = frozenset()
    THEIRS: frozenset[int] = frozenset()
    KEYS: Mapping[int, bytes] = {}
    """Commands that mean the same as a key."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.options = Options(self.OURS, self.THEIRS)
        self.asked: dict[str, list[int]] = {"will": [], "do": []}
        self._stream = stream
        self._reader = Reader()

    @classmethod
    def over(cls, stream: Stream, *args: Any) -> Self:
        """Put it right under a stream: whatever else is below it sees Telnet's own bytes."""
        layer = cls(stream, *args)
        layer.lower = stream.transport
        stream.transport.set_protocol(layer)
        stream.transport = layer
        waiting = stream.take_waiting()
        if waiting:
            layer.data_received(waiting)
        return layer

    def ask(self, *, ours: Iterable[int] = (), theirs: Iterable[int] = ()) -> None:
        """Ask for options at once."""
        for option in ours:
            self.options.ask(option, ours=True, on=True)
        for option in theirs:
            self.options.ask(option, ours=False, on=True)
        self._flush()

    def tell(self, option: int, data: bytes) -> None:
        """Say something about an option. Raises RemoteProtocolError."""
        self._answer(emit_subnegotiation(option, data))

    @property
    def echoes(self) -> bool:
        """Whether the peer echoes what we say."""
        return self.options.on(codes.ECHO, ours=False)

    @property
    def newline(self) -> bytes:
        """What ends a line that we say: CR LF, and where bytes pass as they are the key itself (RFC 854, RFC 856)."""
        return b"\r" if self.options.on(codes.BINARY, ours=True) else b"\r\n"

    # What the transport and the stream call

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._reader.events(data):
                self._happened(event)
            if not self.lower.is_closing():
                self._flush()
        except RemoteProtocolError as error:
            self._stream.fail(error)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.lower.write(emit_data(bytes(data), binary=self.options.on(codes.BINARY, ours=True)))

    # What happens

    def _happened(self, event: Event) -> None:
        if isinstance(event, Data):
            self.upper.data_received(event.data)
        elif isinstance(event, Negotiation):
            self._negotiated(event)
        elif isinstance(event, Command):
            self._commanded(event.code)
        else:
            self.said(event.option, event.data)

    def _negotiated(self, event: Negotiation) -> None:
        asked = {codes.WILL: "will", codes.DO: "do"}.get(event.verb)
        if asked is not None and event.option not in self.asked[asked]:
            self.asked[asked].append(event.option)
        change = self.options.received(event.verb, event.option)
        if change is not None:
            if change.option == codes.BINARY and not change.ours:
                self._reader.binary = change.on
            self._flush()  # what follows from it is said after it was agreed on
            self.changed(change)

    def _commanded(self, code: int) -> None:
        if code == codes.AYT:
            self._answer(b"\r\n[yes]\r\n")
        elif code in self.KEYS:
            self.upper.data_received(self.KEYS[code])

    def _flush(self) -> None:
        unsent = self.options.unsent()
        if unsent:
            self._answer(unsent)

    def _answer(self, data: bytes) -> None:
        """What commands are answered by goes past whoever waits for the peer to read, so that it is bounded here."""
        if self.lower.get_write_buffer_size() > ANSWERS:
            raise RemoteProtocolError(f"more than {ANSWERS} bytes wait to be read by a peer who goes on asking")
        self.lower.write(data)

    def changed(self, change: Change) -> None:
        """An option is in force, or no longer."""

    def said(self, option: int, data: bytes) -> None:
        """The peer said something about an option. Raises RemoteProtocolError."""
