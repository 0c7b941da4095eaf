"""Records of flows: every field, and their schema."""

from __future__ import annotations

import jsonschema
import msgspec

from netloom.packet.flows.community import community_id
from netloom.packet.flows.record import Flow, record_of
from netloom.packet.flows.tracked import Ended, Names, Side, Tracked, key_of
from tests.packet.flows.rows import NOON, S, row

FLOW = Tracked(
    key=key_of(row(protocol=6, src_port=1000, dst_port=443)),
    number=7,
    first=NOON,
    last=NOON + 3 * S // 2,
    vlan=5,
    tunnels=1,
    rtt=S // 4,
    app="tls",
    names=Names(server_name="a.example", alpn=("h2",), ja4="t13…", queries=("q.example",)),
    forward=Side(1, 2, 3, 0b010, 4, 5, 6, 7, 8),
    backward=Side(11, 12, 13, 0b10010, 14, 15, 16, 17, 18),
)


def test_every_field() -> None:
    assert msgspec.to_builtins(record_of(Ended(FLOW, "closed"))) == {
        "protocol": "tcp",
        "src_ip": "192.0.2.1",
        "src_port": 1000,
        "dst_ip": "192.0.2.2",
        "dst_port": 443,
        "start": NOON / S,
        "end": NOON / S + 1.5,
        "packets": 12,
        "bytes": 14,
        "packets_forward": 1,
        "packets_backward": 11,
        "bytes_forward": 2,
        "bytes_backward": 12,
        "payload_forward": 3,
        "payload_backward": 13,
        "app_protocol": "tls",
        "server_name": "a.example",
        "alpn": ["h2"],
        "ja4": "t13…",
        "queries": ["q.example"],
        "community_id": community_id(FLOW.key),
        "vlan": 5,
        "tunnels": 1,
        "flags_forward": "S",
        "flags_backward": "SA",
        "handshake_rtt": 0.25,
        "retransmissions_forward": 4,
        "retransmissions_backward": 14,
        "out_of_order_forward": 5,
        "out_of_order_backward": 15,
        "zero_windows_forward": 6,
        "zero_windows_backward": 16,
        "resets_forward": 7,
        "resets_backward": 17,
        "gaps_forward": 8,
        "gaps_backward": 18,
        "ended": "closed",
    }


def test_the_seed() -> None:
    assert record_of(Ended(FLOW, "idle"), 1).community_id == community_id(FLOW.key, 1)


def test_what_is_unknown() -> None:
    flow = Tracked(
        key=key_of(row("2001:db8::1", "2001:db8::2", 200)),
        number=0,
        first=0,
        last=0,
        forward=Side(),
        backward=Side(),
    )
    made = record_of(Ended(flow, "capture"))
    assert (made.protocol, made.src_ip, made.dst_ip) == ("200", "2001:db8::1", "2001:db8::2")
    assert made.handshake_rtt is None
    assert (made.app_protocol, made.server_name, made.alpn, made.ja4, made.queries) == ("", "", [], "", [])


def test_the_schema() -> None:
    schema = msgspec.json.schema(Flow)
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(record_of(Ended(FLOW, "closed")))), schema)
    assert "Forward is the direction" in schema["$defs"]["Flow"]["description"]
