"""The rewriter: what comes out is what the same layers make with other addresses; what checks it stays as right."""

from __future__ import annotations

import zlib
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netloom.packet import ICMP, SCTP, TCP, UDP, VLAN, Ethernet, ICMPv6, IPv4, IPv6, Packet, Radiotap
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.layer import Layer, Raw, replaced
from netloom.packet.rewriting.anonymity import Anonymity
from netloom.packet.rewriting.changes import Prefixes, hardware, ports, prefixes, tags
from netloom.packet.rewriting.rewriter import Changes, Rewriter
from netloom.packet.rewriting.times import Times
from netloom.wire.checksum import checksum
from tests.packet import generated
from tests.packet.rewriting.stacks import HERE, THERE, expected, frames, quotes4, quotes6, rewritten

KEY = bytes(range(32))
ANONYMOUS = Changes(anonymity=Anonymity(KEY))


@given(frames)
@settings(max_examples=400)
def test_it_is_what_the_same_layers_make_with_other_addresses(packet: Packet) -> None:
    assert rewritten(bytes(packet), THERE) == bytes(expected(packet))


@given(frames)
def test_and_back_again(packet: Packet) -> None:
    octets = bytes(packet)
    assert rewritten(rewritten(octets, THERE), HERE) == octets


@given(quotes4, st.integers(8, 80), st.sampled_from([3, 11]))
def test_what_an_error_quotes(quote: bytes, kept: int, kind: int) -> None:
    quoted = quote[: 20 + kept]
    octets = bytes(Ethernet() / IPv4(src="10.9.9.9", dst="10.1.2.3") / ICMP(type=kind) / quoted)
    new = rewritten(octets, THERE)
    inner = rewritten(quoted, THERE, 228, len(quoted))
    assert new == bytes(Ethernet() / IPv4(src="198.9.9.9", dst="203.0.113.9") / ICMP(type=kind) / inner)


@given(quotes6, st.integers(8, 80))
def test_what_an_error_of_version_6_quotes(quote: bytes, kept: int) -> None:
    quoted = quote[: 40 + kept]
    octets = bytes(Ethernet() / IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6(type=3) / quoted)
    inner = rewritten(quoted, THERE, 229, len(quoted))
    made = bytes(Ethernet() / IPv6(src="3fff:1::1", dst="3fff:1::2") / ICMPv6(type=3) / inner)
    assert rewritten(octets, THERE) == made


@given(frames, st.integers(0, 300), st.sampled_from([THERE, ANONYMOUS]))
def test_of_a_cut_packet_as_much_becomes_as_is_there(packet: Packet, kept: int, changes: Changes) -> None:
    octets = bytes(packet)
    end = dissect(Frame(octets, 0, 1, len(octets))).row.payload_at
    assume(kept + end <= len(octets))
    cut = octets[: end + kept]
    assert rewritten(cut, changes, length=len(octets)) == rewritten(octets, changes)[: len(cut)]


@given(st.integers(12, 33), st.booleans())
def test_nothing_of_an_address_is_left_of_a_cut_header(kept: int, later: bool) -> None:
    octets = bytes(Ethernet() / IPv4(src="10.77.88.99", dst="10.66.55.44") / Raw(data=bytes(9)))
    new = rewritten(octets[:kept], ANONYMOUS, length=len(octets))
    whole = rewritten(octets, ANONYMOUS)
    assert len(new) == kept
    assert new[26:] == whole[26:kept]
    assert new[:12] == whole[:12] or later is None


TRANSPORTS = [
    (IPv4(src="10.0.0.1", dst="10.1.2.3") / TCP(sport=80) / b"abc", 34 + 16, 2),
    (IPv4(src="10.0.0.1", dst="10.1.2.3") / UDP(sport=80, dport=443) / b"abc", 34 + 6, 2),
    (IPv4(src="10.0.0.1", dst="10.1.2.3") / SCTP(sport=80) / b"abcd", 34 + 8, 4),
    (IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP(sport=80) / b"abc", 54 + 16, 2),
    (IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6() / b"abc", 54 + 2, 2),
    (IPv4(src="10.0.0.1", dst="10.1.2.3") / TCP(sport=80) / b"abc", 14 + 10, 2),
]


@given(st.sampled_from(TRANSPORTS), st.binary(min_size=4, max_size=4))
def test_what_was_wrong_is_wrong_by_as_much(which: tuple[Packet, int, int], check: bytes) -> None:
    packet, place, size = which
    octets = bytearray(bytes(Ethernet() / packet))
    right = bytes(octets[place : place + size])
    wrong = check[:size]
    assume(int.from_bytes(wrong, "big") % 0xFFFF != int.from_bytes(right, "big") % 0xFFFF)
    assume(wrong != b"\0\0")  # of UDP: none
    octets[place : place + size] = wrong
    new = rewritten(bytes(octets), THERE)
    made = bytes(expected(Ethernet() / packet))
    assert new[:place] + made[place : place + size] + new[place + size :] == made
    assert new[place : place + size] != made[place : place + size]
    if size == 2:
        before = int.from_bytes(wrong, "big") - int.from_bytes(right, "big")
        after = int.from_bytes(new[place : place + 2], "big") - int.from_bytes(made[place : place + 2], "big")
        assert (before - after) % 0xFFFF == 0


@pytest.mark.parametrize("link", sorted(generated.LINKS))
def test_headers_are_found_where_dissecting_finds_them(link: int) -> None:
    keep = Rewriter(Changes(headers=True))
    for frame in generated.frames(Random(link), 300, link):
        assert len(keep.frame(frame).data) == dissect(frame).row.payload_at


@pytest.mark.parametrize("link", sorted(generated.LINKS))
def test_whatever_comes_keeps_its_length_and_says_the_same_but_for_addresses(link: int) -> None:
    change, back = Rewriter(ANONYMOUS), Rewriter(THERE)
    for frame in generated.frames(Random(7 + link), 300, link):
        for made in (change.frame(frame), back.frame(frame)):
            assert len(made.data) == len(frame.data)
            old, new = dissect(frame), dissect(made)
            assert [type(layer) for layer in old.packet] == [type(layer) for layer in new.packet]
            assert old.offsets == new.offsets
            assert old.row.anomaly == new.row.anomaly


@given(st.binary(max_size=120), st.sampled_from(sorted(generated.LINKS)), st.integers(0, 200))
def test_any_octets(data: bytes, link: int, more: int) -> None:
    made = Rewriter(ANONYMOUS).frame(Frame(data, None, link, len(data) + more))
    assert len(made.data) == len(data)
    assert made.length == len(data) + more
    assert made.timestamp_ns is None


def test_hops_left_but_not_those_that_are_quoted() -> None:
    quote = bytes(IPv6(hop_limit=1) / UDP() / b"")
    packet = Ethernet() / IPv4(ttl=64) / IPv6(hop_limit=3) / ICMPv6(type=1) / quote
    made = Ethernet() / IPv4(ttl=9) / IPv6(hop_limit=9) / ICMPv6(type=1) / quote
    assert rewritten(bytes(packet), Changes(ttl=9)) == bytes(made)
    quote = bytes(IPv4(ttl=1) / UDP() / b"")
    old, new = (bytes(Ethernet() / IPv4(ttl=ttl) / ICMP(type=11) / quote) for ttl in (64, 9))
    assert rewritten(old, Changes(ttl=9)) == new


ADDRESSED = {
    "redirect": (
        IPv4() / ICMP(type=5, rest=bytes([10, 1, 2, 3])) / bytes(IPv4(src="10.0.0.1") / UDP() / b""),
        bytes([203, 0, 113, 9]),
    ),
    "router": (IPv4() / ICMP(type=9, rest=b"\x01\x02\0\0") / bytes([10, 1, 2, 3, 0, 0, 0, 1]), bytes([203, 0, 113, 9])),
    "neighbour": (
        IPv6() / ICMPv6(type=135) / (bytes.fromhex("20010db8" + "00" * 12) + bytes([1, 1, 2, 0, 0, 0, 0, 1])),
        bytes.fromhex("3fff0001" + "00" * 12) + bytes([1, 1, 6, 0, 0, 0, 0, 9]),
    ),
    "prefix": (
        IPv6() / ICMPv6(type=134) / (bytes(8) + b"\3\4" + bytes(14) + bytes.fromhex("20010db8" + "00" * 12)),
        bytes.fromhex("3fff0001" + "00" * 12),
    ),
    "servers": (
        IPv6() / ICMPv6(type=134) / (bytes(8) + b"\x19\3" + bytes(6) + bytes.fromhex("20010db8" + "00" * 12)),
        bytes.fromhex("3fff0001" + "00" * 12),
    ),
    "listener": (
        IPv6() / ICMPv6(type=143, rest=b"\0\0\0\1") / (b"\1\0\0\1" + bytes.fromhex(("20010db8" + "00" * 12) * 2)),
        bytes.fromhex(("3fff0001" + "00" * 12) * 2),
    ),
    "query": (
        IPv6() / ICMPv6(type=130) / (bytes(18) + b"\0\1" + bytes.fromhex("20010db8" + "00" * 12)),
        bytes.fromhex("3fff0001" + "00" * 12),
    ),
}


@pytest.mark.parametrize("name", ADDRESSED)
def test_addresses_that_messages_hold(name: str) -> None:
    packet, found = ADDRESSED[name]
    new = rewritten(bytes(Ethernet() / packet), THERE)
    assert found in new
    layer = dissect(Frame(new, 0, 1, len(new))).packet
    again = Packet(tuple(_unchecked(each) for each in layer))
    assert bytes(again) == new  # checksums that are made anew are the same


def _unchecked(layer: Layer) -> Layer:
    return replaced(layer, checksum=None) if hasattr(layer, "checksum") else layer


IGMP = {
    "2": b"\x16\0\0\0" + bytes([10, 1, 2, 3]),
    "query": b"\x11\0\0\0" + bytes([10, 1, 2, 3, 0, 0, 0, 1, 10, 1, 2, 3]),
    "report": b"\x22\0\0\0\0\0\0\1" + bytes([1, 0, 0, 1, 10, 1, 2, 3, 10, 1, 2, 3]),
}


@pytest.mark.parametrize("name", IGMP)
def test_groups_of_igmp(name: str) -> None:
    message = IGMP[name]
    message = message[:2] + checksum(message).to_bytes(2, "big") + message[4:]
    new = rewritten(bytes(Ethernet() / IPv4(protocol=2) / message), THERE)[34:]
    assert new[4:] == message[4:].replace(bytes([10, 1, 2, 3]), bytes([203, 0, 113, 9]))
    assert checksum(new) == 0


def test_routes_in_options() -> None:
    route = b"\x01\x83\x07\x04" + bytes([10, 1, 2, 3]) + b"\x07\x07\x08" + bytes([10, 0, 0, 7]) + b"\1\1"
    stamps = b"\x44\x0c\x0d\x01" + bytes([10, 1, 2, 3, 0, 0, 0, 5])
    octets = bytearray(
        bytes(Ethernet() / IPv4(dst="10.0.0.5", options=route + stamps) / UDP(sport=9, checksum=0) / b"x")
    )
    segment = bytes(IPv4(dst="10.1.2.3") / UDP(sport=9) / b"x")[20:]  # covers where the route ends
    octets[-len(segment) :] = segment
    new = rewritten(bytes(octets), THERE)
    assert new[-len(segment) :] == bytes(IPv4(dst="203.0.113.9") / UDP(sport=9) / b"x")[20:]
    assert new.count(bytes([203, 0, 113, 9])) == 2
    assert bytes([198, 0, 0, 7]) in new
    assert checksum(new[14 : 14 + 20 + len(route + stamps)]) == 0


@given(
    st.sampled_from(sorted(ADDRESSED)),
    st.lists(st.tuples(st.integers(14, 150), st.integers(0, 255)), max_size=4),
    st.data(),
)
def test_spoilt_messages(name: str, changed: list[tuple[int, int]], data: st.DataObject) -> None:
    octets = bytearray(bytes(Ethernet() / ADDRESSED[name][0]))
    for at, value in changed:
        octets[at % len(octets)] = value
    kept = data.draw(st.integers(0, len(octets)))
    for changes in (THERE, ANONYMOUS):
        assert len(rewritten(bytes(octets[:kept]), changes, length=len(octets))) == kept


TAGS = {
    "number": (["10=20"], [VLAN(vid=10, priority=5)], [VLAN(vid=20, priority=5)]),
    "other": (["10=20"], [VLAN(vid=11)], [VLAN(vid=11)]),
    "off": (["10=none"], [VLAN(vid=10)], []),
    "outer": (["10=none", "11=12"], [VLAN(vid=10), VLAN(vid=11)], [VLAN(vid=12)]),
    "inner": (["11=none"], [VLAN(vid=10), VLAN(vid=11)], [VLAN(vid=10)]),
    "all": (["any=none"], [VLAN(vid=10), VLAN(vid=11)], []),
    "one": (["any=none", "10=10"], [VLAN(vid=10), VLAN(vid=11)], [VLAN(vid=10)]),
    "on": (["none=20"], [], [VLAN(vid=20)]),
    "not twice": (["none=20"], [VLAN(vid=10)], [VLAN(vid=10)]),
    "further": (["push=20"], [], [VLAN(vid=20)]),
    "any": (["any=7"], [VLAN(vid=10)], [VLAN(vid=7)]),
}


@pytest.mark.parametrize("name", TAGS)
def test_tags(name: str) -> None:
    asked, before, after = TAGS[name]
    packet = IPv4(src="10.0.0.1") / UDP(dport=9) / b"x"
    old = bytes(Packet((Ethernet(), *before, *packet)))
    made = Rewriter(Changes(tags=tags(asked))).frame(Frame(old, 0, 1, len(old) + 5))
    assert made.data == bytes(Packet((Ethernet(), *after, *packet)))
    assert made.length == len(made.data) + 5


def test_a_further_tag_is_the_services() -> None:
    old = bytes(Ethernet() / VLAN(vid=3) / IPv4() / b"")
    assert rewritten(old, Changes(tags=tags(["push=20"])))[12:20].hex() == "88a8001481000003"


def test_tags_of_other_links_and_of_cut_frames_stay() -> None:
    changes = Changes(tags=tags(["none=20", "any=none"]))
    assert rewritten(bytes(IPv4() / b""), changes, 101) == bytes(IPv4() / b"")
    assert rewritten(bytes(13), changes) == bytes(13)
    assert rewritten(bytes(12) + b"\x81\0\0", changes) == bytes(12) + b"\x81\0\0"


def test_a_frames_check_sequence_is_as_right_as_it_was() -> None:
    body = bytes(Ethernet(src="02:00:00:00:00:01") / IPv4(src="10.0.0.1") / UDP() / b"x")
    change = Rewriter(THERE)
    whole = body + zlib.crc32(body).to_bytes(4, "little")
    new = change.frame(Frame(whole, 0, 1, len(whole)), fcs=4).data
    assert new[-4:] == zlib.crc32(new[:-4]).to_bytes(4, "little") != whole[-4:]
    wrong = body + b"1234"
    assert change.frame(Frame(wrong, 0, 1, len(wrong)), fcs=4).data[-4:] == b"1234"
    assert change.frame(Frame(whole, 0, 1, len(whole))).data[-4:] == whole[-4:]  # nobody said that it has one
    tagged = Rewriter(Changes(tags=tags(["none=2"]))).frame(Frame(whole, 0, 1, len(whole)), fcs=4).data
    assert tagged[-4:] == zlib.crc32(tagged[:-4]).to_bytes(4, "little")


def test_a_check_sequence_behind_radiotap() -> None:
    radio = bytes(Radiotap(fields=b"\2\0\0\0\x10"))
    frame = b"\x08\0\0\0" + bytes([2, 0, 0, 0, 0, 1] * 3) + bytes(2) + b"data"
    whole = radio + frame + zlib.crc32(frame).to_bytes(4, "little")
    new = rewritten(whole, THERE, 127)
    assert new[len(radio) + 4 : len(radio) + 10].hex() == "060000000009"
    assert new[-4:] == zlib.crc32(new[len(radio) : -4]).to_bytes(4, "little")


def test_what_else_becomes_of_a_frame() -> None:
    data = bytes(Ethernet() / IPv4() / UDP() / bytes(50))
    frame = Frame(data, 5_000_000_000, 1, len(data), 3, 2, "told")
    made = Rewriter(Changes(snap=20, times=Times(shift=7))).frame(frame)
    assert made == Frame(data[:20], 5_000_000_007, 1, len(data), 3, 2, "told")
    assert Rewriter(Changes(headers=True)).frame(frame) == Frame(data[:42], 5_000_000_000, 1, len(data), 3, 2, "told")
    assert Rewriter(Changes()).frame(frame) == frame
    assert not Rewriter(ANONYMOUS).frame(frame).comment


def test_a_longer_check_than_is_told_isnt_guessed() -> None:
    """Of a fragment of SCTP nobody knows how much its check covers."""
    octets = bytes(Ethernet() / IPv4(more_fragments=True) / SCTP(sport=80, checksum=7) / b"abcd")
    assert rewritten(octets, THERE)[42:46] == octets[42:46]
    assert not Changes().of_octets
    assert Changes(addresses=prefixes(["10.0.0.1=10.0.0.2"])).of_octets
    assert Changes(hardware=hardware(["02:00:00:00:00:01=02:00:00:00:00:02"])).of_octets
    assert Changes(ports=ports(["1=2"]), addresses=Prefixes()).of_octets
