"""Keys: whose a frame is."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netloom.packet.captures.keys import KEYS, by_flow, by_host, by_pair
from netloom.packet.conversation import ip_packet
from netloom.packet.frame import Frame

A, B, C = "192.0.2.1", "192.0.2.2", "2001:db8::1"


def ip(source: str, destination: str, protocol: int = 17, ports: tuple[int, int] = (1, 2)) -> Frame:
    payload = ports[0].to_bytes(2) + ports[1].to_bytes(2) + (8).to_bytes(2) + bytes(2)
    data = ip_packet(ip_address(source), ip_address(destination), protocol, payload, 1)
    return Frame(data, 5, 101, len(data))


def test_both_directions_of_a_flow_are_one() -> None:
    (there,), (back,) = by_flow(ip(A, B, ports=(1, 2))), by_flow(ip(B, A, ports=(2, 1)))
    assert there[0] == back[0]
    assert (there[1], back[1]) == ("udp-192.0.2.1-1-192.0.2.2-2", "udp-192.0.2.2-2-192.0.2.1-1")
    for other in (ip(A, B, ports=(2, 1)), ip(A, B, 47), ip(A, C.replace("2001:db8::1", A)), ip(A, B, ports=(1, 3))):
        assert by_flow(other)[0][0] != there[0]


def test_a_later_fragment_has_no_ports() -> None:
    data = bytearray(ip(A, B).data)
    data[6:8] = b"\0\x05"
    ((key, name),) = by_flow(Frame(bytes(data), 5, 101, len(data)))
    assert name == "udp-192.0.2.1-192.0.2.2"
    data[12:16], data[16:20] = data[16:20], data[12:16]
    assert by_flow(Frame(bytes(data), 5, 101, len(data)))[0][0] == key


def test_hosts() -> None:
    assert by_pair(ip(A, B))[0][0] == by_pair(ip(B, A, 6))[0][0]
    assert [name for _, name in by_host(ip(A, B))] == [A, B]
    assert [name for _, name in by_host(ip(C, C))] == ["2001_db8__1"]


@pytest.mark.parametrize("by", KEYS)
@pytest.mark.parametrize("data", [b"", b"\x99", bytes(14), b"\x45"])
def test_whatever_it_is_it_has_a_key(by: str, data: bytes) -> None:
    for link_type in (1, 101, 147):
        assert KEYS[by](Frame(data, None, link_type, 60)) == [("other", "other")]
