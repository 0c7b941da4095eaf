"""Conversed: what flows add up to: hosts, conversations, services, protocols, names, and how TCP went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from netloom.packet.flows.tracked import ACK, RST, SCTP, SYN, TCP, UDP
from netloom.packet.summing.bounded import Counts, Held, Members, Sets
from netloom.packet.summing.icmp import Place
from netloom.packet.summing.scans import Scans
from netloom.packet.summing.span import Span
from netloom.packet.summing.times import Durations

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Ended, Names, Tracked

NAMES = 16_384
"""Names that are counted."""
APPS = 4096
"""Kinds of flows by version, protocol and application: IP has 256 protocols."""
WAITED = 2_000_000_000
"""Nanoseconds that a SYN has waited at a capture's end when nobody answers it: it is sent again after one second."""
PEERS, CLIENTS, SERVERS = 1 << 17, 1 << 17, 1 << 15
"""Members besides the first, in all: of hosts' peers and servers' clients four of each, of ports' servers one."""


class Talker(Struct, gc=False):
    """What a host sent and was sent."""

    octets: list[int] = field(default_factory=lambda: [0, 0])
    packets: list[int] = field(default_factory=lambda: [0, 0])
    flows: int = 0
    peers: Members[Place] = field(default_factory=Members)


class Pair(Struct, gc=False):
    """What passed between two hosts: index 0 is what the first sent. `losses` are retransmissions, both ways.

    `began` is when and in which direction the first flow did.
    """

    began: tuple[int, int, int] | None = None
    octets: list[int] = field(default_factory=lambda: [0, 0])
    packets: list[int] = field(default_factory=lambda: [0, 0])
    span: Span = field(default_factory=Span)
    segments: int = 0
    losses: Span = field(default_factory=Span)


class Port(Struct, gc=False):
    """What passed to and from one port."""

    flows: int = 0
    packets: int = 0
    octets: int = 0
    servers: Members[Place] = field(default_factory=Members)


class Tries(Struct, gc=False):
    """How connections to one port of one host began: `slow` are those that took longer than `SLOW`.

    `waiting` are those whose SYN came so late that it may yet have been answered.
    """

    all: Span = field(default_factory=Span)
    refused: Span = field(default_factory=Span)
    unanswered: Span = field(default_factory=Span)
    unfinished: Span = field(default_factory=Span)
    slow: Span = field(default_factory=Span)
    worst: int = 0
    waiting: int = 0
    clients: Members[Place] = field(default_factory=Members)


SLOW = 500_000_000
"""Nanoseconds of a slow handshake: more than a way around the world takes, so somebody is overworked."""


class Sums(Struct, gc=False):
    """What is counted of all flows, whatever is held of each."""

    flows: int = 0
    segments: int = 0
    losses: int = 0
    out_of_order: int = 0
    gaps: int = 0
    resets: int = 0
    zero_windows: int = 0
    refused: int = 0
    unanswered: int = 0


class Conversed:
    """Takes flows that have ended. Places are addresses as rows have them; what is counted in all is exact.

    `spoken` are octets by protocol, port and what was spoken there. The kernels' twin is `kernels/conversing.py`.
    """

    def __init__(self) -> None:
        self.peers = Sets(PEERS)
        self.clients = Sets(CLIENTS)
        self.port_servers = Sets(SERVERS)
        self.hosts: Held[Place, Talker] = Held(
            Talker, lambda found: sum(found.octets), gone=lambda found: self.peers.leave(found.peers)
        )
        self.pairs: Held[tuple[Place, Place], Pair] = Held(Pair, lambda found: sum(found.octets))
        self.ports: Held[tuple[int, int], Port] = Held(
            Port, lambda found: found.octets, gone=lambda found: self.port_servers.leave(found.servers)
        )
        self.spoken: Counts[tuple[int, int, str]] = Counts()
        self.apps: Held[tuple[int, int, str], list[int]] = Held(lambda: [0, 0], lambda value: value[1], APPS)
        self.tries: Held[tuple[Place, int], Tries] = Held(
            Tries, lambda found: found.all.count, gone=lambda found: self.clients.leave(found.clients)
        )
        self.resets: Held[Place, Span] = Held(Span, lambda found: found.count)
        self.zero_windows: Held[Place, Span] = Held(Span, lambda found: found.count)
        self.old_tls: Held[tuple[str, Place, Place], Span] = Held(Span, lambda found: found.count, NAMES)
        self.telnet: Held[tuple[Place, Place], Span] = Held(Span, lambda found: found.count, NAMES)
        self.servers: Counts[str] = Counts(NAMES)
        self.queries: Counts[str] = Counts(NAMES)
        self.handshakes = Durations()
        self.scans = Scans()
        self.sums = Sums()

    @property
    def names_lost(self) -> int:
        """Names that were left out because there were too many."""
        return self.servers.lost + self.queries.lost

    @property
    def lost(self) -> int:
        """What only findings are made of, and was left out."""
        held = (
            self.spoken, self.apps, self.tries, self.resets, self.zero_windows, self.old_tls, self.telnet,
            self.scans.ports, self.scans.hosts,
        )  # fmt: skip
        sets = (self.peers, self.clients, self.port_servers, self.scans.told_ports, self.scans.told_hosts)
        return sum(one.lost for one in held) + sum(one.lost for one in sets)

    def add(self, ended: Ended, until: int) -> None:
        """Add a flow. `until` is the latest time of any packet so far."""
        flow = ended.flow
        key = flow.key
        source, destination = (key.src_high, key.src_low), (key.dst_high, key.dst_low)
        self.sums.flows += 1
        self._amounts(flow, source, destination)
        if key.protocol == TCP:
            self._tcp(flow, source, destination, over=ended.reason != "capture" or until - flow.last >= WAITED)
        elif key.protocol == UDP:
            self.scans.tried(flow, answered=flow.backward.packets > 0)
        self.named(flow.names, source, destination, flow.first, flow.last)

    def named(self, names: Names, source: Place, destination: Place, first: int, last: int) -> None:
        """Add the names of a flow from one place to another, and from when to when it was."""
        if names.server_name:
            self.servers.add(names.server_name)
        for name in names.queries:
            self.queries.add(name)
        version = names.ja4[1:3]
        if version in OLD_TLS:
            self.old_tls[version, source, destination].between(first, last)

    def _amounts(self, flow: Tracked, source: Place, destination: Place) -> None:
        there, back = flow.forward, flow.backward
        packets, octets = there.packets + back.packets, there.bytes + back.bytes
        for one, other, sent, got in ((source, destination, there, back), (destination, source, back, there)):
            talker = self.hosts[one]
            talker.flows += 1
            talker.octets[0] += sent.bytes
            talker.octets[1] += got.bytes
            talker.packets[0] += sent.packets
            talker.packets[1] += got.packets
            self.peers.join(talker.peers, other)
        turned = int(destination < source)
        pair = self.pairs[(destination, source) if turned else (source, destination)]
        began = (flow.first, flow.number, turned)
        pair.began = began if pair.began is None else min(pair.began, began)
        pair.span.between(flow.first, flow.last)
        for way, side in ((turned, there), (1 - turned, back)):
            pair.octets[way] += side.bytes
            pair.packets[way] += side.packets
        app = self.apps[flow.key.version, flow.key.protocol, flow.app]
        app[0] += packets
        app[1] += octets
        if flow.key.protocol in (TCP, UDP, SCTP) and flow.key.dst_port:
            port = self.ports[flow.key.protocol, flow.key.dst_port]
            port.flows += 1
            port.packets += packets
            port.octets += octets
            self.port_servers.join(port.servers, destination)
            self.spoken.add((flow.key.protocol, flow.key.dst_port, flow.app), octets)
        losses = there.retransmissions + back.retransmissions
        if flow.key.protocol == TCP:
            pair.segments += packets
        if losses:
            pair.losses.between(flow.first, flow.last, losses)

    def _tcp(self, flow: Tracked, source: Place, destination: Place, *, over: bool) -> None:
        there, back = flow.forward, flow.backward
        sums = self.sums
        sums.segments += there.packets + back.packets
        sums.losses += there.retransmissions + back.retransmissions
        sums.out_of_order += there.out_of_order + back.out_of_order
        sums.gaps += there.gaps + back.gaps
        sums.resets += there.resets + back.resets
        sums.zero_windows += there.zero_windows + back.zero_windows
        for place, side in ((source, there), (destination, back)):
            if side.resets:
                self.resets[place].between(flow.first, flow.last, side.resets)
            if side.zero_windows:
                self.zero_windows[place].between(flow.first, flow.last, side.zero_windows)
        if (flow.key.dst_port == TELNET or flow.app == "telnet") and there.payload and back.payload:
            self.telnet[source, destination].between(flow.first, flow.last)
        if (there.flags | back.flags) & SYN:
            self._began(flow, source, destination, over=over)

    def _began(self, flow: Tracked, source: Place, destination: Place, *, over: bool) -> None:
        """How a connection began that was seen to begin."""
        there, back = flow.forward, flow.backward
        tries = self.tries[destination, flow.key.dst_port]
        tries.all.between(flow.first, flow.last)
        self.clients.join(tries.clients, source)
        if flow.rtt > 0:
            self.handshakes.add(flow.rtt)
            tries.worst = max(tries.worst, flow.rtt)
            if flow.rtt > SLOW:
                tries.slow.between(flow.first, flow.last)
        if back.flags & SYN:
            if over and there.flags & SYN and not there.flags & (ACK | RST):
                tries.unfinished.between(flow.first, flow.last)
        elif back.flags & RST:
            tries.refused.between(flow.first, flow.last)
            self.sums.refused += 1
        elif not back.packets and over:
            tries.unanswered.between(flow.first, flow.last)
            self.sums.unanswered += 1
        elif not back.packets:
            tries.waiting += 1
        self.scans.tried(flow, answered=bool(back.flags & SYN))


TELNET = 23
OLD_TLS = {"11": "TLS 1.1", "10": "TLS 1.0", "s3": "SSL 3", "s2": "SSL 2"}
"""By JA4's letters, versions that nobody should speak any more (RFC 8996, RFC 7568)."""
