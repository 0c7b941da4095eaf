"""A filter in the kernel keeps what tcpdump keeps of a file, with a VLAN tag or without, cooked or not."""

from __future__ import annotations

import struct
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from netloom.errors import UsageError
from netloom.packet.captures import create
from netloom.packet.filters.bpf import compiled as compile_filter
from netloom.packet.filters.language import parse
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.live import layout
from netloom.packet.live.interfaces import COOKED, ETHERNET, RAW
from netloom.packet.live.program import LIMIT, kernel_program
from netloom.packet.live.ring import Asked, Ring
from tests.interop.peers import need
from tests.packet.live.lab import HERE_MAC, THERE_MAC, Lab

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.frame import Frame
    from netloom.packet.layer import Packet
    from netloom.packet.live.program import Instruction

SNAP = 65_535
RET = 6


def decoded(program: bytes) -> list[tuple[int, ...]]:
    return list(layout.INSTRUCTION.iter_unpack(program))


def test_without_a_filter_all_is_kept() -> None:
    assert decoded(kernel_program(None, ETHERNET, 96)) == [(RET, 0, 0, 96)]


def test_a_filter_keeps_no_more_than_the_snap_length() -> None:
    made = decoded(kernel_program([(RET, 0, 0, 262_144)], RAW, 96))
    assert made == [(RET, 0, 0, 96)]
    assert decoded(kernel_program([(RET, 0, 0, 40)], RAW, 96)) == [(RET, 0, 0, 40)]


def test_far_jumps_reach_their_goal() -> None:
    """300 loads of the length, each of which takes two instructions on a tagged frame, with a jump over all of them."""
    long = [(0x15, 0, 120, 5), *[(0x80, 0, 0, 0)] * 120, (RET, 0, 0, 1), (RET, 0, 0, 0)]
    long[0] = (0x15, 119, 120, 5)
    wanted = [(0x80, 0, 0, 0), (0x15, 240, 241, 5), *[(0x80, 0, 0, 0)] * 240, (RET, 0, 0, 1), (RET, 0, 0, 0)]
    made = decoded(kernel_program(wanted, ETHERNET, SNAP))
    tagged = made[3 + len(wanted) :]
    # two for the load in front, three for the jump, then two for each load
    assert tagged[2:5] == [(0x15, 0, 1, 5), (0x05, 0, 0, 481), (0x05, 0, 0, 481)]
    assert tagged[4 + 481 + 1 - 1][0] == RET


def test_too_long_for_the_kernel() -> None:
    with pytest.raises(UsageError, match=str(LIMIT)):
        kernel_program([(0x80, 0, 0, 0)] * 3000 + [(RET, 0, 0, 1)], ETHERNET, SNAP)


def test_an_address_of_the_link_isn_t_there_for_any() -> None:
    with pytest.raises(UsageError, match="`any`"):
        kernel_program([(0x20, 0, 0, 12), (RET, 0, 0, 1)], COOKED, SNAP)


# The kernel


def _tag(packet: Packet, *tags: tuple[int, int]) -> bytes:
    data = bytes(packet)
    return data[:12] + b"".join(struct.pack(">HH", *tag) for tag in tags) + data[12:]


_ARP = bytes.fromhex(f"0001080006040001{HERE_MAC.replace(':', '')}c0000201000000000000c6336407")


def traffic(*, twice: bool) -> list[bytes]:
    below = Ethernet(dst=THERE_MAC, src=HERE_MAC)
    v4, v6 = IPv4(src="192.0.2.1", dst="198.51.100.7"), IPv6(src="2001:db8::1", dst="2001:db8::2")
    long = IPv4(src="192.0.2.1", dst="198.51.100.7", options=bytes(8))
    packets = [
        below / v4 / TCP(sport=5000, dport=80, flags="S"),
        below / v4 / TCP(sport=80, dport=5000, flags="SA"),
        below / long / TCP(sport=5000, dport=443, flags="PA") / bytes(400),
        below / v4 / UDP(sport=53, dport=5000) / b"answer",
        below / v6 / UDP(sport=5000, dport=53) / b"question",
        below / v6 / TCP(sport=5000, dport=80, flags="R"),
        below / IPv4(src="203.0.113.9", dst="192.0.2.1", ttl=1) / b"?",
        below / IPv4(src="192.0.2.1", dst="198.51.100.7", protocol=17, fragment=1480) / bytes(40),
        Ethernet(dst=THERE_MAC, src=HERE_MAC, type=0x0806) / _ARP,
    ]
    tags = [(), ((0x8100, 5),), ((0x8100, 0xE006),), ((0x88A8, 9),)]
    # Of two tags a cooked socket doesn't tell the inner one's type (Linux 6.10 and later)
    tags += [((0x88A8, 5), (0x8100, 7))] if twice else []
    return [_tag(packet, *stack).ljust(60, b"\0") for packet in packets for stack in tags]


EXPRESSIONS = (
    "tcp", "udp port 53", "tcp port 80", "vlan", "vlan 5", "vlan 6", "vlan and tcp port 80", "vlan 5 and vlan 7",
    "vlan 5 and ip6", "not vlan", "arp", "vlan and arp", "ip", "ip6", "ip host 192.0.2.1", "net 198.51.100.0/24",
    "tcp[tcpflags] & tcp-syn != 0", "vlan and tcp[13] & 2 != 0", "greater 200", "less 64", "len > 66 and vlan",
    "ether[12:2] = 0x8100", "ether[14:2] & 0xfff = 5", "ether[14] = 0xe0", "ether[13] = 0", "ether[12:4] = 0x81000005",
    "ether[14:4] = 0x00050800", "ether[10:4] = 0x00018100", "ip[8] = 1", "vlan and ip[8] = 1",
    "ip[0:4] & 0xf000000 = 0x7000000",
    f"ether src {HERE_MAC}", f"ether dst {HERE_MAC}", "udp port 53 or (vlan 5 and tcp)", "vlan and udp src port 53",
    "ip[6:2] & 0x1fff != 0",
)  # fmt: skip
COOKED_EXPRESSIONS = (
    "tcp", "udp port 53", "ip6", "arp", "ip host 192.0.2.1", "tcp[13] & 2 != 0", "greater 200", "less 80",
    "ip[8] = 1",
)  # fmt: skip


def capture_of(frames: list[Frame], link_type: int, path: Path) -> Path:
    with create(path) as writer:
        for frame in frames:
            writer.write(replace(frame, link_type=link_type, interface=0))
    return path


def compiled(expression: str, capture: Path) -> list[Instruction]:
    command = [need("tcpdump", "tcpdump"), "-r", str(capture), "-s", "65535", "-ddd", expression]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = [[int(word) for word in line.split()] for line in done.stdout.splitlines()]
    assert len(lines) == 1 + lines[0][0]
    return [(code, true, false, value) for code, true, false, value in lines[1:]]


def kept_by_tcpdump(expression: str, capture: Path) -> list[bytes]:
    kept = capture.with_name("kept.pcap")
    subprocess.run(
        [need("tcpdump", "tcpdump"), "-r", capture, "-w", kept, expression], capture_output=True, timeout=60, check=True
    )
    data, at, found = kept.read_bytes(), 24, []
    while at < len(data):
        size = struct.unpack_from("=I", data, at + 8)[0]
        found.append(data[at + 16 : at + 16 + size])
        at += 16 + size
    return found


def caught(wire: Lab, name: str, program: list[Instruction] | None) -> list[Frame]:
    """What a ring keeps of the traffic; a last frame tells that all is there."""
    cooked = name == "any"
    sent = traffic(twice=not cooked)
    last = b"\xff" * 12 + b"\x88\xb5" + b"the last one".ljust(46)
    with wire.inside("there"):
        filtered, all_ = Ring(name, Asked(program=program, snap=SNAP)), Ring("vb")
    with filtered, all_, wire.wires() as out:
        for data in [*sent, last]:
            out.send(data)
        until, over = time.monotonic() + 20, False
        while not over and time.monotonic() < until:
            all_.wait(0.1)
            for block, packets in all_.blocks():
                over = over or any(frame.data == last for frame in all_.frames(block, packets))
        assert over
        found: list[Frame] = []
        while filtered.wait(0.05):
            for block, packets in filtered.blocks():
                found += filtered.frames(block, packets)
    ours = {data[14:] for data in sent}  # the kernel has words of its own
    return [frame for frame in found if frame.data[20 if cooked else 14 :] in ours]


@pytest.fixture(scope="module", name="capture")
def _capture(wire: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = caught(wire, "vb", None)
    assert [frame.data for frame in frames] == traffic(twice=True)
    return capture_of(frames, ETHERNET, tmp_path_factory.mktemp("program") / "all.pcapng")


@pytest.fixture(scope="module", name="cooked")
def _cooked(wire: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = caught(wire, "any", None)
    assert len(frames) == len(traffic(twice=False))
    return capture_of(frames, COOKED, tmp_path_factory.mktemp("program") / "all.pcapng")


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_keeps_what_tcpdump_keeps_of_a_file(wire: Lab, capture: Path, expression: str) -> None:
    found = caught(wire, "vb", compiled(expression, capture))
    assert [frame.data for frame in found] == kept_by_tcpdump(expression, capture)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_so_does_our_own_compiler(wire: Lab, capture: Path, expression: str) -> None:
    found = caught(wire, "vb", list(compile_filter(parse(expression), ETHERNET, SNAP)))
    assert [frame.data for frame in found] == kept_by_tcpdump(expression, capture)


@pytest.mark.parametrize("expression", COOKED_EXPRESSIONS)
def test_and_for_any(wire: Lab, cooked: Path, expression: str) -> None:
    found = caught(wire, "any", list(compile_filter(parse(expression), COOKED, SNAP)))
    assert [frame.data for frame in found] == kept_by_tcpdump(expression, cooked)


@pytest.mark.parametrize("expression", COOKED_EXPRESSIONS)
def test_so_it_does_for_any(wire: Lab, cooked: Path, expression: str) -> None:
    found = caught(wire, "any", compiled(expression, cooked))
    assert [frame.data for frame in found] == kept_by_tcpdump(expression, cooked)
