"""Concluding: what tallies hold becomes what findings look through and summaries are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netloom.packet.kernels.conversing import NEVER
from netloom.packet.kernels.tallied import MEMBER
from netloom.packet.summing.bounded import Members
from netloom.packet.summing.conversed import Pair, Port, Talker, Tries
from netloom.packet.summing.scans import Attempts
from netloom.packet.summing.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.kernels.call import Array
    from netloom.packet.kernels.conversing import Conversing
    from netloom.packet.summing.conversed import Conversed
    from netloom.packet.summing.icmp import Place


def conclude(counted: Conversing, conversed: Conversed) -> Iterator[None]:
    """Fill what was empty, a tally at a time."""
    for fill in (_hosts, _pairs, _services, _tries, _scans, _rest):
        fill(counted, conversed)
        yield


def _hosts(counted: Conversing, conversed: Conversed) -> None:
    rows = counted.hosts.rows
    talkers = (
        Talker([sent, got], [packets_sent, packets_got], flows, peers)
        for (sent, got, packets_sent, packets_got, flows), peers in zip(
            rows[:, 2:7].tolist(), _members(rows), strict=True
        )
    )
    conversed.hosts.fill(dict(zip(_places(rows, 0), talkers, strict=True)), counted.hosts.lost)
    conversed.peers.lost = counted.hosts.left_out


def _pairs(counted: Conversing, conversed: Conversed) -> None:
    rows = counted.pairs.rows
    began = zip(rows[:, 15].tolist(), rows[:, 16].tolist(), strict=True)
    parts = zip(rows[:, 4:8].tolist(), _spans(rows, 8), rows[:, 11].tolist(), _spans(rows, 12), began, strict=True)
    pairs = (
        Pair((first, number >> 1, number & 1), amounts[:2], amounts[2:], span, segments, losses)
        for amounts, span, segments, losses, (first, number) in parts
    )
    ends = zip(_places(rows, 0), _places(rows, 2), strict=True)
    conversed.pairs.fill(dict(zip(ends, pairs, strict=True)), counted.pairs.lost)


def _services(counted: Conversing, conversed: Conversed) -> None:
    rows, names = counted.ports.rows, counted.names
    ports = (
        Port(flows, packets, octets, servers)
        for (flows, packets, octets), servers in zip(rows[:, 2:5].tolist(), _members(rows), strict=True)
    )
    keys = map(tuple, rows[:, :2].tolist())
    conversed.ports.fill(dict(zip(keys, ports, strict=True)), counted.ports.lost)
    conversed.port_servers.lost = counted.ports.left_out
    spoken = {(protocol, port, names[app]): [octets] for protocol, port, app, octets in counted.spoken.rows.tolist()}
    conversed.spoken.fill(spoken, counted.spoken.lost)
    apps = {
        (version, protocol, names[app]): [packets, octets]
        for version, protocol, app, packets, octets in counted.apps.rows.tolist()
    }
    conversed.apps.fill(apps, counted.apps.lost)


def _tries(counted: Conversing, conversed: Conversed) -> None:
    rows = counted.tries.rows
    spans = zip(*(_spans(rows, 3 + 3 * kind) for kind in range(5)), strict=True)
    tries = (
        Tries(began, refused, unanswered, unfinished, slow, worst, waiting, clients)
        for (began, refused, unanswered, unfinished, slow), (worst, waiting), clients in zip(
            spans, rows[:, 18:20].tolist(), _members(rows), strict=True
        )
    )
    where = zip(_places(rows, 0), rows[:, 2].tolist(), strict=True)
    conversed.tries.fill(dict(zip(where, tries, strict=True)), counted.tries.lost)
    conversed.clients.lost = counted.tries.left_out


def _scans(counted: Conversing, conversed: Conversed) -> None:
    scans = conversed.scans
    rows = counted.scanned_ports.rows
    ports = zip(_places(rows, 0), _places(rows, 2), rows[:, 4].tolist(), strict=True)
    scans.ports.fill(dict(zip(ports, _attempts(rows, 5), strict=True)), counted.scanned_ports.lost)
    scans.told_ports.lost = counted.scanned_ports.left_out
    rows = counted.scanned_hosts.rows
    hosts = zip(_places(rows, 0), rows[:, 2].tolist(), rows[:, 3].tolist(), strict=True)
    scans.hosts.fill(dict(zip(hosts, _attempts(rows, 4), strict=True)), counted.scanned_hosts.lost)
    scans.told_hosts.lost = counted.scanned_hosts.left_out


def _rest(counted: Conversing, conversed: Conversed) -> None:
    for tally, held in ((counted.resets, conversed.resets), (counted.zero_windows, conversed.zero_windows)):
        held.fill(dict(zip(_places(tally.rows, 0), _spans(tally.rows, 2), strict=True)), tally.lost)
    rows = counted.telnet.rows
    ends = zip(_places(rows, 0), _places(rows, 2), strict=True)
    conversed.telnet.fill(dict(zip(ends, _spans(rows, 4), strict=True)), counted.telnet.lost)


def _attempts(rows: Array, at: int) -> Iterator[Attempts]:
    """What was tried, after so many words of keys. Findings ask only how many members there are."""
    members: Iterator[Members[int | Place]] = map(Members, rows[:, -MEMBER].tolist())
    return map(Attempts, members, rows[:, at].tolist(), _spans(rows, at + 1))


def _places(rows: Array, at: int) -> Iterator[Place]:
    """Addresses, as Python keeps them: their halves are below zero in no case."""
    return map(tuple, rows[:, at : at + 2].astype(np.uint64).tolist())


def _spans(rows: Array, at: int) -> list[Span]:
    return [
        Span(count, first, last) if first != NEVER[0] else Span(count)
        for count, first, last in rows[:, at : at + 3].tolist()
    ]


def _members(rows: Array) -> Iterator[Members[Place]]:
    """The sets of rows, which are at their end: how many they have, and the first."""
    counts = rows[:, -MEMBER].tolist()
    return map(Members, counts, _places(rows, rows.shape[1] - MEMBER + 1))
