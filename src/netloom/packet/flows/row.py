"""A flow in a row of numbers: what columns of flows are called, and their widths."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from netloom.packet.row import I64, U8, U16, U32, U64


class FlowRow(Struct, kw_only=True):
    """What is told about a flow. Forward is the direction of who began. What is only counted for TCP is 0 elsewhere."""

    start: Annotated[I64, Meta(description="when the first packet passed, in nanoseconds since 1970")]
    end: Annotated[I64, Meta(description="when the last one did")]
    version: Annotated[U8, Meta(description="of IP: 4 or 6")]
    protocol: Annotated[U8, Meta(description="the number of what IP carries")]
    src_high: Annotated[U64, Meta(description="who began: its address, upper 64 bits")]
    src_low: Annotated[U64, Meta(description="its lower 64 bits; IPv4 as ::ffff:0:0/96")]
    dst_high: Annotated[U64, Meta(description="who was spoken to: its address, upper 64 bits")]
    dst_low: Annotated[U64, Meta(description="its lower 64 bits")]
    src_port: Annotated[U16, Meta(description="of TCP, UDP or SCTP; the type of an ICMP message")]
    dst_port: Annotated[U16, Meta(description="of TCP, UDP or SCTP; the type of an ICMP message's answer, or its code")]
    packets_forward: U64
    packets_backward: U64
    bytes_forward: Annotated[U64, Meta(description="octets of whole packets, as they passed")]
    bytes_backward: U64
    payload_forward: Annotated[U64, Meta(description="octets that TCP, UDP or SCTP carried")]
    payload_backward: U64
    app: Annotated[U16, Meta(description="what is spoken: a number into the columns' `apps`; 0 for what nobody knows")]
    reason: Annotated[U8, Meta(description="why it is over: a number into `REASONS`")]
    vlan: Annotated[U16, Meta(description="the first packet's first VLAN tag; 0 without one")]
    tunnels: Annotated[U8, Meta(description="IP headers around the first packet's innermost one")]
    flags_forward: Annotated[U16, Meta(description="TCP's flags that were seen: twelve bits, FIN the lowest")]
    flags_backward: U16
    handshake_rtt: Annotated[I64, Meta(description="nanoseconds from SYN to what acknowledged its answer; 0: unseen")]
    retransmissions_forward: U32
    retransmissions_backward: U32
    out_of_order_forward: U32
    out_of_order_backward: U32
    zero_windows_forward: U32
    zero_windows_backward: U32
    resets_forward: U32
    resets_backward: U32
    gaps_forward: Annotated[U32, Meta(description="times that octets were missing from the capture")]
    gaps_backward: U32
