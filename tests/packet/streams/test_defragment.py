"""Fragments to whole packets, against the rules of both versions of IP."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.dissect import dissect
from netloom.packet.formats.destination import Destination
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.fragment import Fragment
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.frame import Frame
from netloom.packet.layer import Packet
from netloom.packet.streams.defragment import PACKETS, Defragmenter

SECOND = 1_000_000_000


def frame(packet: Packet, time: int = 0, *, cut: int | None = None) -> Frame:
    data = bytes(packet)
    return Frame(data[:cut], time, 1, len(data))


def put(defragmenter: Defragmenter, packet: Packet, time: int = 0, *, cut: int | None = None) -> bytes | None:
    """What becomes of a packet: the payload of the whole one."""
    framed = frame(packet, time, cut=cut)
    made = defragmenter.add(framed, dissect(framed))
    if made is None:
        return None
    row = made[1].row
    return made[0].data[row.payload_at : row.payload_at + row.payload]


def pieces(version: int, packet: bytes, cuts: list[int], identification: int = 7) -> list[Packet]:
    """A packet's octets behind its header as fragments, cut at multiples of 8."""
    edges = sorted({0, len(packet), *(cut * 8 for cut in cuts if 0 < cut * 8 < len(packet))})
    return [
        fragment(version, packet[low:high], low, more=high < len(packet), identification=identification)
        for low, high in pairwise(edges)
    ]


def fragment(version: int, data: bytes, at: int, *, more: bool, identification: int = 7) -> Packet:
    if version == 4:
        return Ethernet() / IPv4(protocol=6, identification=identification, fragment=at, more_fragments=more) / data
    inner = Fragment(next_header=6, identification=identification, fragment=at, more_fragments=more)
    return Ethernet() / IPv6() / Destination() / inner / data


def segment(data: bytes) -> bytes:
    """TCP's octets alone."""
    return bytes(TCP(sport=1, dport=2, checksum=0) / data)


@pytest.mark.parametrize("version", [4, 6])
@given(data=st.binary(min_size=1, max_size=400), cuts=st.lists(st.integers(1, 50), max_size=8), seed=st.integers(0, 99))
def test_any_cutting_and_order(version: int, data: bytes, cuts: list[int], seed: int) -> None:
    packets = pieces(version, segment(data), cuts)
    rng = random.Random(seed)
    rng.shuffle(packets)
    packets += [rng.choice(packets)] if len(packets) > 1 else []
    packets.insert(0, packets[0])  # one comes twice
    packets = packets if len(packets) > 2 else packets[1:]
    defragmenter = Defragmenter()
    made = [put(defragmenter, packet) for packet in packets]
    assert data in made
    assert all(one in (None, data) for one in made)


def test_the_whole_packet_says_so() -> None:
    defragmenter = Defragmenter()
    first, second = pieces(4, segment(b"x" * 20), [2])
    assert defragmenter.add(frame(first), dissect(frame(first))) is None
    made = defragmenter.add(frame(second, 5), dissect(frame(second, 5)))
    assert made is not None
    whole, dissected = made
    assert (whole.link_type, whole.timestamp_ns, whole.length) == (228, 5, 60)
    header = dissected.packet[IPv4]
    assert (header.length, header.fragment, header.more_fragments) == (60, 0, False)
    assert bytes(IPv4(protocol=6, identification=7) / whole.data[20:]) == whole.data  # its checksum, too
    assert dissected.row.fragment == -1
    assert dissected.row.anomaly == 0
    assert defragmenter.counts.whole == 1


def test_of_version_6_the_fragment_header_goes() -> None:
    defragmenter = Defragmenter()
    made = None
    for packet in pieces(6, segment(b"x" * 20), [2]):
        made = defragmenter.add(frame(packet), dissect(frame(packet)))
    assert made is not None
    whole, dissected = made
    assert [type(layer) for layer in dissected.packet][:3] == [IPv6, Destination, TCP]
    assert dissected.packet[IPv6].length == len(whole.data) - 40
    assert dissected.row.src_port == 1


def test_what_is_whole_passes() -> None:
    defragmenter = Defragmenter()
    assert put(defragmenter, Ethernet() / IPv4() / TCP() / b"data") == b"data"
    assert put(defragmenter, fragment(6, segment(b"data"), 0, more=False)) == b"data"  # RFC 6946
    assert defragmenter.counts.fragments == 1


def test_a_fragment_that_is_whole_is_nobody_elses() -> None:
    """RFC 6946: neither spoils the other."""
    first, second = pieces(6, segment(b"x" * 20), [2])
    defragmenter = Defragmenter()
    made = [put(defragmenter, one) for one in (first, fragment(6, segment(b"alone"), 0, more=False), second)]
    assert made == [None, b"alone", b"x" * 20]


def test_overlaps_of_version_4() -> None:
    text = segment(b"abcdefghijklmnop")
    defragmenter = Defragmenter()
    assert put(defragmenter, fragment(4, text[:24], 0, more=True)) is None
    assert put(defragmenter, fragment(4, b"X" * 16, 16, more=True)) is None
    assert put(defragmenter, fragment(4, text[24:], 24, more=False)) == b"abcdXXXXXXXXmnop"


def test_overlaps_of_version_6_spoil_the_packet() -> None:
    text = segment(b"abcdefghijklmnop")
    defragmenter = Defragmenter()
    assert put(defragmenter, fragment(6, text[:24], 0, more=True)) is None
    assert put(defragmenter, fragment(6, text[16:32], 16, more=True)) is None
    assert put(defragmenter, fragment(6, text[24:], 24, more=False)) is None
    assert put(defragmenter, fragment(6, text[:24], 0, more=True)) is None
    assert (defragmenter.counts.overlapping, defragmenter.counts.whole) == (1, 0)
    defragmenter.finish()
    assert defragmenter.counts.incomplete == 0


@pytest.mark.parametrize("version", [4, 6])
def test_others_are_told_apart(version: int) -> None:
    one, two = (pieces(version, segment(text), [2], number) for number, text in ((1, b"one" * 9), (2, b"two" * 9)))
    defragmenter = Defragmenter()
    made = [put(defragmenter, packet) for packet in (one[0], two[0], two[1], one[1])]
    assert made == [None, None, b"two" * 9, b"one" * 9]


def test_time_runs_out() -> None:
    for version, seconds in ((4, 30), (6, 60)):
        first, second = pieces(version, segment(b"x" * 20), [2])
        defragmenter = Defragmenter()
        put(defragmenter, first, 0)
        assert put(defragmenter, second, seconds * SECOND) == b"x" * 20
        put(defragmenter, first, 0)
        assert put(defragmenter, second, seconds * SECOND + 1) is None
        assert defragmenter.counts.incomplete == 1


def test_bounds() -> None:
    defragmenter = Defragmenter()
    for number in range(PACKETS + 1):
        put(defragmenter, pieces(4, segment(b"x" * 20), [2], number)[0])
    assert put(defragmenter, pieces(4, segment(b"x" * 20), [2], 0)[1]) is None
    assert put(defragmenter, pieces(4, segment(b"x" * 20), [2], PACKETS)[1]) == b"x" * 20
    defragmenter = Defragmenter(octets=2000)
    for number in range(20):
        put(defragmenter, pieces(4, segment(b"x" * 200), [20], number)[0])
        assert defragmenter._cost <= 2000
    defragmenter.finish()
    assert defragmenter._cost == 0
    assert defragmenter.counts.incomplete == 20


def test_what_is_broken() -> None:
    defragmenter = Defragmenter()
    assert put(defragmenter, fragment(4, b"x" * 7, 0, more=True)) is None
    assert put(defragmenter, fragment(4, b"x" * 64, 65_528, more=False)) is None
    assert put(defragmenter, fragment(4, b"x" * 64, 0, more=True), cut=34 + 24) is None
    assert defragmenter.counts.broken == 3


def test_a_tunnel_of_fragments() -> None:
    """Fragments of fragments: the outer packet is put together first."""
    defragmenter = Defragmenter()
    made = []
    for number, inner in enumerate(pieces(4, segment(b"tunnel" * 20), [8])):
        outer = bytes(Packet(inner.layers[1:]))
        for at in (0, 40):
            more = at == 0
            part = Ethernet() / IPv4(protocol=4, identification=number, fragment=at, more_fragments=more)
            made.append(put(defragmenter, part / (outer[:40] if more else outer[40:])))
    assert made == [None, None, None, b"tunnel" * 20]


@given(st.lists(st.binary(min_size=14, max_size=80), max_size=6))
def test_never_raises(datas: list[bytes]) -> None:
    defragmenter = Defragmenter()
    for data in datas:
        for kind in (b"\x08\x00\x45", b"\x86\xdd\x60"):
            octets = data[:12] + kind + data[14:]
            framed = Frame(octets, 0, 1, len(octets))
            defragmenter.add(framed, dissect(framed))
