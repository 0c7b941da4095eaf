"""Rows of TCP and UDP as tests want them, and what streams say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.formats.tcp import number
from netloom.packet.row import MAPPED, Row
from netloom.packet.streams.events import (
    Closed,
    Counts,
    Data,
    Event,
    Finished,
    Gap,
    Opened,
    Place,
    Reset,
    Stream,
)
from netloom.packet.streams.reassembly import TCP, UDP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netloom.packet.streams.reassembly import Reassembler

MASK = 0xFFFFFFFF
CLIENT, SERVER = (MAPPED | 0xC0000201, 40_000), (MAPPED | 0xC0000202, 80)


class Talk:
    """Two ends of TCP, whose packets are made one by one. `seq` are the numbers of their SYN."""

    def __init__(
        self, client: tuple[int, int] = CLIENT, server: tuple[int, int] = SERVER, seq: tuple[int, int] = (1000, 5000)
    ):
        self.ends = {"client": client, "server": server}
        self.seq = {"client": seq[0], "server": seq[1]}
        self.time = 0

    def packet(
        self, sender: str, flags: str, at: int = 0, data: bytes = b"", *, ack: int = 0, passed: int | None = None
    ) -> tuple[Row, bytes]:
        """A segment: `at` counts from SYN's number, `ack` too."""
        other = "server" if sender == "client" else "client"
        (src, sport), (dst, dport) = self.ends[sender], self.ends[other]
        self.time += 1
        row = Row(
            time=self.time,
            version=4,
            protocol=TCP,
            src_low=src,
            dst_low=dst,
            src_port=sport,
            dst_port=dport,
            flags=number(flags),
            seq=(self.seq[sender] + at) & MASK,
            ack=(self.seq[other] + ack) & MASK if "A" in flags else 0,
            payload=len(data),
            payload_length=len(data) if passed is None else passed,
        )
        return row, data

    def handshake(self) -> list[tuple[Row, bytes]]:
        """SYN, SYN+ACK, ACK."""
        return [
            self.packet("client", "S"),
            self.packet("server", "SA", ack=1),
            self.packet("client", "A", 1, ack=1),
        ]


def datagram(
    source: tuple[int, int], destination: tuple[int, int], data: bytes, passed: int | None = None
) -> tuple[Row, bytes]:
    """A row of UDP."""
    row = Row(
        time=1,
        version=4,
        protocol=UDP,
        src_low=source[0],
        src_port=source[1],
        dst_low=destination[0],
        dst_port=destination[1],
        payload=len(data),
        payload_length=len(data) if passed is None else passed,
    )
    return row, data


def all_of(reassembler: Reassembler, packets: Iterable[tuple[Row, bytes]], *, finish: bool = True) -> list[Event]:
    """What packets bring about."""
    given = [event for row, data in packets for event in reassembler.add(row, data)]
    return given + (reassembler.finish() if finish else [])


def said(events: Iterable[Event], sender: str, stream: int = 0) -> bytes:
    """The octets of one side, gaps as dots; each has to begin where the one before it ended."""
    made = b""
    for event in events:
        if isinstance(event, Data | Gap) and event.sender == sender and event.stream.number == stream:
            assert event.offset == len(made)
            made += event.data if isinstance(event, Data) else b"." * event.size
    return made


def names(events: Iterable[Event]) -> list[str]:
    """What kinds of events."""
    return [type(event).__name__ for event in events]


def stream(number: int = 0, transport: str = "tcp", *, client: int = 40_000, server: int = 80) -> Stream:
    """A stream between two places, seen from its beginning."""
    return Stream(
        number=number,
        transport=transport,
        client=Place("192.0.2.1", client),
        server=Place("192.0.2.2", server),
        started=0,
        whole=True,
        counts={"client": Counts(), "server": Counts()},
    )


class Script:
    """Events of one stream: what is said in turns, cut anywhere."""

    def __init__(self, one: Stream, cut: Callable[[int], int] | None = None) -> None:
        self.stream = one
        self.events: list[Event] = [Opened(one, 0)]
        self._cut = cut
        self._offsets = {"client": 0, "server": 0}

    def say(self, sender: str, data: bytes) -> Script:
        """Octets of one side."""
        while data:
            size = self._cut(len(data)) if self._cut is not None else len(data)
            self.events.append(Data(self.stream, len(self.events), sender, self._offsets[sender], data[:size]))
            self._offsets[sender] += size
            data = data[size:]
        return self

    def client(self, data: bytes) -> Script:
        """The client says."""
        return self.say("client", data)

    def server(self, data: bytes) -> Script:
        """The server says."""
        return self.say("server", data)

    def gap(self, sender: str, size: int) -> Script:
        """Octets of one side that are missing."""
        self.events.append(Gap(self.stream, len(self.events), sender, self._offsets[sender], size, "end"))
        self._offsets[sender] += size
        return self

    def finish(self, *senders: str) -> Script:
        """Sides have no more to say."""
        self.events += [Finished(self.stream, len(self.events), sender) for sender in senders]
        return self

    def reset(self, sender: str) -> Script:
        """A side breaks it off."""
        self.events.append(Reset(self.stream, len(self.events), sender))
        return self

    def close(self) -> list[Event]:
        """All events, to the end."""
        return [*self.events, Closed(self.stream, len(self.events), "capture")]
