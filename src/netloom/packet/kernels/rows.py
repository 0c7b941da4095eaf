"""Rows as kernels keep them: a packet is words of 64 bits side by side, in the order of `Row`, and then some."""

from __future__ import annotations

(
    TIME, INTERFACE, LINK, CAPTURED, LENGTH, SRC_MAC, DST_MAC, ETHERTYPE, VLAN, INNER_VLAN, TUNNELS, VERSION, SRC_HIGH,
    SRC_LOW, DST_HIGH, DST_LOW, PROTOCOL, TTL, SERVICE, IDENTIFICATION, FRAGMENT, SRC_PORT, DST_PORT, ICMP_TYPE,
    ICMP_CODE, FLAGS, SEQ, ACK, WINDOW, PAYLOAD_AT, PAYLOAD, PAYLOAD_LENGTH, ANOMALY,
) = range(33)  # fmt: skip
PLACE = 33
"""Where the frame begins, in octets from the buffer's start."""
LINK_AT, ARP_AT, NETWORK_AT, TRANSPORT_AT = 34, 35, 36, 37
"""Where the innermost Ethernet, ARP, IP and transport header begins in the buffer; 0 where none was found."""
NUMBER = 38
"""Which one it is of the capture's frames, from 1, where that is asked for."""
HASH = 39
"""Of its addresses, ports and protocol, the same for both directions, where that is asked for."""
ROW = 40
"""Words of a row."""
BATCH = 4096
"""Rows that kernels work on at a time: enough that a call costs little, and they stay in the processor's caches."""
