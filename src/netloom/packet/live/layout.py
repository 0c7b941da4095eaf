"""What Linux' packet sockets hand over: structures and numbers of linux/if_packet.h, the same on every machine.

Offsets are in octets from a structure's start; numbers are in the machine's own order unless told otherwise.
"""

from __future__ import annotations

import struct

# Socket options (level SOL_PACKET), and the words of linux/if_ether.h, asm-generic/socket.h and linux/filter.h

SOL_PACKET = 263
ADD_MEMBERSHIP = 1
RX_RING = 5
STATISTICS = 6
VERSION = 10
QDISC_BYPASS = 20
IGNORE_OUTGOING = 23
TPACKET_V3 = 2
MEMBERSHIP_PROMISCUOUS = 1
SO_ATTACH_FILTER = 26
ETH_P_ALL = 3

REQUEST = struct.Struct("=IIIIIII")
"""struct tpacket_req3: octets of a block, blocks, octets of a frame's slot, slots, milliseconds after which a block
is handed over though it isn't full, octets of private data, features."""
MEMBERSHIP = struct.Struct("=iHH8s")
"""struct packet_mreq: an interface's index, the kind, an address' length and the address."""
COUNTS = struct.Struct("=III")
"""struct tpacket_stats_v3: packets, drops, and how often all blocks were full, since they were last asked for."""
PROGRAM = struct.Struct("@HP")
"""struct sock_fprog: how many instructions, and where they are."""
INSTRUCTION = struct.Struct("=HBBI")
"""struct sock_filter: code, jump if true, jump if false, operand."""

# A block (struct tpacket_block_desc)

BLOCK_STATUS = 8
BLOCK_PACKETS = 12
BLOCK_FIRST = 16
"""Where the first packet's header is."""
BLOCK_LENGTH = 20
BLOCK_HEADER = 48
OURS = 1
"""The block's status while we may read it; 0 hands it back."""

# A packet in it (struct tpacket3_hdr); behind its header stands where it came from (struct sockaddr_ll)

PACKET = struct.Struct("=IIIIIIHHIIH")
"""Octets to the next one, seconds, nanoseconds, octets kept, octets that passed, status, where the frame begins, where
its network header does, a hash, the VLAN tag that was taken out, and that tag's type."""
PACKET_HEADER = 48
VLAN_VALID = 1 << 4
VLAN_TYPE_VALID = 1 << 6

ORIGIN = struct.Struct("=H2siHBB8s")
"""struct sockaddr_ll: family, protocol (an EtherType in network order), the interface's index, its hardware type, the
packet's type, the sender's address: its length, and octets."""
ORIGIN_TYPE = PACKET_HEADER + 10
"""Where the packet's type is, from the start of the packet's header."""
ORIGIN_END = PACKET_HEADER + ORIGIN.size
OUTGOING = 4
"""The type of a packet that this machine sent; others are for us (0), for all (1, 2), or for somebody else (3)."""

# What BPF may ask for beside the packet (linux/filter.h, SKF_AD_OFF)

BESIDE = 0xFFFFF000
BESIDE_PROTOCOL = BESIDE
BESIDE_TYPE = BESIDE + 4
BESIDE_INDEX = BESIDE + 8
BESIDE_HARDWARE = BESIDE + 28
BESIDE_TAG = BESIDE + 44
BESIDE_TAG_PRESENT = BESIDE + 48
BESIDE_TAG_TYPE = BESIDE + 60
