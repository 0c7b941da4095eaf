"""Recording: what links carry, as a pcapng file of composed packets and TLS secrets, valid at every moment."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Literal

from netloom.errors import UsageError
from netloom.packet.captures.blocks import LINKTYPE_RAW
from netloom.packet.captures.compose import (
    interface_block,
    names_block,
    packet_block,
    plain_block,
    secrets_block,
    section_block,
)
from netloom.packet.captures.output import Output
from netloom.packet.conversation import Composed, Conversation, Place
from netloom.packet.frame import INBOUND, OUTBOUND, Frame
from netloom.packet.hellos import Hellos

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

HOLD_LIMIT = 64 * 1024
"""Octets of a conversation that wait for its TLS secrets; if none have come by then, none will."""

_OLD_SECRET = "CLIENT_RANDOM"  # noqa: S105 - a label of the key log: all that TLS 1.2 needs
_SECRETS = frozenset(
    f"{side}_{kind}" for side in ("CLIENT", "SERVER") for kind in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")
)


class Recording:
    """A capture file that links' taps write to, from any thread.

    `clock` gives nanoseconds since 1970 where a tap doesn't. Without `secrets` nobody can decrypt it. UsageError if the
    file can't be made, or exists and `overwrite` isn't said. If it can't be written later (the disk is full), traffic
    goes on: what fits is kept, `failure` tells, and `close` raises it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        secrets: bool = True,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.failure: UsageError | None = None
        self._clock = clock
        self.secrets = secrets
        self._writer = Output(path, overwrite=overwrite)
        self._lock = threading.RLock()
        self._count = 0
        self._closed = False
        self._names: dict[str, str] = {}
        self._open: set[RecordedConversation] = set()
        self._handshakes: dict[str, RecordedConversation] = {}
        try:
            self._writer.write(section_block(), interface_block("netloom"))
        except UsageError:
            self._writer.close()
            raise

    def open_conversation(
        self, kind: Literal["tcp", "udp", "icmp"], local: Place, peer: Place, *, accepted: bool = False
    ) -> RecordedConversation:
        """A conversation that begins now. `accepted`: the peer opened it. A Unix socket is ("/its/path", 0)."""
        with self._lock:
            conversation = Conversation(kind, local, peer, accepted=accepted, number=self._count)
            self._count += 1
            names = {address: name for address, name in conversation.names.items() if address not in self._names}
            self._names.update(names)
            if names:
                self._write([names_block(names)])
            recorded = RecordedConversation(self, conversation, self._count, Hellos(kind) if self.secrets else None)
            self._open.add(recorded)
            self._write(_pieces(conversation.open(), self._clock()))
            return recorded

    def secret(self, line: bytes) -> None:
        """A line of a TLS key log, with or without its line end. It goes nowhere where secrets aren't wanted."""
        if not self.secrets:
            return
        line = line.rstrip(b"\r\n")
        with self._lock:
            self._write([secrets_block(line + b"\n")])
            words = line.decode("ascii", "replace").split(" ")
            conversation = self._handshakes.get(words[1]) if len(words) == 3 else None
            if conversation is not None:
                conversation._learned(words[0])

    def close(self) -> None:
        """End what is still open, and close the file; again does nothing. Raises what went wrong before."""
        with self._lock:
            for conversation in sorted(self._open, key=lambda one: one.number):
                conversation.close()
            closed, self._closed = self._closed, True
            self._writer.close()
        if self.failure is not None and not closed:
            raise self.failure

    def forget(self) -> bool:
        """Close the file and remove it, if there is nothing in it. Whether that was so."""
        with self._lock:
            if self._count or self._closed:
                return False
            self._closed = True
            self._writer.remove()
            return True

    def _write(self, pieces: Sequence[bytes | memoryview]) -> None:
        if self._closed or self.failure is not None or not pieces:
            return
        try:
            self._writer.write(*pieces)
        except UsageError as error:
            self.failure = error


class RecordedConversation:
    """One conversation of a recording: say what was sent and received, and when it ended.

    Timestamps are nanoseconds since 1970, None: the recording's clock tells. What comes after the end, the
    conversation's or the recording's, isn't recorded: it never left, or nobody listens any more.
    """

    def __init__(
        self, recording: Recording, conversation: Conversation, number: int, hellos: Hellos | None = None
    ) -> None:
        self.number = number
        self._recording = recording
        self._conversation = conversation
        self._hellos = hellos
        # Secrets have to stand in the file before what needs them, but are known only after it came, or left. So all
        # that follows a ClientHello waits here until they are there
        self._held: list[bytes] = []
        self._random = ""
        self._known: set[str] = set()

    def sent(self, data: bytes, timestamp_ns: int | None = None) -> None:
        """The local side wrote this: some bytes of a stream, or one datagram."""
        with self._recording._lock:
            self._happened(self._conversation.sent(data), timestamp_ns)
            self._look(data)

    def received(self, data: bytes, timestamp_ns: int | None = None) -> None:
        """The peer wrote this."""
        with self._recording._lock:
            self._happened(self._conversation.received(data), timestamp_ns)
            self._look(data)

    def finished(self, *, outbound: bool, timestamp_ns: int | None = None) -> None:
        """One side, the local one if `outbound`, has no more to write (a FIN)."""
        with self._recording._lock:
            self._happened(self._conversation.finish(outbound=outbound), timestamp_ns)

    def reset(self, *, outbound: bool, timestamp_ns: int | None = None) -> None:
        """One side broke it off (a RST)."""
        with self._recording._lock:
            self._happened(self._conversation.reset(outbound=outbound), timestamp_ns)

    def close(self, timestamp_ns: int | None = None) -> None:
        """It is over: sides that haven't finished do so. Again does nothing."""
        with self._recording._lock:
            self._happened(self._conversation.close(), timestamp_ns)
            self._release()
            self._recording._open.discard(self)

    def _look(self, data: bytes) -> None:
        """Note the random number of a ClientHello, by which a key log names its secrets."""
        random = self._hellos.find(data) if self._hellos is not None else b""
        if random:
            self._release()
            self._random = random.hex()
            self._recording._handshakes[self._random] = self

    def _learned(self, label: str) -> None:
        self._known.add(label)
        if label == _OLD_SECRET or self._known >= _SECRETS:
            self._release()

    def _release(self) -> None:
        """Write what waited for secrets: they are there, or won't come."""
        self._recording._write(self._held)
        self._recording._handshakes.pop(self._random, None)
        self._held = []
        self._random = ""
        self._known = set()

    def _happened(self, packets: list[Composed], timestamp_ns: int | None) -> None:
        pieces = _pieces(packets, self._recording._clock() if timestamp_ns is None else timestamp_ns)
        if not self._random:
            self._recording._write(pieces)
            return
        self._held.append(b"".join(pieces))  # what it is made of may change meanwhile
        if sum(map(len, self._held)) > HOLD_LIMIT:
            self._release()


def _pieces(packets: list[Composed], timestamp_ns: int) -> list[bytes | memoryview]:
    """Blocks of a capture file, in pieces."""
    return [piece for packet in packets for piece in _block(packet, timestamp_ns)]


def _block(packet: Composed, timestamp_ns: int) -> tuple[bytes | memoryview, ...]:
    direction = OUTBOUND if packet.outbound else INBOUND
    if not packet.comment:
        return plain_block(packet.head, packet.payload, timestamp_ns, direction)
    data = packet.data
    frame = Frame(data, timestamp_ns, LINKTYPE_RAW, len(data), direction=direction, comment=packet.comment)
    return (packet_block(frame),)
