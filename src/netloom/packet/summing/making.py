"""Making: the record of what was counted."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

from netloom.packet.protocols import PROTOCOLS
from netloom.packet.row import ANOMALIES
from netloom.packet.summing.findings import findings
from netloom.packet.summing.hierarchy import hierarchy, link_name
from netloom.packet.summing.passed import SIZES
from netloom.packet.summing.record import (
    Asked,
    Class,
    Contents,
    Conversation,
    Errors,
    Host,
    Latency,
    Named,
    Service,
    Summary,
)
from netloom.packet.summing.words import place
from netloom.wire.dns.codes import rcode_name

if TYPE_CHECKING:
    from netloom.packet.captures import Capture
    from netloom.packet.summing.bounded import Counts
    from netloom.packet.summing.evidence import Evidence

NAMED_LEAST = 0.01
"""Of a port's octets, what has to be in a protocol to name it: first octets may look like one by chance, too."""
_NANO = 1_000_000_000


def made(evidence: Evidence, capture: Capture, top: int, bounds: tuple[str, ...]) -> Summary:
    """A summary whose lists have so many entries."""
    return Summary(
        capture=_contents(evidence, capture),
        findings=findings(evidence),
        protocols=hierarchy(evidence, top),
        hosts=_hosts(evidence, capture.names, top),
        conversations=_conversations(evidence, top),
        services=_services(evidence, top),
        rates=evidence.passed.bins.record(),
        sizes=_sizes(evidence.passed.sizes),
        latency=Latency(handshake=evidence.conversed.handshakes.record(), dns=evidence.closer.resolving.took.record()),
        errors=_errors(evidence),
        names=Asked(servers=_named(evidence.conversed.servers, top), queries=_named(evidence.conversed.queries, top)),
        bounds=bounds,
    )


def _contents(evidence: Evidence, capture: Capture) -> Contents:
    passed = evidence.passed
    duration = ((passed.last or 0) - (passed.first or 0)) / _NANO
    links = dict.fromkeys(link for (link, _, _), _ in passed.stacks.items())
    return Contents(
        files=tuple(os.fspath(path) for path in capture.paths),
        packets=passed.packets,
        octets=passed.octets,
        captured=passed.captured,
        first=None if passed.first is None else passed.first / _NANO,
        last=None if passed.last is None else passed.last / _NANO,
        duration=duration,
        packets_per_second=passed.packets / duration if duration else 0.0,
        bits_per_second=passed.octets * 8 / duration if duration else 0.0,
        links=tuple(map(link_name, links)),
        damaged=tuple(str(note) for note in capture.notes),
        drops=capture.drops,
        hosts=len(evidence.conversed.hosts) + evidence.conversed.hosts.lost,
    )


def _hosts(evidence: Evidence, names: dict[str, str], top: int) -> tuple[Host, ...]:
    return tuple(
        Host(
            address=place(where),
            name=names.get(place(where), ""),
            octets_out=talker.octets[0],
            octets_in=talker.octets[1],
            packets_out=talker.packets[0],
            packets_in=talker.packets[1],
            flows=talker.flows,
            peers=len(talker.peers),
        )
        for where, talker in evidence.conversed.hosts.top(top)
    )


def _conversations(evidence: Evidence, top: int) -> tuple[Conversation, ...]:
    found = []
    for ends, pair in evidence.conversed.pairs.top(top):
        back = pair.began[2] if pair.began else 0
        found.append(
            Conversation(
                src=place(ends[back]),
                dst=place(ends[1 - back]),
                octets_forward=pair.octets[back],
                octets_backward=pair.octets[1 - back],
                packets_forward=pair.packets[back],
                packets_backward=pair.packets[1 - back],
                flows=pair.span.count,
                first=(pair.span.first or 0) / _NANO,
                last=(pair.span.last or 0) / _NANO,
            )
        )
    return tuple(found)


def _services(evidence: Evidence, top: int) -> tuple[Service, ...]:
    ports = evidence.conversed.ports.top(top)
    spoken: dict[tuple[int, int], list[tuple[int, str]]] = {where: [] for where, _ in ports}
    for (transport, number, name), octets in evidence.conversed.spoken.items():
        if name and (transport, number) in spoken:
            spoken[transport, number].append((-octets[0], name))
    return tuple(
        Service(
            transport=PROTOCOLS[transport],
            port=number,
            protocol=_most(spoken[transport, number], port.octets),
            flows=port.flows,
            packets=port.packets,
            octets=port.octets,
            servers=len(port.servers),
        )
        for (transport, number), port in ports
    )


def _most(spoken: list[tuple[int, str]], octets: int) -> str:
    """What most of a port's octets were in; empty where nobody knows it of enough of them."""
    most, name = min(spoken, default=(0, ""))
    return name if -most >= NAMED_LEAST * octets else ""


def _sizes(counts: list[int]) -> tuple[Class, ...]:
    """By classes, without the empty ones at the end."""
    edges = [(0, SIZES[0]), *((least + 1, most) for least, most in pairwise(SIZES))]
    classes = [Class(least=least, most=most, count=count) for (least, most), count in zip(edges, counts, strict=False)]
    classes.append(Class(least=SIZES[-1] + 1, most=None, count=counts[-1]))
    while classes and not classes[-1].count:
        classes.pop()
    return tuple(classes)


def _errors(evidence: Evidence) -> Errors:
    passed, sums, resolved = evidence.passed, evidence.conversed.sums, evidence.closer.resolving.all
    segments = max(sums.segments, 1)
    failures = sorted((-count, rcode) for rcode, count in resolved.rcodes.items() if rcode)
    return Errors(
        tcp_packets=sums.segments,
        retransmissions=sums.losses,
        retransmission_share=sums.losses / segments,
        out_of_order=sums.out_of_order,
        out_of_order_share=sums.out_of_order / segments,
        resets=sums.resets,
        refused=sums.refused,
        unanswered=sums.unanswered,
        zero_windows=sums.zero_windows,
        gaps=sums.gaps,
        icmp=_named(evidence.closer.complaints.kinds, len(evidence.closer.complaints.kinds)),
        dns_answers=resolved.answers,
        dns_unanswered=resolved.unanswered,
        dns_failures=tuple(Named(name=rcode_name(rcode), count=-count) for count, rcode in failures),
        fragments=passed.fragments,
        duplicates=passed.duplicates.span.count,
        anomalies=tuple(
            Named(name=name, count=passed.anomalies[bit]) for bit, name in ANOMALIES.items() if passed.anomalies[bit]
        ),
    )


def _named(counts: Counts[str], top: int) -> tuple[Named, ...]:
    return tuple(Named(name=name, count=count) for name, count in counts.most(top))
