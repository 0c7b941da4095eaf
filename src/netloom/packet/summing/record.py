"""A summary as it leaves: times in Unix seconds, durations in seconds, shares from 0 to 1."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from netloom.records import Record


class Contents(Record, frozen=True, kw_only=True):
    """What was read. With a filter, packets are those that it keeps."""

    files: tuple[str, ...]
    packets: int
    octets: Annotated[int, Meta(description="of whole packets, as they passed")]
    captured: Annotated[int, Meta(description="octets that were kept of them")]
    first: Annotated[float | None, Meta(description="when the first packet passed; null if none tells")] = None
    last: float | None = None
    duration: float = 0.0
    packets_per_second: float = 0.0
    bits_per_second: float = 0.0
    links: Annotated[tuple[str, ...], Meta(description="what frames start with")] = ()
    damaged: Annotated[tuple[str, ...], Meta(description="where files are damaged")] = ()
    drops: Annotated[int, Meta(description="packets that were lost when the capture was made")] = 0
    hosts: Annotated[
        int, Meta(description="addresses of IP; at most so many where `bounds` tells that some were left out")
    ] = 0


class Share(Record, frozen=True, kw_only=True):
    """A protocol, and what passed in it. `path` is where it stands: link, network, transport, application."""

    path: tuple[str, ...]
    packets: int
    octets: int
    share: Annotated[float, Meta(description="of all octets")]


class Host(Record, frozen=True, kw_only=True):
    """An address of IP, and what it sent and was sent."""

    address: str
    name: Annotated[str, Meta(description="as the capture tells it")] = ""
    octets_out: int
    octets_in: int
    packets_out: int
    packets_in: int
    flows: int
    peers: Annotated[int, Meta(description="addresses that it talked with; 1,000 counts for more, too")]

    @property
    def octets(self) -> int:
        return self.octets_out + self.octets_in


class Conversation(Record, frozen=True, kw_only=True):
    """Two addresses, and what passed between them. Forward is from `src`, who began."""

    src: str
    dst: str
    octets_forward: int
    octets_backward: int
    packets_forward: int
    packets_backward: int
    flows: int
    first: float
    last: float

    @property
    def octets(self) -> int:
        return self.octets_forward + self.octets_backward


class Service(Record, frozen=True, kw_only=True):
    """A port that was spoken to. `protocol` is what most of it was by its first octets."""

    transport: str
    port: int
    protocol: str = ""
    flows: int
    packets: int
    octets: int
    servers: Annotated[int, Meta(description="addresses that have it; 1,000 counts for more, too")]


class Rates(Record, frozen=True, kw_only=True):
    """What passed over time: `step` seconds a bin, from `start` on."""

    start: float = 0.0
    step: float = 0.0
    packets: tuple[int, ...] = ()
    octets: tuple[int, ...] = ()


class Class(Record, frozen=True, kw_only=True):
    """How many values lie from `least` to `most`, both included (null: no bound)."""

    least: float
    most: float | None
    count: int


class Times(Record, frozen=True, kw_only=True):
    """Durations, to three digits. `classes` double in width."""

    count: int = 0
    median: float | None = None
    p90: float | None = None
    p99: float | None = None
    most: float | None = None
    classes: tuple[Class, ...] = ()


class Latency(Record, frozen=True, kw_only=True):
    """How long answers took: of TCP from the SYN to what acknowledges its answer, of DNS from question to answer."""

    handshake: Times = Times()
    dns: Times = Times()


class Named(Record, frozen=True, kw_only=True):
    """A name, and how often it occurred."""

    name: str
    count: int


class Errors(Record, frozen=True, kw_only=True):
    """What went wrong, counted. Shares of TCP are of its packets that carry something."""

    tcp_packets: int = 0
    retransmissions: int = 0
    retransmission_share: float = 0.0
    out_of_order: int = 0
    out_of_order_share: float = 0.0
    resets: int = 0
    refused: Annotated[int, Meta(description="connections that a reset answered")] = 0
    unanswered: Annotated[int, Meta(description="connections whose SYN nobody answered")] = 0
    zero_windows: int = 0
    gaps: Annotated[int, Meta(description="times that octets of TCP are missing from the capture")] = 0
    icmp: Annotated[tuple[Named, ...], Meta(description="ICMP's errors by kind")] = ()
    dns_answers: int = 0
    dns_unanswered: int = 0
    dns_failures: Annotated[tuple[Named, ...], Meta(description="answers of DNS that are none, by rcode")] = ()
    fragments: int = 0
    duplicates: int = 0
    anomalies: Annotated[tuple[Named, ...], Meta(description="packets that are cut, lying or too deep")] = ()


class Asked(Record, frozen=True, kw_only=True):
    """Names that were asked for: of servers by TLS and QUIC, and of DNS."""

    servers: tuple[Named, ...] = ()
    queries: tuple[Named, ...] = ()


class Finding(Record, frozen=True, kw_only=True):
    """Something that looks wrong. `filter` shows it, in tcpdump's words; `numbers` are what the words say, and why.

    `severity` is bad, warning or note.
    """

    kind: str
    severity: str
    words: str
    count: int
    who: tuple[str, ...] = ()
    first: float | None = None
    last: float | None = None
    filter: str = ""
    numbers: dict[str, float] = msgspec.field(default_factory=dict)


class Summary(Record, frozen=True, kw_only=True):
    """Captures as a whole. Lists have the largest first, and as many entries as were asked for."""

    capture: Contents
    findings: tuple[Finding, ...] = ()
    protocols: tuple[Share, ...] = ()
    hosts: tuple[Host, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    services: tuple[Service, ...] = ()
    rates: Rates = Rates()
    sizes: tuple[Class, ...] = ()
    latency: Latency = Latency()
    errors: Errors = Errors()
    names: Asked = Asked()
    bounds: Annotated[tuple[str, ...], Meta(description="what isn't exact, because memory is bounded")] = ()


class Reported(Record, frozen=True, kw_only=True):
    """A report that was written."""

    file: str
    format: str
    octets: int
    packets: int
    findings: int
