"""IP and ARP: what isn't whole, and what only looks like it. The rest: test_rewriter.py."""

from __future__ import annotations

from netloom.packet import AH, ARP, ESP, TCP, UDP, Destination, Ethernet, Fragment, IPv4, IPv6, Routing
from netloom.packet.formats import destination, routing
from netloom.packet.rewriting.anonymity import Anonymity
from netloom.packet.rewriting.rewriter import Changes
from tests.packet.rewriting.stacks import THERE, rewritten


def test_what_isnt_ip_stays() -> None:
    for data in (b"\x30" + bytes(60), b"\x50" + bytes(10)):
        assert rewritten(b"".join((bytes(12), b"\x08\x00", data)), THERE)[14:] == data
        assert rewritten(b"".join((bytes(12), b"\x86\xdd", data)), THERE)[14:] == data


def test_a_header_that_lies_has_addresses_too() -> None:
    data = bytearray(bytes(IPv4(src="10.0.0.1", dst="10.1.2.3") / UDP(sport=80) / b""))
    data[0] = 0x42
    assert rewritten(bytes(data), THERE, 228)[12:] == bytes([198, 0, 0, 1, 203, 0, 113, 9]) + data[20:]


def test_a_later_fragment_has_no_ports() -> None:
    inner = bytes(UDP(sport=80, checksum=7)) + b"data"
    old, new = ({"src": each, "fragment": 8, "protocol": 17} for each in ("10.0.0.1", "198.0.0.1"))
    assert rewritten(bytes(IPv4(**old) / inner), THERE, 228) == bytes(IPv4(**new) / inner)  # type: ignore[arg-type]
    later = Fragment(fragment=8, next_header=17)
    old6, new6 = (IPv6(src=each) / later / inner for each in ("2001:db8::1", "3fff:1::1"))
    assert rewritten(bytes(old6), THERE, 229) == bytes(new6)


def test_a_first_fragment_has_a_checksum_over_more_than_it_holds() -> None:
    whole = bytes(IPv4(src="10.0.0.1") / TCP(sport=80) / bytes(100))
    new = bytes(IPv4(src="198.0.0.1") / TCP(sport=8080, dport=8080) / bytes(100))
    old_head, new_head = (
        bytes(IPv4(src=src, more_fragments=True, protocol=6) / data[20:60])
        for src, data in (("10.0.0.1", whole), ("198.0.0.1", new))
    )
    assert rewritten(old_head, THERE, 228) == new_head


def test_behind_authentication_and_not_behind_encryption() -> None:
    old, new = (IPv4(src=src) / AH(icv=bytes(12)) / TCP(sport=port, dport=9) / b"x" for src, port in WAYS)
    assert rewritten(bytes(old), THERE, 228) == bytes(new)
    old, new = (IPv4(src=src) / ESP() / bytes(TCP(sport=80, checksum=3) / b"x") for src, _ in WAYS)
    assert rewritten(bytes(old), THERE, 228) == bytes(new)


WAYS = (("10.0.0.1", 80), ("198.0.0.1", 8080))


ANONYMOUS = Changes(anonymity=Anonymity(bytes(32)))


def test_nothing_of_a_cut_option_stays() -> None:
    route = b"\1\x83\x0b\x04" + bytes([10, 11, 12, 13, 20, 21, 22, 23])
    old = bytes(IPv4(options=route) / UDP() / b"")
    whole = rewritten(old, ANONYMOUS, 228)
    for kept in range(24, 32):
        assert rewritten(old[:kept], ANONYMOUS, 228, len(old))[20:] == whole[20:kept]
    home = bytes(IPv6() / Destination(options=destination.home_address("2001:db8::77")) / UDP() / b"")
    whole = rewritten(home, ANONYMOUS, 229)
    for kept in range(48, 65):
        assert rewritten(home[:kept], ANONYMOUS, 229, len(home))[40:] == whole[40:kept]
    segments = bytes(IPv6() / Routing(data=routing.segments("2001:db8::77", "2001:db8::78")) / UDP() / b"")
    whole = rewritten(segments, ANONYMOUS, 229)
    for kept in range(48, 80):
        assert rewritten(segments[:kept], ANONYMOUS, 229, len(segments))[40:] == whole[40:kept]


def test_hardware_of_another_kind_is_nobodys() -> None:
    old = bytes(ARP(sha="0a:0b:0c", tha="0d:0e:0f", protocol=9, spa=b"x", tpa=b"y"))
    new = rewritten(bytes(12) + b"\x08\x06" + old, ANONYMOUS)[14:]
    assert new == bytes(ARP(sha="00:00:00", tha="00:00:00", protocol=9, spa=b"x", tpa=b"y"))


def test_arp_for_other_hardware() -> None:
    old = bytes(Ethernet() / ARP(sha="02:03:04", tha="05:06:07", spa="10.0.0.1", tpa="10.1.2.3"))
    new = old.replace(bytes([10, 0, 0, 1]), bytes([198, 0, 0, 1])).replace(
        bytes([10, 1, 2, 3]), bytes([203, 0, 113, 9])
    )
    assert rewritten(old, THERE) == new
    other = bytes(Ethernet() / ARP(protocol=0x0801, spa=b"\x0a\0\0\1", tpa=b"\x0a\0\0\1"))
    assert rewritten(other, THERE) == other
