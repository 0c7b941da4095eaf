"""How the kernel that counts packets and whoever calls it share memory: what stands where."""

from __future__ import annotations

(
    OCTETS, CAPTURED, FRAGMENTS, BROADCASTS, FIRST, LAST, LOOKED, JUMPED, TWICE, TWICE_FIRST, TWICE_LAST,
) = range(11)  # fmt: skip
"""Of a batch, in `state`: octets of packets and those that were kept, fragments, broadcasts, the first and the last
time, packets that are to be looked at closer, jumps of the clock; packets there twice, the first and the last."""
ANOMALIES_AT = 11
"""Packets with each kind of anomaly, by its bit."""
SIZES_AT = 14
"""Packets by the class of their size."""
NUMBER, LATEST = 22, 23
"""What stays from batch to batch: how many packets there were before, and the time of the last one that tells it."""
STATE = 24

BUCKETS = 4096
"""Where the last packet with some bits of its hash is found, by its number; -1 where there is none."""
RING = 2048
"""The last packets by their number: a hash, the time, and the packet before it in its bucket."""
LINK = 3
"""Words of each of them."""
KEY, NUMBERS = 3, 2
"""Words of what a packet is in, and of what is added up by it."""
JUMP = 2
"""Words of a jump of the clock: the time before it, and the time after it."""
ICMP_TYPES = 256
"""Types of ICMP, of which those of ICMPv6 follow upon those of ICMP, that tell of problems."""

(
    ARP_TYPE, DNS_PORT, DNS_HEADER, LINE_LEAST, LINE_MOST, LINE_END, APART, SOON, BROADCAST, FAR,
) = range(10)  # fmt: skip
"""In `limits`: numbers of ARP and DNS, what may be a line, what is close together, to everybody, and how far the clock
goes back in a jump, as `summing/` has them. Constants would be compiled, and nobody would notice that they changed."""
AROUND = 8
"""Octets around a payload's beginning, and at its end, that are one word."""
