"""What blocks of flows add up to, by tallies: the same as `packet/summing/conversed.py` counts flow by flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netloom.packet.flows.tracked import ACK, RST, SCTP, SYN, TCP, UDP
from netloom.packet.kernels import table as T
from netloom.packet.kernels.gone import halves
from netloom.packet.kernels.tallied import ADD, BESIDE, EARLIEST, LEAST, MOST
from netloom.packet.kernels.tallies import Tally
from netloom.packet.row import UNTOLD
from netloom.packet.summing.bounded import MEMBERS
from netloom.packet.summing.conversed import SLOW, TELNET, WAITED
from netloom.packet.summing.scans import TOLD_APART

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.kernels.call import Array
    from netloom.packet.kernels.gone import Block
    from netloom.packet.summing.conversed import Conversed

PART = 8192
"""Flows that are counted at a time: their columns stay in the processor's caches."""
NEVER = (1 << 63) - 1, -(1 << 63)
"""When something that never happened was for the first and for the last time."""
SPAN = (ADD, LEAST, MOST)
"""A count, and from when to when."""


class Flows(NamedTuple):
    """Columns of flows that are over. Sides are addresses, two words each; `over`: whoever didn't answer won't."""

    words: Array
    protocol: Array
    port: Array
    app: Array
    packets: Array
    octets: Array
    first: Array
    last: Array
    over: Array

    @property
    def sources(self) -> Array:
        return self.words[:, T.SRC_HIGH : T.DST_HIGH]

    @property
    def destinations(self) -> Array:
        return self.words[:, T.DST_HIGH : T.META]

    def those(self, wanted: Array) -> Flows:
        """Some of them."""
        return Flows(*(column[wanted] for column in self))

    def spans(self, counts: Array) -> list[Array]:
        """A span's numbers: what was counted of each flow, and when that was."""
        some = counts > 0
        return [counts, np.where(some, self.first, NEVER[0]), np.where(some, self.last, NEVER[1])]


class Conversing:
    """Takes blocks of flows. Tallies are named as what they become in `Conversed`, whose bounds they have.

    `names` are of what flows speak, by number.
    """

    def __init__(self, conversed: Conversed) -> None:
        self._conversed = conversed
        self._waiting: list[Block] = []
        self._count = 0
        self.names: Sequence[str] = ("",)
        bounds, scans = conversed, conversed.scans
        self.hosts = Tally(2, [ADD] * 5, (0, 1), bounds.hosts.room, (bounds.peers.room, MEMBERS))
        pair = [ADD] * 4 + [*SPAN, ADD, *SPAN, EARLIEST, BESIDE]
        self.pairs = Tally(4, pair, (0, 1), bounds.pairs.room)
        self.ports = Tally(2, [ADD] * 3, (2,), bounds.ports.room, (bounds.port_servers.room, MEMBERS))
        self.spoken = Tally(3, [ADD], (0,), bounds.spoken.room)
        self.apps = Tally(3, [ADD] * 2, (1,), bounds.apps.room)
        self.tries = Tally(3, [*SPAN * 5, MOST, ADD], (0,), bounds.tries.room, (bounds.clients.room, MEMBERS))
        self.resets = Tally(2, SPAN, (0,), bounds.resets.room)
        self.zero_windows = Tally(2, SPAN, (0,), bounds.zero_windows.room)
        self.telnet = Tally(4, SPAN, (0,), bounds.telnet.room)
        attempts = [ADD, *SPAN]
        self.scanned_ports = Tally(5, attempts, (), scans.ports.room, (scans.told_ports.room, TOLD_APART))
        self.scanned_hosts = Tally(4, attempts, (), scans.hosts.room, (scans.told_hosts.room, TOLD_APART))

    def add(self, block: Block, until: int) -> None:
        """Add flows. `until` is the latest time of any packet so far."""
        self._named(block)
        self._waiting.append(block)
        self._count += len(block.words)
        if self._count >= PART:
            self.count(until)

    def count(self, until: int) -> None:
        """Count what waits: blocks may be small."""
        if not self._waiting:
            return
        flows = self._flows(until)
        self._conversed.sums.flows += len(flows.words)
        self._amounts(flows)
        self._services(flows)
        self._tcp(flows.those(flows.protocol == TCP))
        self._tried(flows)

    def _named(self, block: Block) -> None:
        """Names, of the few flows that have any."""
        if not block.names:
            return
        ends = block.words[list(block.names), : T.META].astype(np.uint64).tolist()
        times = block.words[list(block.names)][:, [T.FIRST, T.LAST]].tolist()
        for names, (src_high, src_low, dst_high, dst_low), (first, last) in zip(
            block.names.values(), ends, times, strict=True
        ):
            self._conversed.named(names, (src_high, src_low), (dst_high, dst_low), first, last)

    def _flows(self, until: int) -> Flows:
        blocks, self._waiting, self._count = self._waiting, [], 0
        words = np.concatenate([block.words for block in blocks])
        reasons = np.concatenate([block.reasons for block in blocks])
        self.names = blocks[0].spoken
        meta, first, last = words[:, T.META], words[:, T.FIRST], words[:, T.LAST]
        told = first != UNTOLD
        return Flows(
            words=words,
            protocol=meta >> T.PROTOCOL & 255,
            port=meta >> T.PORT & 0xFFFF,
            app=np.concatenate([block.apps for block in blocks]).astype(np.int64),
            packets=words[:, T.PACKETS] + words[:, T.PACKETS + 1],
            octets=words[:, T.BYTES] + words[:, T.BYTES + 1],
            first=np.where(told, first, NEVER[0]),
            last=np.where(told, last, NEVER[1]),
            over=(reasons != T.CAPTURE) | (last <= max(until - WAITED, NEVER[1])),
        )

    # How much

    def _amounts(self, flows: Flows) -> None:
        words, count = flows.words, len(flows.words)
        one = np.ones(count, np.int64)
        sent, got = [T.BYTES, T.BYTES + 1], [T.PACKETS, T.PACKETS + 1]
        ways = np.empty((count, 2, 5), np.int64)
        ways[:, 0, :4] = words[:, sent + got]
        ways[:, 1, :4] = words[:, sent[::-1] + got[::-1]]
        ways[:, :, 4] = 1
        there = words[:, T.SRC_HIGH : T.META]
        back = there[:, [2, 3, 0, 1]]
        self.hosts.add(there.reshape(-1, 2), ways.reshape(-1, 5), back.reshape(-1, 2))
        unsigned = there.view(np.uint64) if there.flags.c_contiguous else there.astype(np.uint64)
        turned = (unsigned[:, 2] < unsigned[:, 0]) | (
            (unsigned[:, 2] == unsigned[:, 0]) & (unsigned[:, 3] < unsigned[:, 1])
        )
        amounts = np.where(turned[:, None], ways[:, 1, :4], ways[:, 0, :4])
        losses = halves(words, T.RETRANSMISSIONS).sum(axis=1, dtype=np.int64)
        columns = [
            *amounts.T,
            *flows.spans(one),
            np.where(flows.protocol == TCP, flows.packets, 0),
            *flows.spans(losses),
            words[:, T.FIRST],
            words[:, T.SERIAL] << 1 | turned,
        ]
        self.pairs.add(np.where(turned[:, None], back, there), np.stack(columns, 1))

    def _services(self, flows: Flows) -> None:
        version = flows.words[:, T.META] >> T.VERSION & 15
        kinds = np.stack([version, flows.protocol, flows.app], 1)
        self.apps.add(kinds, np.stack([flows.packets, flows.octets], 1))
        with_ports = (flows.protocol == TCP) | (flows.protocol == UDP) | (flows.protocol == SCTP)
        flows = flows.those(with_ports & (flows.port != 0))
        one = np.ones(len(flows.words), np.int64)
        keys = np.stack([flows.protocol, flows.port, flows.app], 1)
        self.ports.add(keys[:, :2], np.stack([one, flows.packets, flows.octets], 1), flows.destinations)
        self.spoken.add(keys, flows.octets[:, None])

    # How well

    def _tcp(self, flows: Flows) -> None:
        words, sums = flows.words, self._conversed.sums
        sums.segments += int(words[:, T.PACKETS : T.PACKETS + 2].sum())
        sums.losses += _sum(words, T.RETRANSMISSIONS)
        sums.out_of_order += _sum(words, T.OUT_OF_ORDER)
        sums.gaps += _sum(words, T.GAPS)
        sums.resets += _sum(words, T.RESETS)
        sums.zero_windows += _sum(words, T.ZERO_WINDOWS)
        for tally, word in ((self.resets, T.RESETS), (self.zero_windows, T.ZERO_WINDOWS)):
            counts = halves(words, word).astype(np.int64).reshape(-1)
            some = np.flatnonzero(counts)
            if len(some):
                sides, which = words[:, T.SRC_HIGH : T.META].reshape(-1, 2), some >> 1
                tally.add(sides[some], np.stack([counts[some], flows.first[which], flows.last[which]], 1))
        telnet = self.names.index("telnet") if "telnet" in self.names else -1
        spoke = (words[:, T.PAYLOAD] > 0) & (words[:, T.PAYLOAD + 1] > 0)
        talked = flows.those(spoke & ((flows.port == TELNET) | (flows.app == telnet)))
        one = np.ones(len(talked.words), np.int64)
        self.telnet.add(talked.words[:, T.SRC_HIGH : T.META], np.stack(talked.spans(one), 1))

    def _tried(self, flows: Flows) -> None:
        """How connections began that were seen to begin, and who tried what of TCP and UDP."""
        flags = flows.words[:, T.FLAGS]
        began = (flows.protocol == TCP) & ((flags | flags >> 16) & SYN > 0)
        self._began(flows.those(began))
        udp = flows.protocol == UDP
        flows = flows.those(began | udp)
        answered = np.where(
            flows.protocol == UDP, flows.words[:, T.PACKETS + 1] > 0, flows.words[:, T.FLAGS] >> 16 & SYN > 0
        ).astype(np.int64)
        attempts = np.stack([answered, np.ones_like(answered), flows.first, flows.last], 1)
        number = flows.port[:, None]
        protocol = flows.protocol[:, None]
        ends = flows.words[:, T.SRC_HIGH : T.META]
        self.scanned_ports.add(np.hstack([ends, protocol]), attempts, np.hstack([np.zeros_like(number), number]))
        self.scanned_hosts.add(np.hstack([flows.sources, number, protocol]), attempts, flows.destinations)

    def _began(self, flows: Flows) -> None:
        words, sums = flows.words, self._conversed.sums
        there, back = words[:, T.FLAGS] & 0xFFFF, words[:, T.FLAGS] >> 16
        took = words[:, T.RTT]
        self._conversed.handshakes.take(three_digits(took[took > 0]))
        answered = back & SYN > 0
        refused = ~answered & (back & RST > 0)
        unheard = ~answered & ~refused & (words[:, T.PACKETS + 1] == 0)
        silent = unheard & flows.over
        unfinished = answered & flows.over & (there & SYN > 0) & (there & (ACK | RST) == 0)
        sums.refused += int(refused.sum())
        sums.unanswered += int(silent.sum())
        counts = (np.ones(len(words), bool), refused, silent, unfinished, took > SLOW)
        columns = [column for found in counts for column in flows.spans(found.astype(np.int64))]
        columns += [np.maximum(took, 0), unheard & ~flows.over]
        keys = np.hstack([flows.destinations, flows.port[:, None]])
        self.tries.add(keys, np.stack(columns, 1), flows.sources)


def three_digits(values: Array) -> dict[int, int]:
    """How often numbers above 0 occur, to three digits each: the same as `times.rounded` says."""
    unsigned = values.astype(np.uint64)
    units = _TENS[np.maximum(np.searchsorted(_TENS, unsigned, side="right") - 3, 0)]
    found, counts = np.unique((unsigned + units // 2) // units * units, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


_TENS = 10 ** np.arange(20, dtype=np.uint64)


def _sum(words: Array, word: int) -> int:
    """What a word counts in both directions of all flows."""
    return int(halves(words, word).sum(dtype=np.int64))
