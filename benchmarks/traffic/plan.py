"""Who talks to whom, when, and how much: drawn from one seed, as arrays in the order of time."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TLS, HTTP, DNS, TUNNEL, VOICE, PING, REFUSED, WHO_HAS, PLAIN_TCP, PLAIN_UDP = range(10)
"""What a talk is. TUNNEL is WireGuard's data, VOICE RTP's, REFUSED a SYN that is answered by RST; WHO_HAS is ARP."""
MIXED = {TLS: 0.52, HTTP: 0.14, DNS: 0.18, TUNNEL: 0.03, VOICE: 0.04, PING: 0.05, REFUSED: 0.04}
SMALL = {PLAIN_TCP: 0.7, PLAIN_UDP: 0.3}
"""Shares of flows, in the two mixes."""
LEAST = {TLS: 9, HTTP: 9, DNS: 2, TUNNEL: 2, VOICE: 2, PING: 2, REFUSED: 2, WHO_HAS: 2, PLAIN_TCP: 9, PLAIN_UDP: 2}
"""Packets: TCP's handshake, a word each way, what is said besides, and the end."""
GROWING = (TLS, HTTP, TUNNEL, VOICE, PING, PLAIN_TCP, PLAIN_UDP)
PORTS = {TLS: 443, HTTP: 80, DNS: 53, TUNNEL: 51820, VOICE: 5004, REFUSED: 8080, PLAIN_TCP: 9000, PLAIN_UDP: 9000}

CLIENTS = 4096
SERVERS = 60_000
LARGEST = 60_000
"""Packets of a flow at most, and of a ping 40."""
SECONDS = 300.0
"""How long the capture lasts, about."""
IPV6, TAGGED, ASKING = 0.3, 0.12, 0.0015
"""Shares of flows over IPv6, of flows in a VLAN, and of ARP's questions among all packets."""
PAUSE = 0.5
"""Seconds between two packets of a flow, on average, at most: far below any program's time-outs."""


class Talks(NamedTuple):
    """One row a flow, and one for each of ARP's questions."""

    kind: Array
    version: Array
    vlan: Array
    client: Array
    server: Array
    port: Array
    packets: Array


class Plan(NamedTuple):
    """`talk` and `at` tell for each packet whose it is and which of its packets; `time` is in microseconds.

    `dice` is what the rest of it is decided by.
    """

    talks: Talks
    talk: Array
    at: Array
    time: Array
    dice: Array


def plan(packets: int, flows: int, seed: int, *, small: bool = False) -> Plan:
    """Exactly so many packets. With `small` nothing needs more than 64 octets. ValueError if flows are too many."""
    rng = np.random.default_rng(seed)
    talks, starts, pauses, rtts = _talks(rng, packets, flows, SMALL if small else MIXED)
    count = talks.packets
    first = np.cumsum(count) - count
    talk = np.repeat(np.arange(len(count), dtype=np.int32), count)
    at = (np.arange(packets) - first[talk]).astype(np.int32)
    gap = rng.exponential(1.0, packets) * pauses[talk]
    tcp = np.isin(talks.kind, (TLS, HTTP, REFUSED, PLAIN_TCP))[talk]
    gap[tcp & (at == 1)] = rtts[talk[tcp & (at == 1)]]
    gap[tcp & (at == 2)] *= 1e-3
    gap[at == 0] = 0
    passed = np.cumsum((gap * 1e6).astype(np.int64))
    time = passed - passed[first][talk] + (starts[talk] * 1e6).astype(np.int64)
    order = np.argsort(time, kind="stable")
    dice = rng.integers(0, 1 << 32, packets, dtype=np.uint32)
    return Plan(talks, talk[order], at[order], time[order], dice)


def _talks(
    rng: np.random.Generator, packets: int, flows: int, mix: dict[int, float]
) -> tuple[Talks, Array, Array, Array]:
    """The talks; in seconds when each begins, how long it pauses on average, and its round trip."""
    asking = round(packets * ASKING) if mix is MIXED else 0
    shares = np.array(list(mix.values()))
    kind = rng.choice(np.array(list(mix)), flows, p=shares / shares.sum())
    count = _counts(rng, kind, packets - 2 * asking)
    version = np.where(rng.random(flows) < IPV6, 6, 4)
    tagged = rng.random(flows) < TAGGED
    vlan = np.where(tagged, 10 + rng.integers(0, 50, flows), 0)
    if mix is SMALL:
        version[kind == PLAIN_TCP], vlan = 4, np.zeros(flows, np.int64)
    number = np.arange(flows)
    length = np.clip(rng.lognormal(math.log(4), 1.4, flows) * np.sqrt(count / 25), 0.02, 0.8 * SECONDS)
    pauses = np.minimum(length / count, PAUSE)
    starts = rng.random(flows) * np.maximum(SECONDS - length, 1.0)
    talks = Talks(
        kind=np.concatenate([kind, np.full(asking, WHO_HAS)]),
        version=np.concatenate([version, np.zeros(asking, np.int64)]),
        vlan=np.concatenate([vlan, np.zeros(asking, np.int64)]),
        client=np.concatenate([number % CLIENTS, rng.integers(0, CLIENTS, asking)]),
        server=np.concatenate([np.exp(rng.random(flows) * math.log(SERVERS)).astype(np.int64), np.zeros(asking, int)]),
        port=np.concatenate([32768 + 37 * (number // CLIENTS) % 28000, np.zeros(asking, np.int64)]),
        packets=np.concatenate([count, np.full(asking, 2)]),
    )
    starts = np.concatenate([starts, rng.random(asking) * SECONDS])
    pauses = np.concatenate([pauses, np.full(asking, 1e-4)])
    rtts = np.minimum(rng.lognormal(math.log(0.03), 0.8, len(starts)), 1.0)
    return talks, starts, pauses, rtts


def _counts(rng: np.random.Generator, kind: Array, packets: int) -> Array:
    """How many packets each flow has: a few have very many (Pareto), and together they have so many."""
    least = np.array([LEAST[one] for one in sorted(LEAST)])[kind]
    weight = np.where(np.isin(kind, GROWING), rng.pareto(1.15, len(kind)), 0.0)
    most = np.where(kind == PING, 40, LARGEST)
    if least.sum() > packets:
        raise ValueError(f"{len(kind)} flows don't fit into {packets} packets")

    def grown(scale: float) -> Array:
        made: Array = np.minimum(least + (scale * weight).astype(np.int64), most)
        return made

    low, high = 0.0, 1e6
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if grown(middle).sum() > packets else (middle, high)
    count = grown(low)
    able = np.flatnonzero((count < most) & (weight > 0))
    if not len(able):
        raise ValueError(f"{packets} packets are too many for {len(kind)} flows")
    count += np.bincount(able[np.arange(packets - count.sum()) % len(able)], minlength=len(count))
    return count
