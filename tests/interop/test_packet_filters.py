"""Filters against tcpdump, which keeps the same packets, and against the kernel, which runs our programs."""

from __future__ import annotations

import ctypes
import functools
import socket
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from netloom.errors import UsageError
from netloom.packet.filters import check, compiled, parse, run
from tests.interop.peers import need
from tests.packet.filters import mixed
from tests.packet.filters.expressions import LINKED, PLAIN, TAGGED, WORDS, joined, table

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.filters.assembler import Program

pytestmark = pytest.mark.interop

NOTHING = "expression rejects all packets"
ATTACH_FILTER = 26
"""SO_ATTACH_FILTER (asm-generic/socket.h)."""
LINKS = {0: "NULL", 1: "EN10MB", 101: "RAW", 108: "LOOP", 113: "LINUX_SLL", 228: "IPV4", 229: "IPV6", 276: "LINUX_SLL2"}


PADDING = bytes(range(160))


@functools.cache
def frames(link_type: int) -> list[bytes]:
    """Whole ones, then the same cut."""
    whole = mixed.frames(link_type)
    return [*whole, *mixed.cut(whole)]


@functools.cache
def long_frames(link_type: int) -> list[bytes]:
    """So long that no filter of these tests looks behind their end, which would end a program."""
    return [frame + PADDING for frame in mixed.frames(link_type)]


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("filters")
    made = {}
    for link_type in LINKS:
        made[link_type] = folder / f"{link_type}.pcap"
        kept = frames(link_type)
        lengths = [len(frame) for frame in kept[: len(kept) // 2]] * 2
        mixed.write_pcap(made[link_type], link_type, kept, lengths)
    return made


@pytest.fixture(scope="module")
def long_captures(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("long")
    made = {}
    for link_type in (1, 101, 113, 276):
        made[link_type] = folder / f"{link_type}.pcap"
        kept = long_frames(link_type)
        mixed.write_pcap(made[link_type], link_type, kept, [len(frame) for frame in kept])
    return made


def tcpdump(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([need("tcpdump", "tcpdump"), *map(str, words)], capture_output=True, check=False)


def theirs(capture: Path, text: str, *options: str) -> list[int]:
    """What tcpdump keeps."""
    done = tcpdump("-r", capture, "-w", "-", *options, text)
    if NOTHING.encode() in done.stderr:
        return []
    assert done.returncode == 0, done.stderr
    return mixed.numbers(done.stdout)


def their_program(link_type: int, text: str) -> Program:
    """What tcpdump makes of a filter."""
    done = tcpdump("-y", LINKS[link_type], "-ddd", text)
    if NOTHING.encode() in done.stderr:
        return [(6, 0, 0, 0)]
    assert done.returncode == 0, done.stderr
    _, *lines = done.stdout.decode().splitlines()
    found = []
    for line in lines:
        code, yes, no, k = map(int, line.split())
        found.append((code, yes, no, k & 0xFFFFFFFF))
    return found


def ours(link_type: int, program: Program) -> list[int]:
    """What our machine keeps; of what was cut it knows how long it was."""
    kept = frames(link_type)
    half = len(kept) // 2
    check(program)
    return [at for at, frame in enumerate(kept) if run(program, frame, len(kept[at % half]))]


def agree(capture: Path, link_type: int, text: str) -> None:
    """The same packets are kept, also cut ones unless there are several addresses: we look at all sources first."""
    found, wanted = ours(link_type, compiled(parse(text), link_type)), theirs(capture, text)
    if "net" in text and " or " in text:
        whole = len(frames(link_type)) // 2
        found, wanted = [at for at in found if at < whole], [at for at in wanted if at < whole]
    assert found == wanted, text


def agree_on_long_frames(capture: Path, link_type: int, text: str) -> None:
    program = compiled(parse(text), link_type)
    check(program)
    found = [at for at, frame in enumerate(long_frames(link_type)) if run(program, frame)]
    # libpcap's optimizer has mistakes of its own: see TestTheDifferences
    assert found == theirs(capture, text, "-O"), text


class TestTcpdump:
    @pytest.mark.parametrize("link_type", LINKS)
    def test_the_table_on_every_link(self, captures: dict[int, Path], link_type: int) -> None:
        for text in table(WORDS):
            agree(captures[link_type], link_type, text)

    def test_hardware_addresses_and_tags(self, captures: dict[int, Path]) -> None:
        for text in table(TAGGED):
            agree(captures[1], 1, text)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(joined(LINKED))
    def test_whatever_is_made_up(self, long_captures: dict[int, Path], text: str) -> None:
        agree_on_long_frames(long_captures[1], 1, text)

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(joined(PLAIN))
    def test_whatever_is_made_up_without_hardware_addresses(self, long_captures: dict[int, Path], text: str) -> None:
        for link_type in (101, 113, 276):
            agree_on_long_frames(long_captures[link_type], link_type, text)

    def test_inbound_and_outbound_where_the_frames_tell(self, captures: dict[int, Path]) -> None:
        for link_type in (113, 276):
            for text in ("inbound", "outbound", "tcp and not inbound", "outbound or arp"):
                agree(captures[link_type], link_type, text)

    @pytest.mark.parametrize("link_type", [1, 101, 113, 276])
    def test_our_machine_runs_its_programs(self, captures: dict[int, Path], link_type: int) -> None:
        for text in table(WORDS):
            assert ours(link_type, their_program(link_type, text)) == theirs(captures[link_type], text), text

    @pytest.mark.parametrize(
        "text",
        [
            "tcp tcp", "tcp or 80", "port 70000", "tcp host 192.0.2.1", "net 10.1.2.3/8", "vlan 5000", "ip port 80",
            "ip[0:3] = 1", "ip[0] / 0 = 1", "ip[0] << 33 = 1", "ip6 host 192.0.2.1", "arp host ::1", "host 1:2:3:4:5:6",
            "ether host 192.0.2.1", "tcp proto 5", "arp broadcast", "mpls and vlan", "pppoes and vlan", "mpls and arp",
            "(port 80) or 90", "port 80 or 192.0.2.1", "gateway 192.0.2.1", "ah[0] = 1", "ip[0]", "len-1 = 5", "(tcp",
            "mpls or pppoes", "tcp[0] & 1", "@", "host", "mpls 1048576", "pppoes 65536", "or tcp",
        ],
    )  # fmt: skip
    def test_what_it_refuses_we_refuse(self, text: str) -> None:
        done = tcpdump("-y", "EN10MB", "-d", text)
        assert done.returncode != 0
        assert NOTHING.encode() not in done.stderr
        with pytest.raises(UsageError):
            compiled(parse(text), 1)


class TestTheDifferences:
    """Those that docs/filters.md lists."""

    def test_it_forgets_what_a_right_hand_side_needs(self, captures: dict[int, Path]) -> None:
        text = "1 << ip[9] > 5"
        known = set(theirs(captures[1], "ip"))
        assert not set(theirs(captures[1], text)) <= known
        assert set(ours(1, compiled(parse(text), 1))) <= known

    def test_remainders_bind_as_in_c(self, captures: dict[int, Path]) -> None:
        text = "len % 7 + 1 = 4"
        assert theirs(captures[1], text) == ours(1, compiled(parse("len % (7 + 1) = 4"), 1))
        assert ours(1, compiled(parse(text), 1)) == theirs(captures[1], "(len % 7) + 1 = 4")

    def test_its_optimizer_may_be_wrong(self, captures: dict[int, Path]) -> None:
        once, twice = "net 2001:db8::/48", "net 2001:db8::/48 and net 2001:db8::/48"
        assert theirs(captures[101], twice, "-O") == theirs(captures[101], once, "-O")
        assert ours(101, compiled(parse(twice), 101)) == ours(101, compiled(parse(once), 101))

    @pytest.mark.parametrize("text", ["192.0.2.1", "net 10/8", "proto tcp", "len > 60 and (tcp or port (80 or udp))"])
    def test_what_only_we_understand(self, text: str) -> None:
        assert tcpdump("-y", "EN10MB", "-d", text).returncode != 0
        assert ours(1, compiled(parse(text), 1))

    @pytest.mark.parametrize("text", ["ip proto 300", "host 10.1", "host 10", "ip[0xffffffff] = 5"])
    def test_what_only_it_understands(self, text: str) -> None:
        assert tcpdump("-y", "EN10MB", "-d", text).returncode == 0
        with pytest.raises(UsageError):
            compiled(parse(text), 1)


class TestTheKernel:
    """A socket between us and ourselves, whose filter sees frames as if they had come from a network."""

    @pytest.mark.parametrize("link_type", [1, 101, 113, 276])
    def test_it_keeps_what_our_machine_keeps(self, link_type: int) -> None:
        # A shift by 32 or more leaves nothing elsewhere; the kernel shifts by what is left of dividing by 32
        beyond = {"ip[9] << ip[9] > 1000", "ip[9] >> len = 0"}
        texts = [text for text in table(WORDS, TAGGED if link_type == 1 else "") if text not in beyond]
        for text in texts:
            program = compiled(parse(text), link_type)
            kept = frames(link_type)
            check(program)
            # Lengths are those of what is sent here
            assert in_the_kernel(program, kept) == [at for at, frame in enumerate(kept) if run(program, frame)], text

    @settings(max_examples=50, deadline=None)
    @given(joined(LINKED))
    def test_whatever_is_made_up(self, text: str) -> None:
        program = compiled(parse(text), 1)
        kept = frames(1)[::3]
        assert in_the_kernel(program, kept) == [at for at, frame in enumerate(kept) if run(program, frame)]

    def test_it_takes_programs_with_far_jumps(self) -> None:
        text = " or ".join(f"port {at} or host 10.0.1.{at % 100}" for at in range(1000, 1040))
        program = compiled(parse(text), 1)
        assert len(program) > 1000
        kept = frames(1)
        assert in_the_kernel(program, kept) == [at for at, frame in enumerate(kept) if run(program, frame)]

    def test_it_refuses_what_our_check_refuses(self) -> None:
        for program in ([(0x15, 9, 0, 0), (6, 0, 0, 0)], [(0x34, 0, 0, 0), (6, 0, 0, 0)], [(0, 0, 0, 0)]):
            with pytest.raises(UsageError):
                check(program)
            with pytest.raises(OSError, match="Invalid argument"):
                in_the_kernel(program, [])


def in_the_kernel(program: Program, kept: list[bytes]) -> list[int]:
    """Which frames come through a socket that has the program for its filter."""
    code = b"".join(struct.pack("=HBBI", *one) for one in program)
    held = ctypes.create_string_buffer(code)
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    found = []
    with sender, receiver:
        receiver.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(held)))
        for at, frame in enumerate(kept):
            sender.send(frame)
            try:
                received = receiver.recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            assert received == frame
            found.append(at)
    return found
