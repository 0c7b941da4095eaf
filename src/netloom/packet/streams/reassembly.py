"""Packets to streams: rows and their payloads in, what happened on each stream out, in the packets' order."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.row import UNTOLD, address
from netloom.packet.streams.connections import ACK, SYN, Connection
from netloom.packet.streams.datagrams import Datagrams, Key, Port, Transfers
from netloom.packet.streams.direction import HELD, Direction
from netloom.packet.streams.events import CLIENT, SERVER, Counts, Event, Place, Stream

if TYPE_CHECKING:
    from netloom.packet.row import Row

TCP, UDP = 6, 17
_LOW = 1024


class Bounds(Struct, frozen=True, kw_only=True):
    """What is held at most: streams, octets that wait in one direction, and in all together.

    With these numbers 350 MB are the worst case: each direction of a stream keeps 16 KiB to compare with.
    """

    streams: int = 8192
    held: int = HELD
    total: int = 64 << 20


class Reassembler:
    """Takes packets one by one. Over the bound, the stream that was silent the longest goes; those that ended first."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._streams: OrderedDict[Key, Connection | Datagrams] = OrderedDict()
        self._aliases: dict[Key, Key] = {}
        self._over: OrderedDict[Key, None] = OrderedDict()
        self._holding: dict[Direction, int] = {}
        self._held = 0
        self._transfers = Transfers()
        self._now = 0
        self.count = 0
        """Streams so far."""

    def add(self, row: Row, payload: bytes) -> list[Event]:
        """What a packet brings about. Fragments and what is neither TCP nor UDP bring nothing."""
        self._now = row.time if row.time != UNTOLD else self._now
        if row.protocol not in (TCP, UDP) or not row.version or row.fragment >= 0:
            return []
        source, destination = (row.src_high, row.src_low, row.src_port), (row.dst_high, row.dst_low, row.dst_port)
        if not source[2] and not destination[2]:
            return []  # the header wasn't captured
        given: list[Event] = []
        key, talk = self._find(row, source, destination)
        if isinstance(talk, Connection) and talk.begins_anew(row, _sender(key, source)):
            given += self._close(key, "replaced")
            talk = None
        if talk is None:
            given += self._make_room()
            key, talk = self._open(row, source, destination)
        else:
            self._streams.move_to_end(key)
        sender = _sender(key, source)
        given += talk.add(row, payload, sender, self._now)
        if talk.over:
            self._over[key] = None
        if isinstance(talk, Datagrams) and sender == CLIENT:
            self._transfers.note(source, destination, payload, key)
        return given + self._account(talk)

    def finish(self) -> list[Event]:
        """The end of the capture: what is left of every stream."""
        given: list[Event] = []
        for key in list(self._streams):
            given += self._close(key, "capture")
        return given

    def _find(self, row: Row, source: Port, destination: Port) -> tuple[Key, Connection | Datagrams | None]:
        """The stream of a packet, and by what it is known; a stream of TFTP has another port on each side."""
        key = (row.version, row.protocol, source, destination)
        talk = self._streams.get(key)
        if talk is None:
            back = (row.version, row.protocol, destination, source)
            talk = self._streams.get(back)
            if talk is not None or row.protocol == TCP:
                return back if talk is not None else key, talk
            known = self._aliases.get(key) or self._aliases.get(back) or self._transfers.answered(source, destination)
            if known is not None and isinstance(talk := self._streams.get(known), Datagrams):
                if key not in self._aliases and back not in self._aliases:
                    talk.aliases.append(key)
                    self._aliases[key] = known
                return known, talk
            return key, None
        return key, talk

    def _open(self, row: Row, source: Port, destination: Port) -> tuple[Key, Connection | Datagrams]:
        """A stream whose first packet this is."""
        key = (row.version, row.protocol, source, destination)
        if _is_from_server(row):
            key = (row.version, row.protocol, destination, source)
        client, server = (Place(address(high, low, row.version), port) for high, low, port in key[2:])
        stream = Stream(
            number=self.count,
            transport="tcp" if row.protocol == TCP else "udp",
            client=client,
            server=server,
            started=self._now,
            counts={CLIENT: Counts(), SERVER: Counts()},
        )
        self.count += 1
        talk = Connection(stream, self._bounds.held) if row.protocol == TCP else Datagrams(stream)
        self._streams[key] = talk
        return key, talk

    def _make_room(self) -> list[Event]:
        """Let one stream go where there are as many as may be."""
        if len(self._streams) < self._bounds.streams:
            return []
        return self._close(next(iter(self._over or self._streams)), "limit")

    def _close(self, key: Key, reason: str) -> list[Event]:
        talk = self._streams.pop(key)
        self._over.pop(key, None)
        given = talk.close(self._now, reason)
        for side in talk.sides.values():
            self._held -= self._holding.pop(side, 0)
        if isinstance(talk, Datagrams):
            for alias in talk.aliases:
                del self._aliases[alias]
        return given

    def _account(self, talk: Connection | Datagrams) -> list[Event]:
        """Count what waits; over the bound, whoever has waited the longest goes on without what it waited for."""
        given: list[Event] = []
        for side in talk.sides.values():
            self._count(side)
        while self._held > self._bounds.total:
            side = next(iter(self._holding))
            given += side.give_up(self._now, "full")
            self._count(side)
        return given

    def _count(self, side: Direction) -> None:
        cost = side.held.cost
        before = self._holding.get(side, 0)
        if cost != before:
            self._held += cost - before
            if cost:
                self._holding[side] = cost
            else:
                del self._holding[side]


def _sender(key: Key, source: Port) -> str:
    return CLIENT if source == key[2] else SERVER


def _is_from_server(row: Row) -> bool:
    """Whether a stream's first packet goes to its client: as its flags say, or its ports make likely."""
    if row.protocol == TCP and row.flags & SYN:
        return bool(row.flags & ACK)
    return row.src_port < _LOW <= row.dst_port
