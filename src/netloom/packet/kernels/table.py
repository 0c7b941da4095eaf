"""How the flow kernel keeps flows: a row of 64-bit integers each, and slots that lead to them by hash."""

from __future__ import annotations

# A flow's words. Pairs are the forward and the backward direction. Those of a cache line are used together.
SRC_HIGH, SRC_LOW, DST_HIGH, DST_LOW, META, LAST, FIRST, SERIAL = range(8)
PACKETS, BYTES, PAYLOAD, ADVANCED = 8, 10, 12, 14
NEXT, ACKED, STATE, FLAGS, SYN_AT, RTT = 16, 18, 20, 21, 22, 23
WINDOW, DUPLICATES, RETRANSMISSIONS, OUT_OF_ORDER = 24, 26, 28, 30
ZERO_WINDOWS, RESETS, GAPS, APP, TAGS = 32, 34, 36, 38, 39
WORDS = 40

# META: the source's port, the destination's, the protocol, the version, and whether only this direction belongs to it
PORT, PROTOCOL, VERSION, ONE_WAY = 16, 32, 40, 44
# FLAGS: those of TCP forward, and from bit 16 backward
# TAGS: the VLAN, and from bit 16 the tunnels

# STATE
FINISHED = 1
"""FIN was seen forward; shifted by one, backward. Both, or a reset: the flow is closed."""
RESET = 4
ANSWERED = 8
"""SYN and ACK came back."""
SPOKE = 16
"""A payload was seen forward; shifted by one, backward."""
LOOKING = 64
"""Payloads are noted, for whoever recognises and names what is spoken."""

UNKNOWN = -1
"""NEXT, ACKED, APP: not seen yet."""
REORDERED = 3_000_000
"""Nanoseconds within which a late segment is out of order where no round-trip time is known."""

# What `track` is told
COUNT, NOW, IDLE, ACTIVE, SERIALS, ENDED, NOTED = range(7)
"""In `counters`: flows held, the latest time, the time-outs, flows begun, flows in `ended`, notes."""
COUNTERS = 7
NOTE = 4
"""Words of a note."""
FOLLOWS, OPENS = 1, 2
"""A noted payload is the next one of its direction, or the first one."""

# What a flow ended of
IDLE_OUT, ACTIVE_OUT, CLOSED, CAPTURE, EVICTED = range(5)
GOES_ON = 255
REASONS = ("idle", "active", "closed", "capture", "full")

# A pattern of a first payload: whose it is, of which transport, where, how many octets, from where in the octets that
# all patterns share (those to be equal, then their masks), and whether one must look closer
SENDER, TRANSPORT, OFFSET, SIZE, START, CLOSER = range(6)
PATTERN = 6
