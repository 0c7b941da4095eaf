"""Transports: what is cut, quoted, or without a check. The rest: test_rewriter.py."""

from __future__ import annotations

from netloom.packet import ICMP, SCTP, UDP, VXLAN, Ethernet, ICMPv6, IPv4, IPv6
from tests.packet.rewriting.stacks import THERE, rewritten


def test_a_checksum_of_zero_is_none_in_udp() -> None:
    inner = Ethernet() / IPv4(src="10.0.0.1") / UDP(dport=80) / b"x"
    made = IPv4() / UDP(checksum=0) / VXLAN() / inner
    new = rewritten(bytes(made), THERE, 228)
    assert new == bytes(
        IPv4() / UDP(checksum=0) / VXLAN() / Ethernet() / IPv4(src="198.0.0.1") / UDP(dport=8080) / b"x"
    )


def test_a_computed_zero_is_written_as_all_ones() -> None:
    payload = next(
        word.to_bytes(2, "big")
        for word in range(65536)
        if bytes(IPv4(src="198.0.0.1") / UDP(dport=9) / word.to_bytes(2, "big"))[26:28] == b"\xff\xff"
    )
    old = bytes(IPv4(src="10.0.0.1") / UDP(dport=9) / payload)
    assert rewritten(old, THERE, 228)[26:28] == b"\xff\xff"


def test_the_check_of_a_cut_message_of_sctp() -> None:
    old = bytes(IPv4() / SCTP(sport=80, dport=9) / bytes(range(200)))
    new = bytes(IPv4() / SCTP(sport=8080, dport=9) / bytes(range(200)))
    for kept in (32, 33, 100):
        assert rewritten(old[:kept], THERE, 228, len(old)) == new[:kept]
    quoted = bytes(IPv4() / ICMP(type=3) / old[:40])
    assert rewritten(quoted, THERE, 228) == bytes(IPv4() / ICMP(type=3) / new[:40])


def test_messages_without_their_rest() -> None:
    old = bytes(IPv6(src="2001:db8::1") / ICMPv6(rest=b"1234"))
    new = bytes(IPv6(src="3fff:1::1") / ICMPv6(rest=b"1234"))
    assert rewritten(old[:45], THERE, 229, len(old)) == new[:45]
    cut = bytes(IPv4() / ICMP())[:27]
    assert rewritten(cut, THERE, 228, 28) == cut
