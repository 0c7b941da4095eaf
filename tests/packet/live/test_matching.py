"""Which packet answers which, for each kind of question; and which only looks as if it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.icmp import ICMP, echo
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.live.matching import LIMIT, Matcher

if TYPE_CHECKING:
    from netloom.packet.layer import Layer, Packet

US, THEM, ROUTER = "192.0.2.1", "198.51.100.7", "203.0.113.1"
US_6, THEM_6 = "2001:db8::1", "2001:db8::2"
UP, DOWN = IPv4(src=US, dst=THEM), IPv4(src=THEM, dst=US)
UP_6, DOWN_6 = IPv6(src=US_6, dst=THEM_6), IPv6(src=THEM_6, dst=US_6)
MAC_US, MAC_THEM = "02:00:00:00:00:01", "02:00:00:00:00:02"


def raw(packet: Packet | Layer, link_type: int = 101) -> Frame:
    data = bytes(packet)
    return Frame(data, None, link_type, len(data))


def wired(packet: Packet | Layer) -> Frame:
    return raw(packet, 1)


def answers(question: Frame, *came: Frame) -> list[bool]:
    """Whether each is taken for an answer."""
    found = []
    for frame in came:
        matcher = Matcher()
        matcher.sent(question)
        found.append(matcher.received(frame) is not None)
    return found


SYN = UP / TCP(sport=5000, dport=80, seq=1000, flags="S")


@pytest.mark.parametrize(
    ("came", "is_one"),
    [
        (DOWN / TCP(sport=80, dport=5000, seq=7, ack=1001, flags="SA"), True),
        (DOWN / TCP(sport=80, dport=5000, seq=0, ack=1001, flags="RA"), True),
        (DOWN / TCP(sport=80, dport=5000, seq=7, flags="S"), True),  # both open at once
        (DOWN / TCP(sport=80, dport=5000, seq=7, ack=1000, flags="SA"), False),
        (DOWN / TCP(sport=80, dport=5000, seq=7, ack=1002, flags="SA"), False),
        (DOWN / TCP(sport=80, dport=5001, seq=7, ack=1001, flags="SA"), False),
        (DOWN / TCP(sport=81, dport=5000, seq=7, ack=1001, flags="SA"), False),
        (DOWN / TCP(sport=80, dport=5000, seq=7, flags="R"), False),  # to a SYN a reset acknowledges
        (IPv4(src=ROUTER, dst=US) / TCP(sport=80, dport=5000, ack=1001, flags="SA"), False),
        (IPv4(src=THEM, dst=ROUTER) / TCP(sport=80, dport=5000, ack=1001, flags="SA"), False),
        (UP / TCP(sport=5000, dport=80, seq=1000, flags="S"), False),
    ],
)
def test_a_syn(came: Packet, is_one: bool) -> None:
    assert answers(raw(SYN), raw(came)) == [is_one]


def test_data() -> None:
    sent = UP / TCP(sport=5000, dport=80, seq=0xFFFFFFFE, ack=50, flags="PA") / b"four"
    whole = DOWN / TCP(sport=80, dport=5000, seq=50, ack=2, flags="A")
    some = DOWN / TCP(sport=80, dport=5000, seq=50, ack=0xFFFFFFFF, flags="A")
    none = DOWN / TCP(sport=80, dport=5000, seq=50, ack=0xFFFFFFFE, flags="A")
    more = DOWN / TCP(sport=80, dport=5000, seq=50, ack=3, flags="A")
    reset = DOWN / TCP(sport=80, dport=5000, seq=50, flags="R")
    other = DOWN / TCP(sport=80, dport=5000, seq=51, flags="R")
    assert answers(raw(sent), *map(raw, (whole, some, none, more, reset, other))) == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_an_acknowledgment_alone_is_answered_by_what_goes_on_from_it() -> None:
    sent = UP / TCP(sport=5000, dport=80, seq=1001, ack=50, flags="A")
    data = DOWN / TCP(sport=80, dport=5000, seq=50, ack=1001, flags="PA") / b"hello"
    older = DOWN / TCP(sport=80, dport=5000, seq=50, ack=1000, flags="PA") / b"hello"
    assert answers(raw(sent), raw(data), raw(older)) == [True, False]


def test_udp_by_ports() -> None:
    sent = UP_6 / UDP(sport=5000, dport=9999) / b"?"
    assert answers(
        raw(sent),
        raw(DOWN_6 / UDP(sport=9999, dport=5000) / b"!"),
        raw(DOWN_6 / UDP(sport=9998, dport=5000) / b"!"),
        raw(DOWN / UDP(sport=9999, dport=5000) / b"!"),
    ) == [True, False, False]


def test_dns_by_its_identifier() -> None:
    matcher = Matcher()
    first = matcher.sent(raw(UP / UDP(sport=5000, dport=53) / b"\x00\x01first"))
    second = matcher.sent(raw(UP / UDP(sport=5000, dport=53) / b"\x00\x02second"))
    assert (first, second) == (0, 1)
    found = matcher.received(raw(DOWN / UDP(sport=53, dport=5000) / b"\x00\x02answer"))
    assert found is not None
    assert (found.number, found.is_error, found.is_first) == (1, False, True)
    assert matcher.received(raw(DOWN / UDP(sport=53, dport=5000) / b"\x00\x03answer")) is None


@pytest.mark.parametrize(
    ("asks", "replies", "up", "down", "kind"), [(8, 0, UP, DOWN, ICMP), (128, 129, UP_6, DOWN_6, ICMPv6)]
)
def test_echoes(asks: int, replies: int, up: Layer, down: Layer, kind: type[ICMP | ICMPv6]) -> None:
    sent = up / kind(type=asks, rest=echo(7, 1)) / b"abc"
    assert answers(
        raw(sent),
        raw(down / kind(type=replies, rest=echo(7, 1)) / b"abc"),
        raw(down / kind(type=replies, rest=echo(7, 2)) / b"abc"),
        raw(down / kind(type=replies, rest=echo(8, 1)) / b"abc"),
        raw(down / kind(type=asks, rest=echo(7, 1)) / b"abc"),
        raw(sent),
    ) == [True, False, False, False, False]


@pytest.mark.parametrize(("asks", "replies"), [(13, 14), (15, 16), (17, 18)])
def test_other_requests_of_icmp(asks: int, replies: int) -> None:
    sent = raw(UP / ICMP(type=asks, rest=echo(7, 1)) / bytes(12))
    assert answers(sent, *(raw(DOWN / ICMP(type=kind, rest=echo(7, 1)) / bytes(12)) for kind in (replies, 0))) == [
        True, False,
    ]  # fmt: skip


def test_whoever_answers_what_was_for_all() -> None:
    matcher = Matcher()
    matcher.sent(raw(IPv4(src=US, dst="224.0.0.1") / ICMP(rest=echo(7, 1))))
    for number, host in enumerate((THEM, ROUTER)):
        found = matcher.received(raw(IPv4(src=host, dst=US) / ICMP(type=0, rest=echo(7, 1))))
        assert found is not None
        assert found.is_first == (number == 0)
    assert matcher.received(raw(IPv4(src=THEM, dst=US) / ICMP(type=0, rest=echo(7, 2)))) is None


def test_arp() -> None:
    sent = Ethernet(src=MAC_US) / ARP(sha=MAC_US, spa=US, tpa=THEM)
    answer = Ethernet(src=MAC_THEM, dst=MAC_US) / ARP(operation=2, sha=MAC_THEM, spa=THEM, tha=MAC_US, tpa=US)
    other = Ethernet(src=MAC_THEM, dst=MAC_US) / ARP(operation=2, sha=MAC_THEM, spa=ROUTER, tha=MAC_US, tpa=US)
    assert answers(wired(sent), wired(answer), wired(other), wired(sent)) == [True, False, False]


def test_neighbours() -> None:
    target = IPv6(dst=THEM_6).ends()[1].packed
    sent = IPv6(src=US_6, dst="ff02::1:ff00:2") / ICMPv6(type=135) / target
    assert answers(
        raw(sent),
        raw(DOWN_6 / ICMPv6(type=136, rest=b"\x60\0\0\0") / (target + b"\x02\x01" + bytes(6))),
        raw(DOWN_6 / ICMPv6(type=136, rest=b"\x60\0\0\0") / IPv6(dst=US_6).ends()[1].packed),
    ) == [True, False]


def test_what_has_no_ip_by_its_addresses() -> None:
    sent = Ethernet(src=MAC_US, dst=MAC_THEM, type=0x88B5) / b"?"
    to_all = Ethernet(src=MAC_US, type=0x88B5) / b"?"
    back = Ethernet(src=MAC_THEM, dst=MAC_US, type=0x88B5) / b"!"
    other = Ethernet(src=MAC_THEM, dst=MAC_US, type=0x88B6) / b"!"
    assert answers(wired(sent), wired(back), wired(other)) == [True, False]
    assert answers(wired(to_all), wired(back), wired(other)) == [True, False]


# Errors


@pytest.mark.parametrize("octets", [8, 20, 60])
@pytest.mark.parametrize(
    "sent",
    [
        UP / UDP(sport=5000, dport=9999) / bytes(40),
        UP / UDP(sport=5000, dport=53) / bytes(40),
        UP / TCP(sport=5000, dport=80, seq=1234567, flags="S"),
        UP / ICMP(rest=echo(7, 1)) / bytes(56),
    ],
)
def test_an_error_quotes_as_little_as_eight_octets(sent: Packet, octets: int) -> None:
    quoted = bytes(sent)[: 20 + octets]
    matcher = Matcher()
    matcher.sent(raw(UP / UDP(sport=5000, dport=9998) / bytes(40)))
    matcher.sent(raw(sent))
    found = matcher.received(raw(IPv4(src=ROUTER, dst=US) / ICMP(type=11, rest=bytes(4)) / quoted))
    assert found is not None
    assert (found.number, found.is_error, found.is_first) == (1, True, True)


def test_an_error_is_about_the_segment_whose_number_it_quotes() -> None:
    matcher = Matcher()
    for seq in (1, 2, 3):
        matcher.sent(raw(UP / TCP(sport=5000, dport=80, seq=seq, flags="S")))
    quoted = bytes(UP / TCP(sport=5000, dport=80, seq=3, flags="S"))[:28]
    found = matcher.received(raw(IPv4(src=ROUTER, dst=US) / ICMP(type=3, code=1) / quoted))
    assert found is not None
    assert found.number == 2
    stranger = bytes(UP / TCP(sport=5000, dport=80, seq=9, flags="S"))[:28]
    assert matcher.received(raw(IPv4(src=ROUTER, dst=US) / ICMP(type=3, code=1) / stranger)) is None


@pytest.mark.parametrize("segment", [TCP(sport=5000, dport=80, seq=1234567, flags="S"), UDP(sport=5000, dport=9999)])
def test_an_error_that_was_cut_has_ports_at_least(segment: TCP | UDP) -> None:
    quoted = bytes(UP / segment)[:24]
    assert answers(raw(UP / segment), raw(IPv4(src=ROUTER, dst=US) / ICMP(type=11) / quoted)) == [True]


def test_an_error_is_about_the_query_that_it_quotes() -> None:
    matcher = Matcher()
    queries = [UP / UDP(sport=5000, dport=53) / bytes([0, number, 1, 2]) for number in (1, 2, 3)]
    for query in queries:
        matcher.sent(raw(query))
    found = matcher.received(raw(DOWN / ICMP(type=3, code=3) / bytes(queries[1])))
    assert found is not None
    assert found.number == 1


def test_an_error_over_ipv6() -> None:
    sent = UP_6 / UDP(sport=5000, dport=9999) / b"?"
    error = DOWN_6 / ICMPv6(type=1, code=4) / bytes(sent)
    assert answers(raw(sent), raw(error)) == [True]


def test_an_error_about_what_was_for_all() -> None:
    sent = IPv6(src=US_6, dst="ff02::1") / UDP(sport=5000, dport=9999) / b"?"
    assert answers(raw(sent), raw(DOWN_6 / ICMPv6(type=4, code=1) / bytes(sent))) == [True]


def test_an_error_without_a_quotation() -> None:
    empty, cut = (IPv4(src=ROUTER, dst=US) / ICMP(type=3) / quoted for quoted in (b"", b"\x45"))
    assert answers(raw(SYN), raw(empty), raw(cut)) == [False, False]


# Several


def test_each_of_several_is_answered_once_then_again() -> None:
    matcher = Matcher()
    for _ in range(2):
        matcher.sent(raw(UP / UDP(sport=5000, dport=9999) / b"?"))
    back = raw(DOWN / UDP(sport=9999, dport=5000) / b"!")
    found = [matcher.received(back) for _ in range(3)]
    assert [one and (one.number, one.is_first) for one in found] == [(0, True), (1, True), (1, False)]


def test_each_is_seen_going_once() -> None:
    matcher = Matcher()
    same = wired(Ethernet(src=MAC_US, dst=MAC_THEM) / UP / UDP(sport=5000, dport=9999) / b"?")
    for _ in range(2):
        matcher.sent(raw(UP / UDP(sport=5000, dport=9999) / b"?"))
    assert [matcher.went(same) for _ in range(3)] == [0, 1, None]
    assert matcher.went(raw(DOWN / UDP(sport=9999, dport=5000) / b"!")) is None


def test_the_oldest_give_way() -> None:
    matcher = Matcher(limit=2)
    for port in (1, 2, 3):
        matcher.sent(raw(UP / UDP(sport=port, dport=9999) / b"?"))
    found = [matcher.received(raw(DOWN / UDP(sport=9999, dport=port) / b"!")) for port in (1, 2, 3)]
    assert [one and one.number for one in found] == [None, 1, 2]
    assert LIMIT >= 10_000


def test_what_asks_nothing_gets_no_answer() -> None:
    reply = UP / ICMP(type=0, rest=echo(7, 1))
    assert answers(raw(reply), raw(DOWN / ICMP(type=0, rest=echo(7, 1)))) == [False]


_SOME = [bytes(SYN), bytes(UP / ICMP(type=3) / bytes(SYN)), bytes(UP_6 / ICMPv6(type=1) / bytes(SYN))]


@given(st.binary(max_size=90), st.sampled_from(_SOME), st.integers(0, 60), st.sampled_from([1, 101, 276]))
def test_any_octets_are_borne(noise: bytes, start: bytes, cut: int, link_type: int) -> None:
    matcher = Matcher()
    for data in (noise, start[:cut] + noise, bytes(14) + noise):
        matcher.sent(Frame(data, None, link_type, len(data)))
        matcher.went(Frame(data, None, link_type, len(data)))
        matcher.received(Frame(data, None, link_type, len(data) + 9))


def test_what_is_no_packet_at_all_is_answered_by_nothing() -> None:
    matcher = Matcher()
    for data in (b"", b"\x45", b"\xff" * 80):
        matcher.sent(Frame(data, None, 101, len(data)))
        assert matcher.received(Frame(data, None, 101, len(data))) is None
