"""Recording to files: all that came, nothing twice, in files that are whole, however it ends."""

from __future__ import annotations

import contextlib
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from netloom.errors import NetworkError, UsageError
from netloom.packet.captures import open_capture
from netloom.packet.live import recorder as module
from netloom.packet.live.blocks import BLOCK
from netloom.packet.live.draining import ALL
from netloom.packet.live.recorder import LEAST_FILE, Recorder, Rotation
from tests.packet.live.lab import Lab, lab
from tests.packet.live.test_ring import OURS, made, ring

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from netloom.packet.live.ring import Ring

pytestmark = pytest.mark.usefixtures("leaves_nothing", "way")


@contextlib.contextmanager
def recording(recorder: Recorder, count: int = 0, seconds: float = 0.0) -> Iterator[None]:
    """It runs in a thread while inside, and is stopped behind."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            recorder.run(count, seconds)
        except BaseException as exc:
            failures.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        with contextlib.closing(recorder):
            yield
            if not count and not seconds:
                recorder.stop()
            thread.join(30)
            assert not thread.is_alive()
    finally:
        recorder.stop()
        thread.join(30)
    if failures:
        raise failures[0]


def frames_of(*paths: str) -> list[bytes]:
    with open_capture(paths, strict=True) as capture:
        return [frame.data for frame in capture.frames()]


@pytest.mark.parametrize("suffix", ["pcapng", "pcap", "pcapng.gz", "pcap.zst", "other"])
def test_everything_that_came_until_it_was_stopped(wire: Lab, tmp_path: Path, suffix: str) -> None:
    sent = [made(number, 60 + number % 700) for number in range(3000)]
    path = str(tmp_path / f"all.{suffix}")
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        recorder = Recorder([far], path)
        with recording(recorder):
            for data in sent:
                out.send(data)
        assert recorder.packets == len(sent)
        assert recorder.octets == sum(map(len, sent))
        assert (recorder.counts.passed, recorder.counts.dropped) == (len(sent), 0)
        assert 0 < recorder.first_ns < recorder.last_ns
        assert recorder.files == [path]
    assert frames_of(path) == sent


def test_so_many_packets_and_not_one_more(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "some.pcapng")
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        recorder = Recorder([far], path)
        with recording(recorder, count=7):
            for number in range(50):
                out.send(made(number))
        assert recorder.packets == 7
    assert frames_of(path) == [made(number) for number in range(7)]


def test_so_many_packets_of_several_rings(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "some.pcap")
    with ring(wire, "here", "va", program=OURS) as near, ring(wire, "there", "vb", program=OURS) as far:
        with wire.wires() as out:
            for number in range(10):
                out.send(made(number))
        assert near.wait(10)
        assert far.wait(10)
        recorder = Recorder([near, far], path)
        recorder.run(12)
        recorder.close()
        assert recorder.packets == 12
    assert sorted(frames_of(path)) == sorted([made(number) for number in range(10)] + [made(0), made(1)])


def test_so_many_seconds(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "some.pcapng")
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        recorder = Recorder([far], path)
        began = time.monotonic()
        with recording(recorder, seconds=0.3):
            out.send(made(1))
        assert 0.3 <= time.monotonic() - began < 20
    assert frames_of(path) == [made(1)]


def test_several_interfaces_in_one_file(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "both.pcapng")
    with ring(wire, "here", "va", program=OURS) as near, ring(wire, "there", "vb", program=OURS) as far:
        recorder = Recorder([near, far], path)
        with wire.wires() as out, recording(recorder):
            for number in range(20):
                out.send(made(number))
    with open_capture(path, strict=True) as capture:
        frames = list(capture.frames())
    for interface, direction in ((0, 2), (1, 1)):
        seen = [frame for frame in frames if frame.interface == interface]
        assert [frame.data for frame in seen] == [made(number) for number in range(20)]
        assert {frame.direction for frame in seen} == {direction}


def test_a_pcap_file_is_for_one_kind_of_link(wire: Lab, tmp_path: Path) -> None:
    with (
        ring(wire, "here", "any") as all_,
        ring(wire, "here", "va") as near,
        pytest.raises(UsageError, match="one link type"),
    ):
        Recorder([all_, near], str(tmp_path / "x.pcap"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_stays(wire: Lab, tmp_path: Path) -> None:
    (tmp_path / "x.pcapng").write_text("dear")
    with ring(wire, "here", "va") as near, pytest.raises(UsageError, match="exists already"):
        Recorder([near], str(tmp_path / "x.pcapng"))
    assert (tmp_path / "x.pcapng").read_text() == "dear"


def flood(out: socket.socket, far: Ring, recorder: Recorder, packets: int) -> None:
    """Send, never faster than it is written."""
    for number in range(packets):
        out.send(made(number, 1500))
        while number - recorder.packets > BLOCK // 1600:
            time.sleep(0.001)


def test_a_series_by_size(wire: Lab, tmp_path: Path) -> None:
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        recorder = Recorder([far], str(tmp_path / "all.pcapng"), Rotation(octets=LEAST_FILE))
        with recording(recorder):
            flood(out, far, recorder, 3000)
        assert len(recorder.files) >= 5
    assert sorted(map(str, tmp_path.iterdir())) == recorder.files
    assert all(name.rsplit("/", 1)[1].startswith(f"all_{number:05}_") for number, name in enumerate(recorder.files, 1))
    assert all(path.stat().st_size <= LEAST_FILE + 256 for path in tmp_path.iterdir())
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())
    assert frames_of(*recorder.files) == [made(number, 1500) for number in range(3000)]


@pytest.mark.parametrize(("rotation", "blocks"), [(Rotation(), ALL), (Rotation(seconds=9), 1)])
def test_a_file_of_a_series_ends_at_the_end_of_a_block(
    wire: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rotation: Rotation, blocks: int
) -> None:
    asked: list[tuple[int, int]] = []

    class Nothing:
        def take(self, most: int, blocks: int) -> None:
            asked.append((most, blocks))

        def close(self) -> None:
            asked.append((0, 0))

    monkeypatch.setattr(module, "drain", lambda *_: Nothing())
    with ring(wire, "there", "vb", program=OURS) as far:
        recorder = Recorder([far], str(tmp_path / "x.pcap"), rotation)
        recorder.take(5)
        recorder.take(0)
        recorder.finished()
        recorder.close()
    assert asked == [(5, blocks), (ALL, blocks), (0, 0)]


def test_only_the_newest_are_kept(wire: Lab, tmp_path: Path) -> None:
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        recorder = Recorder([far], str(tmp_path / "all.pcap.gz"), Rotation(octets=LEAST_FILE, files=2))
        with recording(recorder):
            flood(out, far, recorder, 3000)
    assert sorted(map(str, tmp_path.iterdir())) == recorder.files
    assert len(recorder.files) == 2
    assert all(name.endswith(".pcap.gz") for name in recorder.files)
    kept = frames_of(*recorder.files)
    assert kept == [made(number, 1500) for number in range(3000 - len(kept), 3000)]


def test_a_series_by_time(wire: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("netloom.packet.live.recorder.time.monotonic", lambda: now[0])
    series = module.Series(str(tmp_path / "all.pcap"), Rotation(seconds=60), b"head")
    for step in (0, 30, 30, 59, 1, 3600):
        now[0] += step
        series.write(b"data")
    series.close(b"end")
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [
        b"headdatadata", b"headdatadata", b"headdata", b"headdataend",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "rotation", "words"),
    [
        ("-", Rotation(octets=LEAST_FILE), "needs a name"),
        ("x.pcap", Rotation(octets=1000), "at least 1 MiB"),
        ("x.pcap", Rotation(files=3), "says nothing without"),
    ],
)
def test_a_series_that_can_t_be(tmp_path: Path, path: str, rotation: Rotation, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        module.Series(path if path == "-" else str(tmp_path / path), rotation, b"")
    assert list(tmp_path.iterdir()) == []


def test_an_interface_that_goes_ends_it_and_what_came_is_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "x.pcapng")
    with lab() as pair, ring(pair, "there", "vb", program=OURS) as far, pair.wires() as out:
        recorder = Recorder([far], path)

        def go() -> None:
            with recording(recorder, count=1000):
                for number in range(10):
                    out.send(made(number))
                while recorder.packets < 10:
                    time.sleep(0.001)
                pair.script("there", "ip link set vb down")

        with pytest.raises(NetworkError, match="vb went down"):
            go()
    assert frames_of(path) == [made(number) for number in range(10)]


def test_a_full_disk_is_told(wire: Lab) -> None:
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        with pytest.raises(UsageError, match="No space left"):
            Recorder([far], "/dev/full")
        out.send(made(1))


def test_what_was_dropped_stands_in_the_file(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "x.pcapng")
    with ring(wire, "there", "vb", program=OURS, buffer=2 * BLOCK) as far, wire.wires() as out:
        for number in range(2000):
            out.send(made(number, 1500))
        recorder = Recorder([far], path)
        with recording(recorder):
            pass
        assert recorder.counts.passed == 2000
        assert recorder.counts.dropped > 0
        assert recorder.packets == 2000 - recorder.counts.dropped
    with open_capture(path, strict=True) as capture:
        assert sum(1 for _ in capture.frames()) == recorder.packets
        assert capture.drops == recorder.counts.dropped


def test_times_are_in_order(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "x.pcap")
    with ring(wire, "there", "vb", program=OURS) as far, wire.wires() as out:
        recorder = Recorder([far], path)
        with recording(recorder):
            for number in range(500):
                out.send(made(number))
    with open_capture(path) as capture:
        stamps = [frame.timestamp_ns or 0 for frame in capture.frames()]
    assert all(a <= b for a, b in pairwise(stamps))
    assert (stamps[0], stamps[-1]) == (recorder.first_ns, recorder.last_ns)


def test_it_ends_though_packets_go_on_coming(wire: Lab, tmp_path: Path) -> None:
    over = threading.Event()

    def flood_on() -> None:
        with wire.wires() as out:
            while not over.is_set():
                out.send(made(1))

    thread = threading.Thread(target=flood_on)
    with ring(wire, "there", "vb", program=OURS) as far:
        recorder = Recorder([far], str(tmp_path / "x.pcapng"))
        thread.start()
        try:
            with recording(recorder):
                while recorder.packets < 1000:
                    time.sleep(0.001)
        finally:
            over.set()
            thread.join(30)
        assert recorder.packets == recorder.counts.passed - recorder.counts.dropped
