"""What draining a ring leaves of itself in an array of 64-bit words, and the forms that it writes. Imports nothing."""

from __future__ import annotations

NEXT, SIZE, COUNT, OCTETS, FIRST, LAST, STATUS = range(7)
"""The block that comes next, octets that were written, packets and their own octets, the first and the last one's
time, and why it stopped."""
WORDS = 7

WAIT, FULL, ENOUGH, ODD = range(4)
"""The next block isn't handed over yet, there is no room for it, as much was asked for, or it isn't as it should be."""

PCAP, PCAPNG = 0, 1
"""Forms in which packets are written: records of a pcap file with nanoseconds, enhanced packet blocks."""
