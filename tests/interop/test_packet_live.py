"""Live packets against tcpdump and dumpcap on the same wire, and against a TCP server that knows nothing of it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from netloom.packet.captures import open_capture
from netloom.packet.dissect import dissect
from netloom.packet.formats.arp import ARP
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.icmp import ICMP
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import INBOUND, Frame
from netloom.packet.kernels import compiled
from netloom.packet.live.exchange import Exchange
from netloom.packet.live.replay import TOGETHER_NS, Replay, at_rate
from netloom.packet.live.ring import Asked, Ring
from netloom.packet.live.sender import FrameSender
from tests.interop.peers import READY, need, running
from tests.packet.live.lab import HERE, NOBODY, THERE, THERE_6, THERE_MAC, Lab, lab, listening, unprivileged
from tests.packet.live.test_ring import made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

FIRST, LAST = b"the first frame", b"the final frame"
OUR_MAC = "02:77:00:00:00:99"


@pytest.fixture(scope="module", name="wire")
def _wire() -> Iterator[Lab]:
    compiled.load()  # what is compiled is used
    with lab() as pair:
        yield pair


def frames_of(path: Path) -> list[Frame]:
    with open_capture(path, strict=True) as capture:
        return list(capture.frames())


def mark(wire: Lab, words: bytes) -> None:
    """A frame that every filter here lets through."""
    inside = IPv4(src=NOBODY, dst=THERE, ttl=1) / ICMP(type=0) / words.ljust(1100)
    with wire.wires() as out:
        out.send(bytes(Ethernet(dst=THERE_MAC, src=OUR_MAC) / inside))


def talk(wire: Lab, *, tags: bool) -> None:
    """Traffic of every kind. With tags filters keep others live than in a file, but for ours."""
    wire.run("here", need("ping", "iputils-ping"), "-c", "3", "-i", "0.01", "-s", "1400", THERE)
    wire.run("here", need("ping", "iputils-ping"), "-c", "2", "-i", "0.01", THERE_6)
    with wire.wires() as out:
        for number in range(400):
            out.send(made(number, 60 + number * 3))
        for tag in ("81000005", "88a80006", "88a8000681000007", "8100e123") if tags else ():
            out.send(made(1, 100, bytes.fromhex(tag)))


@contextlib.contextmanager
def three(wire: Lab, name: str, tmp_path: Path, words: str) -> Iterator[dict[str, Path]]:
    """tcpdump, dumpcap and ours, all of which hear at the same time; behind it they have ended, and all is written."""
    kept = {who: tmp_path / f"{who}.pcapng" for who in ("ours", "tcpdump", "dumpcap")}
    tcpdump = [need("tcpdump", "tcpdump"), "-i", name, "-U", "-B", "32768", "--nano", "-Z", "root"]
    commands = {
        "ours": wire.netloom("there", "capture", name, "--to", kept["ours"], *(["--filter", words] if words else [])),
        "tcpdump": wire.command("there", *tcpdump, "-w", str(kept["tcpdump"]), words),
        "dumpcap": wire.command(
            "there",
            need("dumpcap", "wireshark-common"),
            "-q",
            "-B",
            "32",
            "-i",
            name,
            "-w",
            str(kept["dumpcap"]),
            "-f",
            words,
        ),
    }
    ready = {"ours": "", "tcpdump": "listening on", "dumpcap": "File:"}
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(listening(command, tmp_path / f"{who}.log", ready[who]))
            for who, command in commands.items()
        ]
        while not kept["ours"].exists() or not kept["ours"].stat().st_size:
            assert processes[0].poll() is None, (tmp_path / "ours.log").read_text()
        yield kept
        for path in kept.values():
            wait_for(path, LAST)  # what is ended doesn't read what it had still to read
        for process in processes:
            process.send_signal(2)
            process.wait(READY)


def wait_for(path: Path, words: bytes) -> None:
    """Return once a marked frame is written."""
    until = time.monotonic() + READY
    while not any(words in frame.data for frame in heard(path)):
        assert time.monotonic() < until
        time.sleep(0.05)


def heard(path: Path) -> list[Frame]:
    """What is written so far."""
    if not path.exists() or not path.stat().st_size:
        return []
    with open_capture(path) as capture:
        return list(capture.frames())


def between(path: Path) -> list[Frame]:
    """The frames between those that are marked: before and behind, not all of the three may have been there."""
    frames = frames_of(path)
    first, last = (next(at for at, frame in enumerate(frames) if words in frame.data) for words in (FIRST, LAST))
    return frames[first : last + 1]


def plain(frames: list[Frame]) -> list[tuple[bytes, int]]:
    return [(frame.data, frame.length) for frame in frames]


@pytest.mark.parametrize(
    ("words", "at_least"), [("", 415), ("icmp or icmp6", 10), ("not ether proto 0x88b5", 11), ("greater 1000", 90)]
)
def test_the_same_frames_as_tcpdump_and_dumpcap(wire: Lab, tmp_path: Path, words: str, at_least: int) -> None:
    with three(wire, "vb", tmp_path, words) as kept:
        mark(wire, FIRST)
        talk(wire, tags=not words)
        mark(wire, LAST)
    ours, tcpdump, dumpcap = map(between, kept.values())
    assert len(ours) >= at_least
    assert plain(ours) == plain(tcpdump) == plain(dumpcap)
    apart = [abs((a.timestamp_ns or 0) - (b.timestamp_ns or 0)) for a, b in zip(ours, tcpdump, strict=True)]
    assert statistics.median(apart) < 1_000_000  # each socket looks at the clock for itself, one after the other


def ping(wire: Lab, host: str, words: bytes) -> None:
    """A ping that carries words."""
    wire.run("there", need("ping", "iputils-ping"), "-c", "1", "-p", words.hex(), host)


def test_the_same_on_loopback(wire: Lab, tmp_path: Path) -> None:
    with three(wire, "lo", tmp_path, "") as kept:
        for words in (FIRST, b"between", LAST):
            ping(wire, "127.0.0.1", words)
    ours, tcpdump, dumpcap = map(between, kept.values())
    assert len(ours) == 5
    assert plain(ours) == plain(tcpdump) == plain(dumpcap)


def test_the_same_on_all_interfaces(wire: Lab, tmp_path: Path) -> None:
    """As tcpdump has it; two octets behind a hardware address of six mean nothing, and ours are zeros."""
    ours, theirs = tmp_path / "ours.pcapng", tmp_path / "tcpdump.pcap"
    tcpdump = [
        need("tcpdump", "tcpdump"),
        "-i",
        "any",
        "-U",
        "--immediate-mode",
        "--nano",
        "-Z",
        "root",
        "-w",
        str(theirs),
    ]
    with (
        listening(wire.command("there", *tcpdump, "icmp or icmp6"), tmp_path / "tcpdump.log", "listening on") as one,
        listening(
            wire.netloom("there", "capture", "--filter", "icmp or icmp6", "--to", ours), tmp_path / "log", ""
        ) as other,
    ):
        while not ours.exists() or not ours.stat().st_size:
            assert other.poll() is None
        for host, words in (("127.0.0.1", FIRST), (HERE, b"between"), ("127.0.0.1", LAST)):
            ping(wire, host, words)
        for path in (ours, theirs):
            wait_for(path, LAST)
        for process in (one, other):
            process.send_signal(2)
            process.wait(READY)
    found, wanted = between(ours), between(theirs)
    assert len(found) >= 5
    assert [(frame.data[:18], frame.data[20:], frame.length) for frame in found] == [
        (frame.data[:18], frame.data[20:], frame.length) for frame in wanted
    ]


def test_what_we_replay_arrives_as_tcpdump_hears_it(wire: Lab, tmp_path: Path) -> None:
    source, kept = tmp_path / "source.pcap", tmp_path / "kept.pcap"
    tcpdump = need("tcpdump", "tcpdump")
    with listening(
        wire.command("there", tcpdump, "-i", "vb", "-U", "-Z", "root", "-w", str(source), "ether proto 0x88b5"),
        tmp_path / "first.log", "listening on",
    ) as process:  # fmt: skip
        with wire.wires() as out:
            for number in range(200):
                out.send(made(number, 60 + 5 * number))
        while len(heard(source)) < 200:
            assert process.poll() is None
        process.send_signal(2)
        process.wait(READY)
    command = [tcpdump, "-i", "vb", "-c", "200", "-Z", "root", "-w", str(kept), "ether proto 0x88b5"]
    with listening(wire.command("there", *command), tmp_path / "second.log", "listening on") as process:
        told = wire.run("here", sys.executable, "-m", "netloom", "send-packets", source, "-i", "va", "--rate", "5000")
        process.wait(READY)
    assert '"packets":200' in told.stdout
    assert plain(frames_of(kept)) == plain(frames_of(source))


@pytest.mark.parametrize(("rate", "buffer"), [(20_000, 32), (0, 1)])
@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_nothing_is_lost_in_silence(wire: Lab, tmp_path: Path, kind: str, rate: int, buffer: int) -> None:
    """What is in the file and what is said to be lost are together what was sent, as Wireshark's own tool counts."""
    path, log, packets = tmp_path / f"x.{kind}", tmp_path / "log", 30_016
    words = ["--to", str(path), "--buffer", str(buffer), "--filter", "ether proto 0x88b5"]
    with listening(wire.netloom("there", "capture", "vb", *words), log, "") as process:
        while not path.exists() or not path.stat().st_size:
            assert process.poll() is None, log.read_text()
        with wire.inside():
            sender = FrameSender("va")
        with contextlib.closing(sender):
            replay = Replay(sender)
            frames = tuple(made(number, 700) for number in range(64))
            if rate:
                replay.timed(at_rate(itertools.chain.from_iterable([frames] * (packets // 64)), rate), TOGETHER_NS)
            else:
                replay.repeated(frames, packets // 64)
        assert replay.tally.packets == packets
        process.send_signal(2)
        assert process.wait(READY) == 130
    told = json.loads(log.read_text().splitlines()[-1])
    seen, dropped = told["packets"], told["dropped"]
    command = [need("capinfos", "wireshark-common"), "-T", "-r", "-M", "-c", str(path)]
    counted = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert int(counted.stdout.split("\t")[-1]) == seen
    assert seen + dropped == packets
    assert seen
    assert not rate or not dropped


def test_straight_into_flows_nothing_is_lost(wire: Lab) -> None:
    """Each flow is told with all its packets, and the sum is what was sent."""
    there = Ethernet(src=OUR_MAC, dst="02:77:00:00:00:55") / IPv4(src=NOBODY, dst="198.51.100.7")
    frames = [bytes(there / UDP(sport=5000 + number % 64, dport=9) / "x") for number in range(20_000)]
    words = ["--flows", "--filter", "udp and host 198.51.100.7", "--count", str(len(frames))]
    process = subprocess.Popen(
        wire.netloom("there", "capture", "vb", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process, wire.inside():
        with FrameSender("va") as sender:
            while "vb" not in (ptype := wire.run("there", "cat", "/proc/net/ptype").stdout):
                assert process.poll() is None, ptype
            Replay(sender).timed(at_rate(frames, 20_000), TOGETHER_NS)
        out, said = process.communicate(timeout=READY)
    assert said == ""
    *flows, whole = map(json.loads, out.splitlines())
    assert (whole["packets"], whole["dropped"], whole["octets"]) == (len(frames), 0, sum(map(len, frames)))
    assert sum(flow["packets"] for flow in flows) == len(frames)
    assert sorted(flow["src_port"] for flow in flows) == list(range(5000, 5064))


class Host:
    """A host that is nobody: it answers ARP, and says what it is told to."""

    def __init__(self, wire: Lab) -> None:
        with wire.inside():
            self.ring = Ring("va", Asked(promiscuous=True))
            self.sender = FrameSender("va")
        self.exchange = Exchange(self.sender, self.ring)

    def say(self, segment: TCP, data: bytes = b"") -> None:
        packet = Ethernet(dst=THERE_MAC, src=OUR_MAC) / IPv4(src=NOBODY, dst=THERE) / segment
        self.exchange.send(bytes(packet / data if data else packet))

    def hear(self) -> tuple[TCP, bytes]:
        """The next answer to what we said."""
        for frame in self.ring:
            if frame.direction == INBOUND:
                self._resolve(frame)
            answer = self.exchange.answer(frame)
            if answer is not None:
                read = dissect(answer.frame)
                row = read.row
                return read.packet[TCP], answer.frame.data[row.payload_at : row.payload_at + row.payload]
        raise AssertionError

    def _resolve(self, frame: Frame) -> None:
        packet = dissect(frame).packet
        if ARP in packet and str(packet[ARP].tpa) == NOBODY and packet[ARP].operation == 1:
            answer = ARP(operation=2, sha=OUR_MAC, spa=NOBODY, tha=THERE_MAC, tpa=THERE)
            self.sender.send(bytes(Ethernet(dst=THERE_MAC, src=OUR_MAC) / answer))

    def close(self) -> None:
        self.sender.close()
        self.ring.close()


def test_a_crafted_handshake_with_a_real_server(wire: Lab, tmp_path: Path) -> None:
    """SYN, SYN-ACK, ACK with data, the echo of it, and an orderly end, all by hand."""
    command = [need("socat", "socat"), "TCP-LISTEN:7007,reuseaddr,fork", "EXEC:cat"]
    with running(wire.command("there", *command), tmp_path / "log"), contextlib.closing(Host(wire)) as host:
        while not wire.run("there", need("ss", "iproute2"), "-Hltn", "sport = :7007").stdout:
            pass
        host.say(TCP(sport=40_000, dport=7007, seq=1000, flags="S"))
        answer, _ = host.hear()
        assert set(answer.flags) == {"S", "A"}
        assert answer.ack == 1001
        theirs = answer.seq + 1 & 0xFFFFFFFF
        host.say(TCP(sport=40_000, dport=7007, seq=1001, ack=theirs, flags="PA"), b"hello")
        data = b""
        while not data:
            answer, data = host.hear()
            assert answer.ack == 1006
        assert data == b"hello"
        host.say(TCP(sport=40_000, dport=7007, seq=1006, ack=theirs + 5 & 0xFFFFFFFF, flags="FA"))
        answer, _ = host.hear()
        assert answer.ack == 1007
        host.say(TCP(sport=40_000, dport=7008, seq=1000, flags="S"))
        answer, _ = host.hear()
        assert set(answer.flags) == {"R", "A"}


def test_a_socket_that_is_passed_on_needs_no_privilege(wire: Lab) -> None:
    need("tcpdump", "tcpdump")
    with wire.inside("there"), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as given:
        os.set_inheritable(given.fileno(), True)
        command = ["capture", "vb", "--descriptor", str(given.fileno()), "--filter", "icmp", "--count", "2"]
        process = subprocess.Popen(
            [*wire.command("there"), *unprivileged(), sys.executable, "-m", "netloom", *command],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[given.fileno()], text=True,
        )  # fmt: skip
    with process:
        for _ in range(100):
            wire.run("here", need("ping", "iputils-ping"), "-c", "1", "-W", "1", THERE)
            if process.poll() is not None:
                break
        out, said = process.communicate(timeout=READY)
    assert said == ""
    assert '"packets":2' in out
    assert '"words":"echo request, 56 octets"' in out
