"""The sums by NumPy are those of the plain twin, whatever packets come."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace

from netloom.packet.captures.compose import interface_block, packet_block, section_block
from netloom.packet.formats.ethernet import Ethernet
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.kernels import passed
from netloom.packet.kernels import rows as R
from netloom.packet.kernels.batches import Batch
from netloom.packet.kernels.call import Call
from netloom.packet.kernels.rows import ROW
from netloom.packet.kernels.summing import Sums
from netloom.packet.row import ANOMALIES, UNTOLD, Row
from netloom.packet.summing.duplicates import APART, AROUND, Duplicates
from netloom.packet.summing.evidence import Evidence
from netloom.packet.summing.passed import SIZES
from tests.packet import generated
from tests.packet.summing.scenes import HARMLESS, PASSWORDS, SCENES, untimed
from tests.packet.summing.summed import by_kernels, plainly
from tests.packet.summing.traffic import CLIENT, SERVER, Traffic

if TYPE_CHECKING:
    from netloom.packet.frame import Frame

SECOND = 1_000_000_000


def written(path: Path, frames: list[Frame]) -> Path:
    """A capture with an interface for each link type."""
    links = sorted({frame.link_type for frame in frames})
    blocks = [section_block(), *(interface_block("", link) for link in links)]
    for frame in frames:
        number = links.index(frame.link_type)
        simple = frame.timestamp_ns is None and number == 0
        blocks.append(simple_block(frame) if simple else packet_block(frame, number))
    path.write_bytes(b"".join(blocks))
    return path


def simple_block(frame: Frame) -> bytes:
    """A packet of the first interface, without a time (draft-ietf-opsawg-pcapng §4.4)."""
    body = struct.pack("<I", frame.length) + frame.data + bytes(-len(frame.data) % 4)
    return struct.pack("<II", 3, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def mixed(random: Random) -> list[Frame]:
    """Every kind of frame, spoilt ones, scenes, and each now and then twice, at times that jump."""
    made = [frame for link in generated.LINKS for frame in generated.frames(random, 60, link)]
    for scene in random.sample([*SCENES.values()], 8):
        made += random.choice(scene)().frames
    made += [frame for scene in [*PASSWORDS.values(), *HARMLESS.values()] for frame in scene().frames]
    random.shuffle(made)
    now = 1_795_000_000 * SECOND
    found: list[Frame] = []
    for frame in made:
        now += random.choice([0, 1000, 5_000_000, SECOND, -2 * SECOND])
        timed = replace(frame, timestamp_ns=now if random.random() < 0.98 else None)
        found += [timed] * random.choice([1, 1, 1, 2])
        if random.random() < 0.05:
            found.append(replace(random.choice(found), timestamp_ns=now))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_both_ways_give_the_same(seed: int, tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", mixed(Random(seed)))
    summary = plainly(path)
    assert by_kernels(path) == summary
    assert summary.errors.duplicates > 10
    assert summary.findings


@pytest.mark.parametrize("wanted", ["tcp", "not ip", "udp port 53", "host 203.0.113.9"])
def test_with_a_filter(wanted: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", mixed(Random(7)))
    assert by_kernels(path, wanted) == plainly(path, wanted)


def test_many_batches_and_no_times(tmp_path: Path) -> None:
    frames = SCENES["broadcasts"][0]().frames * 6
    path = written(tmp_path / "a.pcapng", frames)
    assert by_kernels(path) == plainly(path)
    path = written(tmp_path / "b.pcapng", untimed(frames))
    summary = plainly(path)
    assert by_kernels(path) == summary
    assert summary.capture.first is None
    assert summary.errors.duplicates == 0


@pytest.mark.parametrize("before", [0, 1500])
@pytest.mark.parametrize("between", [1022, 1023, 1024, 3000])
def test_twice_across_batches(between: int, before: int, tmp_path: Path) -> None:
    frames = [replace(frame, timestamp_ns=5) for frame in SCENES["broadcasts"][1]().frames * 6]
    frames = [replace(frame, data=frame.data + bytes([at & 255, at >> 8])) for at, frame in enumerate(frames)]
    path = written(tmp_path / "a.pcapng", [*frames[: before + between + 1], frames[before]])
    summary = plainly(path)
    assert by_kernels(path) == summary
    assert summary.errors.duplicates == (between < 1024)


def test_lines_that_are_too_long_and_later_fragments_are_no_commands(tmp_path: Path) -> None:
    made = Traffic()
    made.tcp((CLIENT, 4000, SERVER, 21), "PA", data=b"PASS " + b"x" * 505 + b"\r\n")
    later = IPv4(src=CLIENT, dst=SERVER, protocol=6, fragment=8)
    made.add(Ethernet() / later / b"PASS secret\r\n")
    long = made.write(tmp_path / "a.pcapng")
    made.tcp((CLIENT, 4000, SERVER, 21), "PA", data=b"PASS " + b"x" * 506 + b"\r\n")
    longer = made.write(tmp_path / "b.pcapng")
    for path in (long, longer):
        summary = plainly(path)
        assert by_kernels(path) == summary
        assert [one.count for one in summary.findings if one.kind == "password"] == [1]


def test_addresses_of_the_upper_half(tmp_path: Path) -> None:
    made = Traffic()
    for number in range(9):
        ends = ("fd00::1", 5000 + number, "fe80::53", 53)
        made.udp(ends, bytes([0, number, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + b"\x01a\x00\x00\x01\x00\x01")
        back = (*ends[2:], *ends[:2])
        made.udp(back, bytes([0, number, 0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0]) + b"\x01a\x00\x00\x01\x00\x01")
    path = made.write(tmp_path / "a.pcapng")
    summary = plainly(path)
    assert by_kernels(path) == summary
    assert summary.findings[0].who == ("fe80::53",)
    assert "most often a" in summary.findings[0].words


def test_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcapng", SCENES["telnet"][0]().frames[:1])
    assert by_kernels(path, "udp") == plainly(path, "udp")


def counted(random: Random) -> int:
    """Every frame alone in octets that end where it does."""
    rows = np.zeros(ROW, np.int64)
    evidence = Evidence()
    sums = Sums(evidence)
    call = Call("dissect.dissect", data=np.zeros(1, np.uint8), rows=rows)
    for frame in mixed(random):
        data = np.frombuffer(frame.data, np.uint8).copy() if frame.data else np.zeros(0, np.uint8)
        rows[:] = 0
        rows[R.LINK], rows[R.CAPTURED], rows[R.LENGTH] = frame.link_type, len(frame.data), frame.length
        rows[R.TIME] = frame.timestamp_ns if frame.timestamp_ns is not None else UNTOLD
        call.bind("data", data)
        call(n=1)
        sums.add(Batch(1, data, rows))
    sums.finish()
    return evidence.passed.packets


def test_every_index_is_within_its_array(tmp_path: Path) -> None:
    """Numba checks them."""
    script = (
        "from random import Random\n"
        "from tests.packet.kernels.test_summing import counted\n"
        "print(sum(counted(Random(seed)) for seed in range(3)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 5000


def test_words_are_as_long_as_the_twins() -> None:
    assert passed.AROUND == AROUND
    assert passed.RING > APART
    assert len(SIZES) + 1 == passed.NUMBER - passed.SIZES_AT
    assert len(ANOMALIES) == passed.SIZES_AT - passed.ANOMALIES_AT
    assert [1 << bit for bit in range(len(ANOMALIES))] == list(ANOMALIES)


@pytest.mark.parametrize("start", [-5 * SECOND, -(1 << 62)])
def test_times_before_1970_and_far_away(start: int) -> None:
    frames = [replace(frame, timestamp_ns=None) for frame in SCENES["broadcasts"][1]().frames[:40]]
    times = [start, start + 1, 3, (1 << 62) + 1, start, 1_000_000, UNTOLD, -1, -999_999, -1_000_000, 7]
    evidence, twin = Evidence(), Evidence()
    sums = Sums(evidence)
    rows = np.zeros(len(frames) * ROW, np.int64)
    data = np.zeros(0, np.uint8)
    for number, frame in enumerate(frames):
        row = rows[number * ROW : (number + 1) * ROW]
        row[R.TIME], row[R.LENGTH] = times[number % len(times)], 60
        row[R.FRAGMENT], row[R.SEQ] = -1, number // 2
        twin.packet(Row(time=times[number % len(times)], length=60, seq=number // 2), replace(frame, data=b""))
    sums.add(Batch(len(frames), data, rows))
    sums.finish()
    ours, theirs = evidence.passed, twin.passed
    assert (ours.first, ours.last) == (theirs.first, theirs.last)
    assert ours.bins.record() == theirs.bins.record()
    assert vars(ours.clock) == vars(theirs.clock)
    assert ours.duplicates.span == theirs.duplicates.span
    assert ours.clock.jumps > 2
    assert list(ours.stacks.items()) == list(theirs.stacks.items())


@pytest.mark.parametrize("place", [None, 0, 7, 8, 15, 16, 31, 32, 39])
@pytest.mark.parametrize("at", [8, 3, 40])
def test_octets_around_the_payload_and_at_the_end_count(place: int | None, at: int) -> None:
    octets = bytearray(b"x" * 40)
    if place is not None:
        octets[place] = 0
    data = np.frombuffer(b"x" * 40 + octets, np.uint8).copy()
    rows = np.zeros(2 * ROW, np.int64)
    twin = Duplicates()
    for number in range(2):
        row = rows[number * ROW : (number + 1) * ROW]
        row[R.PLACE], row[R.CAPTURED], row[R.PAYLOAD_AT], row[R.TIME] = 40 * number, 40, at, number
        twin.add(Row(time=number, payload_at=at), data[40 * number : 40 * (number + 1)].tobytes())
    evidence = Evidence()
    Sums(evidence).add(Batch(2, data, rows))
    assert evidence.passed.duplicates.span == twin.span
    if at == 8:
        assert twin.span.count == (place in (None, 16, 31))
