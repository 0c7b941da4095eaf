"""How the flow kernel keeps flows: a row of 64-bit integers each, and slots that lead to them by hash."""

from __future__ import annotations

# A flow's words: four cache lines, of which most packets touch three. Pairs are the forward and the backward direction.
SRC_HIGH, SRC_LOW, DST_HIGH, DST_LOW, META, LAST, FIRST, SERIAL = range(8)
PACKETS, BYTES, PAYLOAD, ADVANCED = 8, 10, 12, 14
NEXT, ACKED, STATE, FLAGS, SYN_AT, RTT = 16, 18, 20, 21, 22, 23
APP, TAGS = 24, 25
RETRANSMISSIONS, OUT_OF_ORDER, ZERO_WINDOWS, RESETS, GAPS = range(26, 31)
"""Forward in the lower half of the word, backward in the upper one."""
WORDS = 32
HALF = 32
MOST = 0xFFFFFFFF
"""What half a word counts to."""

# ACKED: the number that was acknowledged last, and behind it the window, and how often it was repeated, to REPEATED
ACKED_WINDOW, ACKED_AGAIN = 32, 48
REPEATED = 2

# META: the source's port, the destination's, the protocol, the version, and whether only this direction belongs to it
PORT, PROTOCOL, VERSION, ONE_WAY = 16, 32, 40, 44
# FLAGS: those of TCP forward, and from bit 16 backward; of a flow with a name, the octets that were read for it
# forward, and 16 bits later backward
READ = 32
# TAGS: the VLAN, from bit 16 the tunnels, from bit 24 the number of the flow's name (HOST bits later its host's), and
# then how many payloads were read for it forward, and backward
TUNNELS, NAMED_AS, HEARD = 16, 24, 56
HEARD_BITS = 3
HOST = 16
NAME_MASK = 0xFFFF
NAMES_MASK = 0xFFFFFFFF

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
NAMED = 128
"""Payloads are compared with the flow's name, and noted only if they could give it others."""

UNKNOWN = -1
"""NEXT, ACKED, APP: not seen yet."""
REORDERED = 3_000_000
"""Nanoseconds within which a late segment is out of order where no round-trip time is known."""

# What `track` is told
COUNT, NOW, IDLE, ACTIVE, SERIALS, ENDED, NOTED, NAMES, ARENA_AT = range(9)
"""In `counters`: flows held, the latest time, the time-outs, flows begun, flows in `ended`, notes, names and octets."""
COUNTERS = 9
NOTE = 6
"""Words of a note: a row, 2 * flow + direction, the flow's serial, FOLLOWS and OPENS, and the flow's TAGS and FLAGS if
it had a name so far, or 0."""
FOLLOWS, OPENS = 1, 2
"""A noted payload is the next one of its direction, or the first one."""

# What a flow ended of
IDLE_OUT, ACTIVE_OUT, CLOSED, CAPTURE, EVICTED = range(5)
GOES_ON = 255
REASONS = ("idle", "active", "closed", "capture", "full")

# A pattern of a first payload: where it is, how many octets, from where in the octets that all patterns share (those to
# be equal, then their masks), whether one must look closer, what a payload that matches names, and how many octets it
# holds somewhere (behind the masks)
OFFSET, SIZE, START, CLOSER, HEAD, HOLDS = range(6)
PATTERN = 6
WAYS = 4
"""Ways of first payloads: TCP forward, and backward, UDP forward, and backward. Of each, by the first octet, it is kept
which patterns are near."""
TLS_HELLO, DNS_QUERY, TLS_HOST = 1, 2, 3
"""HEAD: a ClientHello, or a query in a datagram; 0 for what names nothing, or is read closely. Names are of these, and
of what a ClientHello says of its host."""

# Names that flows share: the octets that decide about one, and behind them the first payload that had it
NAME_AT, NAME_SIZE, NAME_HASH, NAME_EXAMPLE, NAME_KIND = range(5)
NAME = 5
"""Words of a name; the first one is none."""
MOST_NAMES, ARENA = 1 << 16, 32 << 20
"""Names that are kept, and the octets for all of them; whatever comes later is read closely."""
MOST_NAMED, REDUCED = 2048, 2560
"""Octets of a payload that is reduced, and room for what is left of it."""
MOST_HEARD = 4
"""Payloads of each direction that are read for names at most: as in `flows/heads.py`, where so many always fit."""

COMMUNITY_ID = 30
"""Characters of a Community ID: 1: and 20 octets in Base64."""
SCRATCH, LANES, ROUNDS = 64, 32, 80
"""Octets that are hashed for one, how many are hashed side by side, and SHA-1's rounds: arrays that the kernel is given
have SCRATCH octets, ROUNDS words of 32 bits for each lane, and five more of those."""
