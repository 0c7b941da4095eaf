"""Flows meet tshark: who asked for whom, conversations, what went wrong in TCP, and Community ID."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

import netloom
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.links.authority import Authority
from netloom.packet.captures import create, open_capture
from netloom.packet.dissect import dissect
from netloom.packet.flows.declared import recogniser
from netloom.packet.flows.record import Flow, record_of
from netloom.packet.flows.tracker import Tracker
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.icmp import ICMP
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.sctp import SCTP
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.recording import Recording
from netloom.serving import Serving
from netloom.wire.dns import message as dns
from netloom.wire.dns.names import from_text
from tests.interop.http_peers import AUTHORITY
from tests.interop.peers import need
from tests.packet.test_tshark import Side, context, pump

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from netloom.packet.layer import Packet

pytestmark = pytest.mark.interop

MS = 1_000_000
NOON = 1_795_000_000_000 * MS
RECOGNISER = recogniser()


def flows(path: Path) -> list[Flow]:
    """Those of a capture, in the order in which they began."""
    tracker = Tracker(recognise=RECOGNISER)
    ended = []
    with open_capture([path]) as capture:
        for frame in capture.frames():
            row = dissect(frame).row
            ended += tracker.add(row, frame.data[row.payload_at : row.payload_at + row.payload])
    ended += tracker.finish()
    return [record_of(one) for one in sorted(ended, key=lambda one: one.flow.number)]


def tshark(path: Path, *arguments: str) -> list[str]:
    """The lines that tshark prints about a capture."""
    command = [need("tshark", "tshark"), "-r", str(path), "-n", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


def fields(path: Path, shown: str, *names: str, more: Iterable[str] = ()) -> list[list[str]]:
    """Fields of those packets that a display filter shows."""
    told = tshark(path, "-Y", shown, "-T", "fields", *(part for name in names for part in ("-e", name)), *more)
    return [line.split("\t") for line in told]


def written(path: Path, packets: Iterable[tuple[int, Packet]]) -> Path:
    """A capture of packets on Ethernet, at nanoseconds after noon."""
    with create(path) as writer:
        for time, packet in packets:
            data = bytes(Ethernet() / packet)
            writer.write(Frame(data, NOON + time, 1, len(data)))
    return path


# Names


@pytest.mark.parametrize("step", [100_000, 500])
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_whom_tls_asks_for(tmp_path: Path, version: int, step: int) -> None:
    path = tmp_path / "x.pcapng"
    recording = Recording(path)
    issued = Authority.create().issue(["a.example"])
    asking = context(version, None, issued)
    asking.set_alpn_protos([b"h2", b"http/1.1"])
    own, other = Side(asking, client=True), Side(context(version, None, issued), client=False)
    own.engine.set_tlsext_host_name(b"a.example")
    talk = recording.open_conversation("tcp", ("192.0.2.1", 40_000), ("192.0.2.2", 443))
    with suppress(SSL.WantReadError):
        own.engine.do_handshake()
    pump(own, other, talk, step)
    talk.close()
    recording.close()
    [flow] = flows(path)
    [told] = fields(
        path, "tls.handshake.type == 1", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str"
    )
    assert flow.app_protocol == "tls"
    assert [flow.server_name, ",".join(flow.alpn)] == told
    ciphers = fields(path, "tls.handshake.type == 1", "tls.handshake.ciphersuite")[0][0].split(",")
    extensions = fields(path, "tls.handshake.type == 1", "tls.handshake.extension.type")[0][0].split(",")
    assert flow.ja4.startswith(
        f"t{'13' if version == SSL.TLS1_3_VERSION else '12'}d{len(ciphers):02}{len(extensions):02}h2_"
    )


async def test_whom_quic_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "a.txt").write_text("woven\n")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(AUTHORITY.certificate_pem)
    endpoint = Endpoint.parse("https://localhost:0#http3=also")
    async with Serving([endpoint], [Files(tmp_path / "www")], authority=AUTHORITY) as serving:
        target = f"https://localhost:{serving.endpoint.port}/a.txt#version=3,ca={ca}"
        [got] = [each async for each in netloom.get(target, deadline=30, record=str(path))]
        assert got.body == b"woven\n", got
    quic = [flow for flow in flows(path) if flow.app_protocol == "quic"]
    told = fields(
        path,
        "quic && tls.handshake.type == 1",
        "tls.handshake.extensions_server_name",
        "tls.handshake.extensions_alpn_str",
        more=("-d", f"udp.port=={quic[0].dst_port},quic"),
    )
    assert [[flow.server_name, ",".join(flow.alpn)] for flow in quic] == told == [["localhost", "h3"]]
    assert quic[0].ja4.startswith("q13d")
    assert quic[0].ja4[8:10] == "h3"


def test_what_dns_is_asked_for(tmp_path: Path) -> None:
    def asked(number: int, *names: str) -> bytes:
        return dns.emit(dns.Message(number, 0x100, tuple(dns.Question(from_text(name), 28) for name in names)))

    lower = IPv4(src="192.0.2.1", dst="192.0.2.53")
    stream = dns.framed(asked(1, "c.example.")) + dns.framed(asked(2, "d.example."))
    path = written(
        tmp_path / "x.pcapng",
        [
            (0, lower / UDP(sport=40_000, dport=53) / asked(1, "a.example.")),
            (1, lower / UDP(sport=40_000, dport=53) / asked(2, "b.example.")),
            (2, lower / TCP(sport=40_001, dport=53, flags="PA", seq=1, ack=1) / stream[:7]),
            (3, lower / TCP(sport=40_001, dport=53, flags="PA", seq=8, ack=1) / stream[7:]),
        ],
    )
    assert [flow.app_protocol for flow in flows(path)] == ["dns", ""]  # 7 octets of a stream show nothing
    whole = written(
        tmp_path / "y.pcapng",
        [
            (2, lower / TCP(sport=40_001, dport=53, flags="PA", seq=1, ack=1) / stream[:40]),
            (3, lower / TCP(sport=40_001, dport=53, flags="PA", seq=41, ack=1) / stream[40:]),
        ],
    )
    for made in (path, whole):
        ours = [name for flow in flows(made) for name in flow.queries]
        theirs = [name for row in fields(made, "dns", "dns.qry.name") for name in row[0].split(",")]
        assert ours == theirs[: len(ours)]
        assert ours


# Conversations


def dialogue(chance: random.Random, path: Path) -> Path:
    """TCP connections with loss, delay and repetition, UDP, and what has no ports, all at once."""
    packets: list[tuple[int, Packet]] = []
    for number in range(12):
        version = chance.choice([4, 6])
        a, b = (
            (f"192.0.2.{number + 1}", "198.51.100.1") if version == 4 else (f"2001:db8::{number + 1}", "2001:db8::ffff")
        )
        there, back = (
            (IPv4(src=a, dst=b), IPv4(src=b, dst=a)) if version == 4 else (IPv6(src=a, dst=b), IPv6(src=b, dst=a))
        )
        packets += _connection(chance, there, back, 30_000 + number)
        for at in range(chance.randrange(1, 6)):
            lower, ports = (
                (there, (5000 + number, 53)) if chance.random() < 0.6 or not at else (back, (53, 5000 + number))
            )
            size = chance.randrange(400)
            packets.append((chance.randrange(900 * MS), lower / UDP(sport=ports[0], dport=ports[1]) / bytes(size)))
    packets.sort(key=lambda one: one[0])
    return written(path, packets)


def _connection(chance: random.Random, there: IPv4 | IPv6, back: IPv4 | IPv6, port: int) -> list[tuple[int, Packet]]:
    """A handshake, segments of which some are lost before they are seen, late or twice, and a goodbye."""
    time, rtt = chance.randrange(300 * MS), chance.randrange(4 * MS, 30 * MS)

    def forward(flags: str, seq: int, ack: int, size: int = 0) -> Packet:
        return there / TCP(sport=port, dport=80, flags=flags, seq=seq, ack=ack, window=500) / bytes(size)

    def backward(flags: str, seq: int, ack: int, size: int = 0) -> Packet:
        return back / TCP(sport=80, dport=port, flags=flags, seq=seq, ack=ack, window=500) / bytes(size)

    made = [
        (time, forward("S", 99, 0)),
        (time + rtt - MS, backward("SA", 499, 100)),
        (time + rtt, forward("A", 100, 500)),
    ]
    time, seq = time + rtt, 100
    sent: list[tuple[int, int, int]] = []
    for _ in range(chance.randrange(2, 25)):
        time += chance.randrange(MS, 5 * MS)
        size = chance.randrange(1, 200) + 1
        fate = chance.random()
        if fate < 0.08:  # lost before it was seen, and sent again
            sent.append((time + 300 * MS, seq, size))
        elif fate < 0.16:  # overtaken by the next ones
            sent.append((time + chance.randrange(5 * MS, 7 * MS), seq, size))
        else:
            sent.append((time, seq, size))
            sent += [(time + 300 * MS, seq, size)] if fate < 0.24 else []
        seq += size
    seen: dict[int, int] = {}
    through = 100
    for when, number, size in sorted(sent):
        made.append((when, forward("PA", number, 500, size)))
        seen[number] = size
        while through in seen:
            through += seen[through]
        if chance.random() < 0.4:
            made.append((when + 1, backward("A", 500, through)))
    made += [(time + 400 * MS, forward("FA", seq, 500)), (time + 401 * MS, backward("FA", 500, seq + 1))]
    made.append((time + 402 * MS, forward("A", seq + 1, 501)))
    return made


def conversations(path: Path, kind: str) -> dict[frozenset[str], tuple[str, ...]]:
    """By both ends: the first end, then frames and octets from and to it, and the duration."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for line in tshark(path, "-q", "-z", f"conv,{kind}"):
        parts = line.replace(" bytes", "").split()
        if "<->" in parts:
            one, _, other = parts[:3]
            # To the first end, from it, all, then start and duration
            found[frozenset((one, other))] = (one, parts[5], parts[6], parts[3], parts[4], parts[10])
    return found


@pytest.mark.parametrize("kind", ["tcp", "udp"])
@pytest.mark.parametrize("seed", range(3))
def test_conversations(tmp_path: Path, kind: str, seed: int) -> None:
    path = dialogue(random.Random(seed), tmp_path / "x.pcapng")
    theirs = conversations(path, kind)
    ours = [flow for flow in flows(path) if flow.protocol == kind]
    assert len(ours) == len(theirs) == 12
    for flow in ours:
        source, destination = f"{flow.src_ip}:{flow.src_port}", f"{flow.dst_ip}:{flow.dst_port}"
        first, out, out_bytes, back, back_bytes, duration = theirs[frozenset((source, destination))]
        counted = [(flow.packets_forward, flow.bytes_forward), (flow.packets_backward, flow.bytes_backward)]
        assert counted == [(int(out), int(out_bytes)), (int(back), int(back_bytes))][:: 1 if first == source else -1]
        assert flow.end - flow.start == pytest.approx(float(duration), abs=1e-4)  # tshark tells four digits


def troubles(path: Path, field: str) -> dict[int, int]:
    """How many packets of each of tshark's streams a field stands in."""
    found: dict[int, int] = {}
    for [stream] in fields(path, field, "tcp.stream"):
        found[int(stream)] = found.get(int(stream), 0) + 1
    return found


@pytest.mark.parametrize("seed", range(8))
def test_what_went_wrong(tmp_path: Path, seed: int) -> None:
    path = dialogue(random.Random(seed), tmp_path / "x.pcapng")
    tcp = [flow for flow in flows(path) if flow.protocol == "tcp"]
    counted = {
        "tcp.analysis.retransmission": [flow.retransmissions_forward + flow.retransmissions_backward for flow in tcp],
        "tcp.analysis.out_of_order": [flow.out_of_order_forward + flow.out_of_order_backward for flow in tcp],
        "tcp.analysis.lost_segment": [flow.gaps_forward + flow.gaps_backward for flow in tcp],
        "tcp.analysis.zero_window": [flow.zero_windows_forward + flow.zero_windows_backward for flow in tcp],
        "tcp.flags.reset == 1": [flow.resets_forward + flow.resets_backward for flow in tcp],
    }
    for field, ours in counted.items():
        theirs = troubles(path, field)
        assert ours == [theirs.get(stream, 0) for stream in range(len(tcp))], field
    names = "tcp.stream", "tcp.analysis.initial_rtt"
    handshakes = {int(stream): float(rtt) for stream, rtt in fields(path, names[1], *names)}
    assert [flow.handshake_rtt for flow in tcp] == pytest.approx([handshakes[stream] for stream in range(len(tcp))])


# Community ID


def test_community_id(tmp_path: Path) -> None:
    a, b = IPv4(src="192.0.2.9", dst="192.0.2.1"), IPv4(src="192.0.2.1", dst="192.0.2.9")
    six = IPv6(src="2001:db8::9", dst="2001:db8::1")
    quoted = IPv4(src="192.0.2.1", dst="192.0.2.9") / UDP(sport=5, dport=6) / b"quoted"
    packets = [
        a / TCP(sport=1, dport=2),
        b / TCP(sport=2, dport=1, flags="SA"),
        a / UDP(sport=1, dport=2) / b"x",
        six / TCP(sport=1, dport=2),
        six / UDP(sport=2, dport=1) / b"x",
        a / ICMP(type=8),
        b / ICMP(type=0),
        a / ICMP(type=3, code=1) / bytes(quoted),
        b / ICMP(type=13) / bytes(12),
        six / ICMPv6(type=128),
        six / ICMPv6(type=135) / bytes(16),
        six / ICMPv6(type=1, code=4) / bytes(IPv6(src="2001:db8::1", dst="2001:db8::9") / UDP() / b"quoted"),
        a / SCTP(sport=7, dport=7),
    ]
    path = written(tmp_path / "x.pcapng", enumerate(packets))
    enabled = ("--enable-protocol", "communityid")
    theirs = [row[0].split(",")[0] for row in fields(path, "frame", "communityid", more=enabled)]
    assert len(theirs) == len(packets)
    known = {flow.community_id for flow in flows(path)}
    assert known == set(theirs) - {""}
    assert len(known) == len(packets) - 2
