"""Filters on dissected packets: rows and columns say the same, and where nothing is hidden, so does the kernel."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.filters import compiled, matcher, parse, run
from netloom.packet.frame import INBOUND, OUTBOUND
from netloom.packet.row import CUT, DEEP, LYING, Row
from tests.packet.filters import mixed
from tests.packet.filters.expressions import LINKED, PLAIN, TAGGED, WORDS, joined, table
from tests.packet.filters.mixed import FOUR, SIX, TCP, UDP, arp, ether, four, label, session, six, tag, tcp, udp
from tests.packet.filters.seen import Seen, seen

OWN = """
fragment; tunnel; anomaly; anomaly cut; anomaly lying; anomaly deep; flags S; flags SA; flags S/SA; flags F/F; ttl < 64
ttl + 300 > 363; ttl * ttl = 4096; not tunnel and tcp; inbound; outbound; vlan 7 and tcp; mpls 16; pppoes 5
vlan or mpls
"""
FRAMES = {link: mixed.frames(link) for link in (1, 101, 113, 276)}
SEEN = {link: seen([*frames, *mixed.cut(frames)], link) for link, frames in FRAMES.items()}
SOME = Seen(SEEN[1].rows[::5], SEEN[1].views[::5])
PLAINLY = {link: mixed.frames(link, tagged=False) for link in FRAMES}
LONG = [frame + bytes(160) for frame in PLAINLY[1]]
"""So long that no load fails."""
SEEN_LONG = seen(LONG, 1)
SEEN_PLAINLY = {link: seen(frames, link) for link, frames in PLAINLY.items()}


def kept(text: str, frame: bytes, link_type: int = 1) -> bool:
    found = seen([frame], link_type)
    keep = matcher(parse(text))
    assert found.kept(keep) == found.kept_at_once(keep)
    return found.kept(keep)[0]


class TestRowsAndColumns:
    @pytest.mark.parametrize("text", [text for text in table(WORDS, TAGGED, OWN, "") if text != "vlan 0"])
    def test_the_table(self, text: str) -> None:
        keep = matcher(parse(text))
        for found in SEEN.values():
            assert found.kept(keep) == found.kept_at_once(keep)

    @given(joined(st.one_of(LINKED, st.sampled_from(table(OWN)))))
    def test_whatever_is_made_up(self, text: str) -> None:
        keep = matcher(parse(text))
        assert SOME.kept(keep) == SOME.kept_at_once(keep)


def looks_elsewhere(text: str) -> bool:
    """What the kernel finds only in IPv4, at places that have to be there, or behind a tag that it was told of."""
    return any(
        part in text for part in ("tcp[", "udp[", "sctp[", "pim[", "vlan", "mpls", "pppoes", "[100", "ipx", "rarp host")
    )


class TestTheKernelsMeaning:
    """Without tags, tunnels, fragments and extension headers there is nothing that a program couldn't see."""

    @pytest.mark.parametrize("text", [text for text in table(WORDS) if not looks_elsewhere(text)])
    def test_the_table(self, text: str) -> None:
        for link_type, frames in PLAINLY.items():
            self.compare(text, link_type, frames, SEEN_PLAINLY[link_type])

    @given(joined(PLAIN).filter(lambda text: not looks_elsewhere(text)))
    def test_whatever_is_made_up(self, text: str) -> None:
        self.compare(text, 1, LONG, SEEN_LONG)

    @pytest.mark.parametrize("text", [text for text in table(WORDS) if "tcp[" in text and "100" not in text])
    def test_headers_of_ipv4(self, text: str) -> None:
        self.compare(f"ip and ({text})", 1, PLAINLY[1], SEEN_PLAINLY[1])

    def compare(self, text: str, link_type: int, frames: list[bytes], found: Seen) -> None:
        wanted = parse(text)
        program, kept = compiled(wanted, link_type), found.kept(matcher(wanted))
        for frame, one in zip(frames, kept, strict=True):
            if len(frame) > 50:  # loads have to succeed
                assert one == (run(program, frame) > 0), frame.hex()


INNER = four(tcp(80, 1024, 0x12), TCP, FOUR[0], FOUR[2])
HIDDEN = {
    "tagged": ether(tag(tag(INNER, 7, 0x0800), 5, 0x8100), 0x88A8),
    "labelled": ether(label(label(INNER, 16), 1000, last=False), 0x8847),
    "session": ether(session(INNER, 5, 0x21), 0x8864),
    "in IPv4": ether(four(INNER, 4, FOUR[1], FOUR[1]), 0x0800),
    "in IPv6": ether(six(INNER, 4), 0x86DD),
    "in VXLAN": ether(four(udp(4000, 4789, bytes.fromhex("0800000000006300") + ether(INNER, 0x0800)), UDP), 0x0800),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_nothing_hides_the_innermost(name: str) -> None:
    for text in ("tcp port 80", "ip", "src host 192.0.2.1 and dst 10.1.2.3", "tcp[13] = 18", "flags SA", "ip[9] = 6"):
        assert kept(text, HIDDEN[name]), text
    assert not kept("udp or ip6 or arp or host 192.0.2.77 or flags S/SA", HIDDEN[name])
    assert kept("tunnel", HIDDEN[name]) == name.startswith("in ")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("tagged", "vlan", True), ("tagged", "vlan 5", True), ("tagged", "vlan 7", True), ("tagged", "vlan 6", False),
        ("tagged", "tcp and vlan 7 and vlan 5", True), ("labelled", "vlan", False), ("labelled", "mpls", True),
        ("labelled", "mpls 16", True), ("labelled", "mpls 1000", False), ("tagged", "mpls", False),
        ("session", "pppoes", True), ("session", "pppoes 5", True), ("session", "pppoes 6", False),
        ("tagged", "pppoes", False),
    ],
)  # fmt: skip
def test_tags(name: str, text: str, found: bool) -> None:
    assert kept(text, HIDDEN[name]) == found


def test_headers_of_ipv6_are_read_too() -> None:
    behind = ether(six(bytes([TCP, 0, 0, 0, 0, 0, 0, 0]) + tcp(80, 1024, 0x12), 0), 0x86DD)
    assert kept("tcp[13] = 18 and tcp port 80 and flags SA and ip6", behind)
    assert not run(compiled(parse("tcp"), 1), behind)


def test_mapped_addresses_are_ipv6() -> None:
    mapped = ether(six(tcp(1, 2), TCP, SIX[3], SIX[0]), 0x86DD)
    assert kept("host ::ffff:192.0.2.1 and net ::/0", mapped)
    assert not kept("host 192.0.2.1 or net 0.0.0.0/0", mapped)
    plain = ether(INNER, 0x0800)
    assert kept("net 0.0.0.0/0", plain)
    assert not kept("host ::ffff:192.0.2.1 or net ::/0", plain)


def test_arp_has_addresses() -> None:
    frame = ether(arp(FOUR[0], FOUR[2]), 0x0806)
    assert kept("arp and host 10.1.2.3 and arp src host 192.0.2.1 and net 10 and arp[7] = 1", frame)
    assert not kept("ip or ip host 10.1.2.3 or rarp or host :: or net ::/0", frame)


def test_other_frames_have_none() -> None:
    frame = ether(bytes(60), 0x88CC)
    assert not kept("net 0.0.0.0/0 or net ::/0 or host 0.0.0.0 or port 0 or proto 0 or tcp or ttl >= 0", frame)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("224.0.0.0", "ip multicast"), ("223.255.255.255", "not ip multicast"), ("255.255.255.255", "ip broadcast"),
        ("0.0.0.0", "ip broadcast"), ("255.255.255.254", "not ip broadcast and ip multicast"),
    ],
)  # fmt: skip
def test_who_it_is_for(address: str, text: str) -> None:
    frame = ether(four(tcp(1, 2), TCP, FOUR[0], address), 0x0800)
    assert kept(text, frame)
    assert run(compiled(parse(text), 1), frame)


def test_fragments() -> None:
    first, later = (ether(four(tcp(0, 80), TCP, where=where), 0x0800) for where in (0x2000, 5))
    assert kept("fragment and tcp and port 80 and port 0 and tcp[13] = 2", first)
    assert kept("fragment and tcp", later)
    assert not kept("port 0 or portrange 0-65535 or tcp[0] >= 0", later)
    assert not kept("fragment", ether(INNER, 0x0800))


def test_ports_that_couldnt_be_read_arent_zero() -> None:
    assert not kept("port 0 or portrange 0-65535", ether(four(b"\0\0\0", TCP), 0x0800))


def test_anomalies() -> None:
    for bit, word in ((CUT, "cut"), (LYING, "lying"), (DEEP, "deep")):
        row = Row(anomaly=bit)
        assert matcher(parse(f"anomaly {word} and anomaly")).keep(row, None)
        assert not matcher(parse(f"anomaly {word}")).keep(Row(anomaly=7 ^ bit), None)
    assert not matcher(parse("anomaly")).keep(Row(), None)


def test_directions() -> None:
    for way, text, other in ((INBOUND, "inbound", "outbound"), (OUTBOUND, "outbound", "inbound")):
        found = seen([ether(INNER, 0x0800)], 1, way)
        assert found.kept(matcher(parse(f"{text} and not {other}"))) == [True]
    assert not kept("inbound or outbound", ether(INNER, 0x0800))


def test_a_view_is_asked_for_only_where_it_must_be() -> None:
    needing = {"tcp[0] = 1", "mpls", "pppoes 5", "stp", "inbound", "tcp and (udp or not ip[0] = 5)"}
    for text in (
        *needing,
        "tcp",
        "vlan 5",
        "ttl < 5 and len > 3",
        "host 192.0.2.1 or ether host 2:0:0:0:0:1",
        "flags S",
        "",
    ):
        assert matcher(parse(text)).needs_view == (text in needing), text


def test_a_tag_without_a_number_cant_be_told() -> None:
    with pytest.raises(UsageError, match="no tag with the number 0") as caught:
        matcher(parse("tcp and vlan 0"))
    assert caught.value.column == 8


def test_no_numpy_is_needed() -> None:
    code = "import sys; sys.modules['numpy'] = None\nfrom netloom.packet.filters import *; matcher(parse('ip'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
