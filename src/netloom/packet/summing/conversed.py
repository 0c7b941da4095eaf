"""Conversed: what flows add up to: hosts, conversations, services, protocols, names, and how TCP went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.flows.tracked import ACK, RST, SYN, TCP, UDP
from netloom.packet.summing.bounded import Counts, Held, Sets
from netloom.packet.summing.scans import Scans
from netloom.packet.summing.span import Span
from netloom.packet.summing.times import Durations

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Ended, Tracked
    from netloom.packet.summing.icmp import Place

NAMES = 16_384
"""Names that are counted."""
WAITED = 2_000_000_000
"""Nanoseconds that a SYN has waited at a capture's end when nobody answers it: it is sent again after one second."""
SCTP = 132


class Talker:
    """What a host sent and was sent."""

    __slots__ = ("flows", "octets", "packets", "peers")

    def __init__(self) -> None:
        self.octets = [0, 0]
        self.packets = [0, 0]
        self.flows = 0
        self.peers: set[Place] = set()


class Pair:
    """What passed between two hosts: index 0 is what the first sent. `losses` are retransmissions, both ways.

    `began` is when and in which direction the first flow did.
    """

    __slots__ = ("began", "losses", "octets", "packets", "segments", "span")

    def __init__(self) -> None:
        self.began: tuple[int, int, int] | None = None
        self.octets = [0, 0]
        self.packets = [0, 0]
        self.span = Span()
        self.segments = 0
        self.losses = Span()


class Port:
    """What passed to and from one port."""

    def __init__(self) -> None:
        self.flows = 0
        self.packets = 0
        self.octets = 0
        self.servers: set[Place] = set()
        self.apps: Counts[str] = Counts(64)


class Tries:
    """How connections to one port of one host began: `slow` are those that took longer than `SLOW`."""

    __slots__ = ("all", "clients", "refused", "slow", "unanswered", "unfinished", "worst")

    def __init__(self) -> None:
        self.all = Span()
        self.refused = Span()
        self.unanswered = Span()
        self.unfinished = Span()
        self.slow = Span()
        self.worst = 0
        self.clients: set[Place] = set()


SLOW = 500_000_000
"""Nanoseconds of a slow handshake: more than a way around the world takes, so somebody is overworked."""


class Conversed:
    """Takes flows that have ended. Places are addresses as rows have them."""

    def __init__(self, sets: Sets) -> None:
        self._sets = sets
        self.hosts: Held[Place, Talker] = Held(Talker, lambda found: sum(found.octets))
        self.pairs: Held[tuple[Place, Place], Pair] = Held(Pair, lambda found: sum(found.octets))
        self.ports: Held[tuple[int, int], Port] = Held(Port, lambda found: found.octets)
        self.apps: Held[tuple[int, int, str], list[int]] = Held(lambda: [0, 0], lambda value: value[1], 4096)
        self.tries: Held[tuple[Place, int], Tries] = Held(Tries, lambda found: found.all.count)
        self.resets: Held[Place, Span] = Held(Span, lambda found: found.count)
        self.zero_windows: Held[Place, Span] = Held(Span, lambda found: found.count)
        self.old_tls: Held[tuple[str, Place, Place], Span] = Held(Span, lambda found: found.count, NAMES)
        self.telnet: Held[tuple[Place, Place], Span] = Held(Span, lambda found: found.count, NAMES)
        self.servers: Counts[str] = Counts(NAMES)
        self.queries: Counts[str] = Counts(NAMES)
        self.handshakes = Durations()
        self.scans = Scans(sets)
        self.flows = self.segments = self.losses = self.out_of_order = self.gaps = 0

    def add(self, ended: Ended, until: int) -> None:
        """Add a flow. `until` is the latest time of any packet so far."""
        flow = ended.flow
        key = flow.key
        source, destination = (key.src_high, key.src_low), (key.dst_high, key.dst_low)
        self.flows += 1
        self._amounts(flow, source, destination)
        if key.protocol == TCP:
            self._tcp(flow, source, destination, over=ended.reason != "capture" or until - flow.last >= WAITED)
        elif key.protocol == UDP:
            self.scans.tried(flow, answered=flow.backward.packets > 0)
        if flow.names.server_name:
            self.servers.add(flow.names.server_name)
        for name in flow.names.queries:
            self.queries.add(name)
        version = flow.names.ja4[1:3]
        if version in OLD_TLS:
            self.old_tls[version, source, destination].between(flow.first, flow.last)

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
            self._sets.join(talker.peers, other)
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
            self._sets.join(port.servers, destination)
            port.apps.add(flow.app, octets)
        losses = there.retransmissions + back.retransmissions
        if flow.key.protocol == TCP:
            pair.segments += packets
        if losses:
            pair.losses.between(flow.first, flow.last, losses)

    def _tcp(self, flow: Tracked, source: Place, destination: Place, *, over: bool) -> None:
        there, back = flow.forward, flow.backward
        self.segments += there.packets + back.packets
        self.losses += there.retransmissions + back.retransmissions
        self.out_of_order += there.out_of_order + back.out_of_order
        self.gaps += there.gaps + back.gaps
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
        self._sets.join(tries.clients, source)
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
        elif not back.packets and over:
            tries.unanswered.between(flow.first, flow.last)
        self.scans.tried(flow, answered=bool(back.flags & SYN))


TELNET = 23
OLD_TLS = {"11": "TLS 1.1", "10": "TLS 1.0", "s3": "SSL 3", "s2": "SSL 2"}
"""By JA4's letters, versions that nobody should speak any more (RFC 8996, RFC 7568)."""
