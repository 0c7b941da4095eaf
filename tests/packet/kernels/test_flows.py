"""The flow kernel gives the flows that its plain twin gives, whatever packets come, and however they come."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netloom.packet.captures import open_capture
from netloom.packet.captures.compose import interface_block, packet_block, section_block
from netloom.packet.dissect import dissect
from netloom.packet.flows.declared import recogniser
from netloom.packet.flows.tracker import Tracker
from netloom.packet.formats.icmp import ICMP
from netloom.packet.formats.icmpv6 import ICMPv6
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.formats.ipv6 import IPv6
from netloom.packet.formats.sctp import SCTP
from netloom.packet.formats.tcp import TCP
from netloom.packet.formats.udp import UDP
from netloom.packet.frame import Frame
from netloom.packet.kernels.batches import Dissector, batches
from netloom.packet.kernels.flows import FlowTable
from netloom.packet.kernels.gone import made
from netloom.packet.kernels.rows import BATCH
from tests.packet import generated

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.packet.flows.tracked import Ended
    from netloom.packet.layer import Layer, Packet

SECOND = 1_000_000_000
IDLE, ACTIVE = 20 * SECOND, 90 * SECOND
RECOGNISER = recogniser()
PAYLOADS = [
    b"",
    b"",
    b"x",
    b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b"GET / HTTP/1.1\r\nAccept: TEXT/Event-Stream\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
    b"GET /socket.io/?EIO=4&x HTTP/1.1\r\n\r\n",
    b"GET /?upgrade=websocket HTTP/1.1\r\n\r\n",
    b"GET what it is",
    b"POST / http/1",
    b"PUT / HTTP/1.",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"SSH-2.0-x\r\n",
    b"220 mail ESMTP\r\n",
    b"\x16\x03\x01\x00\x2f" + bytes(40),
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01",
    b"\x00\x13\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01",
    b"\x23" + bytes(47),
    bytes(range(100)),
]


def traffic(random: Random, count: int) -> list[Frame]:
    """Packets between few places, so that every flow has many, with sequence numbers that mostly make sense."""
    now = random.choice([0, 1_700_000_000 * SECOND])
    made = []
    for _ in range(count):
        now += random.choice(
            [0, 0, 1000, 2_000_000, SECOND // 3, -SECOND // 5, *([30 * SECOND] if count < 500 else [])]
        )
        octets = bytes(_packet(random))
        if random.random() < 0.02:
            octets = generated.spoilt(random, octets, 101).data
        length = len(octets) + random.choice([0, 0, 0, 20])
        made.append(Frame(octets, max(0, now) if random.random() < 0.98 else None, 101, length))
    return made


def _packet(random: Random) -> Packet:
    ends = random.sample([1, 2], 2) if random.random() < 0.95 else [1, 1]
    ip: Layer
    if random.random() < 0.7:
        later = random.choice([0] * 30 + [8])
        ip = IPv4(
            src=f"10.0.0.{ends[0]}", dst=f"10.0.0.{ends[1]}", fragment=later, more_fragments=random.random() < 0.03
        )
    else:
        ip = IPv6(src=f"::{ends[0]}", dst=f"::{ends[1]}")
    payload = random.choice(PAYLOADS)
    sport, dport = random.choice([1000, 2000]), random.choice([1000, 2000])
    kind = random.choice(["tcp"] * 6 + ["udp", "udp", "sctp", "icmp", "icmp6", "other"])
    if kind == "tcp":
        tcp = TCP(
            flags=random.choice(["S", "SA", "A", "A", "A", "PA", "PA", "PA", "FA", "R", "RA", ""]),
            seq=random.choice([0, 1, 40, 80, 0xFFFFFFF0, random.randrange(200)]),
            ack=random.choice([0, 1, 40, 80, 0xFFFFFFF0]),
            window=random.choice([0, 1000]),
            checksum=0,
            sport=sport,
            dport=dport,
        )
        return ip / tcp / payload
    if kind == "udp":
        return ip / UDP(checksum=0, sport=sport, dport=dport) / payload
    if kind == "sctp":
        return ip / SCTP(checksum=0, sport=sport, dport=dport) / payload
    if kind == "icmp":
        return ip / ICMP(type=random.choice([0, 3, 8, 13, 14, 9, 10]), code=random.choice([0, 1]))
    if kind == "icmp6":
        return ip / ICMPv6(type=random.choice([1, 128, 129, 130, 133, 135, 136, 139, 144, 145]), checksum=0)
    return ip / payload


def by_kernel(path: Path, **options: int) -> tuple[list[Ended], FlowTable]:
    table = FlowTable(recognise=RECOGNISER, **options)
    dissector = Dissector()
    ended: list[Ended] = []
    with open_capture(path) as capture:
        for batch in batches(capture):
            ended += [one for block in table.add(dissector(batch)) for one in made(block)]
    return ended + [one for block in table.finish() for one in made(block)], table


def by_twin(frames: list[Frame], **options: int) -> list[Ended]:
    tracker = Tracker(recognise=RECOGNISER, **options)
    ended: list[Ended] = []
    for frame in frames:
        row = dissect(frame).row
        ended += tracker.add(row, frame.data[row.payload_at : row.payload_at + row.payload])
    return ended + tracker.finish()


def written(path: Path, frames: list[Frame]) -> Path:
    path.write_bytes(_capture(frames))
    return path


def _capture(frames: list[Frame]) -> bytes:
    """Frames without a time are in simple blocks (draft-ietf-opsawg-pcapng §4.4), which keep all of them."""
    blocks = [section_block(), interface_block("test", 101)]
    for frame in frames:
        if frame.timestamp_ns is not None:
            blocks.append(packet_block(frame))
            continue
        size = 16 + len(frame.data) + -len(frame.data) % 4
        head = (3).to_bytes(4, "little") + size.to_bytes(4, "little") + len(frame.data).to_bytes(4, "little")
        blocks.append(head + frame.data + bytes(-len(frame.data) % 4) + size.to_bytes(4, "little"))
    return b"".join(blocks)


def as_captured(frames: list[Frame]) -> list[Frame]:
    """A simple block tells one length only."""
    return [
        frame if frame.timestamp_ns is not None else Frame(frame.data, None, frame.link_type, len(frame.data))
        for frame in frames
    ]


def ordered(ended: list[Ended]) -> list[Ended]:
    return sorted(ended, key=lambda one: one.flow.number)


@pytest.mark.parametrize("seed", range(12))
def test_flows_are_the_same(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    frames = as_captured(traffic(random, 400 if seed % 2 else 3 * BATCH))
    found, _ = by_kernel(written(tmp_path / "x.pcapng", frames), idle=IDLE, active=ACTIVE)
    wanted = by_twin(frames, idle=IDLE, active=ACTIVE)
    assert len({one.reason for one in wanted}) > 1
    assert any(one.flow.app for one in wanted)
    assert ordered(found) == ordered(wanted)


@pytest.mark.parametrize(("idle", "limit"), [(IDLE, 1 << 16), (IDLE, 3 * BATCH), (1 << 60, 1 << 16)])
def test_what_is_over_may_be_told_later(idle: int, limit: int, tmp_path: Path) -> None:
    path = written(tmp_path / "x.pcapng", as_captured(traffic(Random(6), 9 * BATCH)))

    def told(*, prompt: bool) -> list[list[Ended]]:
        table = FlowTable(idle, idle, limit, RECOGNISER)
        with open_capture(path) as capture:
            during = [table.add(batch, prompt=prompt) for batch in map(Dissector(table.keys), batches(capture))]
        return [[one for block in blocks for one in made(block)] for blocks in (*during, table.finish())]

    at_once, later = told(prompt=True), told(prompt=False)
    assert ordered([one for ended in at_once for one in ended]) == ordered([one for ended in later for one in ended])
    assert sum(map(bool, at_once)) > sum(map(bool, later)) or idle == IDLE


def test_half_a_word_does_not_overflow(kernels: None) -> None:
    from netloom.packet.kernels.track import count

    words = np.array([0xFFFFFFFE, 0xFFFFFFFE << 32 | 7, 0], np.uint64).view(np.int64)
    for _ in range(3):
        for word, back in ((0, 0), (1, 1), (2, 1)):
            count(words, word, back)
    assert words.view(np.uint64).tolist() == [0xFFFFFFFF, 0xFFFFFFFF << 32 | 7, 3 << 32]


def test_many_flows_are_the_same(tmp_path: Path) -> None:
    random = Random(5)
    frames = []
    for number in range(30_000):
        place = random.randrange(9000)
        packet = (
            IPv4(src=f"10.1.{place >> 8}.{place & 255}", dst="10.9.9.9") / UDP(sport=place, dport=53, checksum=0) / b"x"
        )
        frames.append(Frame(bytes(packet), number * 1_000_000, 101, 29))
    found, _ = by_kernel(written(tmp_path / "x.pcapng", frames), idle=5 * SECOND)
    wanted = by_twin(frames, idle=5 * SECOND)
    assert len(wanted) > 9000
    assert ordered(found) == ordered(wanted)


def test_a_full_table_ends_the_oldest_flows_and_counts_them(tmp_path: Path) -> None:
    frames = []
    for number in range(8 * BATCH):
        packet = IPv4(src=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", dst="10.9.9.9") / UDP(checksum=0)
        frames.append(Frame(bytes(packet), number * 1000, 101, 28))
    found, table = by_kernel(written(tmp_path / "x.pcapng", frames), limit=2 * BATCH)
    assert len(found) == len(frames)
    full = [one.flow.number for one in found if one.reason == "full"]
    assert len(full) == table.evicted > 0
    assert full == sorted(full), "the oldest first"
    assert all(one.flow.forward.packets == 1 for one in found)


def test_two_runs_hash_differently() -> None:
    one, other = FlowTable(), FlowTable()
    assert one.keys.tolist() != other.keys.tolist()
