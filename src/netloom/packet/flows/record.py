"""A flow as it leaves: addresses and times as people and other tools read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, field

from netloom.packet.flows.community import community_id
from netloom.packet.formats.tcp import letters
from netloom.packet.protocols import PROTOCOLS
from netloom.packet.row import address
from netloom.records import Record

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Ended

_NANO = 1_000_000_000


class Flow(Record, frozen=True, kw_only=True):
    """What two ends said to each other. Forward is the direction of who began, as far as the capture tells.

    `src_port` and `dst_port` of ICMP are a message's type and its answer's, or else its code, as Community ID has it.
    What is only counted for TCP is 0 elsewhere.
    """

    protocol: Annotated[str, Meta(description="what IP carries: tcp, udp, icmp, …, or its number")]
    src_ip: Annotated[str, Meta(description="who began")]
    src_port: int
    dst_ip: Annotated[str, Meta(description="who was spoken to")]
    dst_port: int
    start: Annotated[float, Meta(description="when the first packet passed, in Unix seconds")]
    end: Annotated[float, Meta(description="when the last one did")]
    packets: int
    bytes: Annotated[int, Meta(description="octets of whole packets, as they passed")]
    packets_forward: int
    packets_backward: int
    bytes_forward: int
    bytes_backward: int
    payload_forward: Annotated[int, Meta(description="octets that TCP, UDP or SCTP carried")]
    payload_backward: int
    app_protocol: Annotated[str, Meta(description="what is spoken, by the first payload")] = ""
    server_name: Annotated[str, Meta(description="the host that a ClientHello asks for (SNI)")] = ""
    alpn: Annotated[list[str], Meta(description="the protocols that a ClientHello offers, the best first")] = field(
        default_factory=list
    )
    ja4: Annotated[str, Meta(description="the TLS client's fingerprint")] = ""
    queries: Annotated[list[str], Meta(description="names that DNS was asked for")] = field(default_factory=list)
    community_id: str
    vlan: Annotated[int, Meta(description="the first packet's first VLAN tag; 0 without one")] = 0
    tunnels: Annotated[int, Meta(description="IP headers around the first packet's innermost one")] = 0
    flags_forward: Annotated[str, Meta(description="TCP's flags that were seen, as letters of FSRPAUECN")] = ""
    flags_backward: str = ""
    handshake_rtt: Annotated[float | None, Meta(description="seconds from SYN to what acknowledged its answer")] = None
    retransmissions_forward: int = 0
    retransmissions_backward: int = 0
    out_of_order_forward: int = 0
    out_of_order_backward: int = 0
    zero_windows_forward: int = 0
    zero_windows_backward: int = 0
    resets_forward: int = 0
    resets_backward: int = 0
    gaps_forward: Annotated[int, Meta(description="times that octets were missing from the capture")] = 0
    gaps_backward: int = 0
    ended: Annotated[str, Meta(description="why it is over: idle, active, closed, capture or full")] = ""


def record_of(ended: Ended, seed: int = 0) -> Flow:
    """The record of a flow that is over. `seed` is Community ID's."""
    flow, reason = ended
    key, forward, backward, names = flow.key, flow.forward, flow.backward, flow.names
    return Flow(
        protocol=PROTOCOLS.get(key.protocol, str(key.protocol)),
        src_ip=address(key.src_high, key.src_low, key.version),
        src_port=key.src_port,
        dst_ip=address(key.dst_high, key.dst_low, key.version),
        dst_port=key.dst_port,
        start=flow.first / _NANO,
        end=flow.last / _NANO,
        packets=forward.packets + backward.packets,
        bytes=forward.bytes + backward.bytes,
        packets_forward=forward.packets,
        packets_backward=backward.packets,
        bytes_forward=forward.bytes,
        bytes_backward=backward.bytes,
        payload_forward=forward.payload,
        payload_backward=backward.payload,
        app_protocol=flow.app,
        server_name=names.server_name,
        alpn=list(names.alpn),
        ja4=names.ja4,
        queries=list(names.queries),
        community_id=community_id(key, seed),
        vlan=flow.vlan,
        tunnels=flow.tunnels,
        flags_forward=letters(forward.flags),
        flags_backward=letters(backward.flags),
        handshake_rtt=flow.rtt / _NANO if flow.rtt > 0 else None,
        retransmissions_forward=forward.retransmissions,
        retransmissions_backward=backward.retransmissions,
        out_of_order_forward=forward.out_of_order,
        out_of_order_backward=backward.out_of_order,
        zero_windows_forward=forward.zero_windows,
        zero_windows_backward=backward.zero_windows,
        resets_forward=forward.resets,
        resets_backward=backward.resets,
        gaps_forward=forward.gaps,
        gaps_backward=backward.gaps,
        ended=reason,
    )
