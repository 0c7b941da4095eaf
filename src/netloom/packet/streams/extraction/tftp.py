"""Files as TFTP carries them, block by block (RFC 1350, RFC 2347, RFC 2348, RFC 7440)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.streams.events import CLIENT, SERVER, Closed, Data, Finished, Gap, Reset
from netloom.packet.streams.extraction.body import About
from netloom.wire.tftp import packets
from netloom.wire.tftp.netascii import Decoder

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.streams.extraction.body import Body, Shelf
    from netloom.packet.streams.record import Taken

WINDOW = 64
"""Blocks that wait for one before them."""


class Tftp:
    """One transfer. A block that was acknowledged and never seen is a hole."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._body: Body | None = None
        self._sender = SERVER
        self._text: Decoder | None = None
        self._blksize = 512
        self._taken = 0
        self._waiting: dict[int, bytes] = {}

    def data(self, event: Data) -> list[Taken]:
        """One datagram."""
        try:
            packet = packets.parse(event.data)
        except RemoteProtocolError:
            return []
        if isinstance(packet, packets.Request) and event.sender == CLIENT:
            return self._begin(event, packet)
        if self._body is None:
            return []
        if isinstance(packet, packets.OptionAck):
            size = packet.options.get("blksize", "")
            self._blksize = int(size) if size.isdigit() and 8 <= int(size[:6]) <= packets.DATA_LIMIT else self._blksize
        elif isinstance(packet, packets.Data) and event.sender == self._sender:
            return self._block(event, packet)
        elif isinstance(packet, packets.Ack) and event.sender != self._sender:
            return self._acknowledged(event, self._body, packet.block)
        elif isinstance(packet, packets.Refusal):
            return self._end(event, complete=False, note=f"error {packet.code} {packet.text[:100]}".rstrip())
        return []

    def gap(self, event: Gap) -> list[Taken]:
        """A datagram that was captured in part was no whole block."""
        return self._end(event, complete=False, note="captured in part") if event.sender == self._sender else []

    def ends(self, event: Finished | Reset | Closed) -> list[Taken]:
        """Nothing more comes."""
        return self._end(event, complete=False, note="it ends in the middle")

    def _begin(self, event: Event, request: packets.Request) -> list[Taken]:
        if self._body is not None and not self._taken and not self._body.missing:
            self._body = None  # asked once more
        taken = self._end(event, complete=False, note="it was given up")
        self._sender = CLIENT if request.writes else SERVER
        self._text = Decoder() if request.mode == "netascii" else None
        self._blksize, self._taken = 512, 0
        self._waiting.clear()
        name = request.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[:255]
        kind = "text/plain" if self._text is not None else "application/octet-stream"
        self._body = self._shelf.begin(About(protocol="tftp", sender=self._sender, name=name, kind=kind))
        return taken

    def _block(self, event: Event, block: packets.Data) -> list[Taken]:
        ahead = block.block - self._taken - 1 & 0xFFFF
        if ahead < WINDOW:
            self._waiting.setdefault(self._taken + 1 + ahead, block.payload)
        taken: list[Taken] = []
        while self._body is not None and self._taken + 1 in self._waiting:
            taken += self._next(event, self._body, self._waiting.pop(self._taken + 1))
        return taken

    def _acknowledged(self, event: Event, body: Body, block: int) -> list[Taken]:
        ahead = block - self._taken & 0xFFFF
        if not 0 < ahead <= WINDOW:
            return []
        taken: list[Taken] = []
        for number in range(self._taken + 1, self._taken + ahead + 1):
            payload = self._waiting.pop(number, None)
            if self._body is None:
                break
            if payload is None:
                body.hole(event, self._blksize)
                self._taken += 1
            else:
                taken += self._next(event, body, payload)
        return taken

    def _next(self, event: Event, body: Body, payload: bytes) -> list[Taken]:
        self._taken += 1
        body.write(event, payload if self._text is None else self._text.feed(payload))
        return self._end(event, complete=True) if len(payload) < self._blksize else []

    def _end(self, event: Event, *, complete: bool, note: str = "") -> list[Taken]:
        body, self._body = self._body, None
        if body is None:
            return []
        if self._text is not None:
            body.write(event, self._text.finish())
        return [body.end(event, complete=complete, note=note)]
