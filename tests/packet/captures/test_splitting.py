"""Splitting: by number, time and size, by who talks to whom, with few files open and none without end."""

from __future__ import annotations

import gzip
import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.captures import Interface, create, open_capture, read, sorting
from netloom.packet.captures.sorting import Rule
from netloom.packet.captures.splitting import Splitting
from netloom.packet.conversation import ip_packet
from netloom.packet.frame import Frame
from tests.packet.captures import samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.captures.record import Written

pytestmark = pytest.mark.usefixtures("leaves_nothing")
SECOND = 1_000_000_000


def written(path: Path, frames: Sequence[Frame]) -> Path:
    with create(path, overwrite=True) as writer:
        for one in frames:
            writer.write(one)
    return path


def split(paths: Sequence[Path], target: Path, rule: Rule) -> list[Written]:
    work = Splitting(paths, target, rule, overwrite=True)
    try:
        told = []
        while work.step():
            told += work.taken()
        return told + work.finish()
    finally:
        work.close()


def frames(path: Path | str) -> list[Frame]:
    return list(open_capture(path, strict=True).frames())


def timed(*seconds: float, size: int = 10) -> list[Frame]:
    return [Frame(bytes(size), round(each * SECOND), 1, size) for each in seconds]


@settings(deadline=None)  # it writes files
@given(
    st.lists(st.integers(0, 200), max_size=40),
    st.integers(1, 7),
    st.sampled_from(["x.pcap", "x.pcapng", "x.pcapng.gz", "x.pcap.zst", "x"]),
)
def test_by_number(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], count: int, name: str) -> None:
    base = tmp_path_factory.mktemp("number")
    everything = [Frame(bytes(size), number, 1, size) for number, size in enumerate(sizes)]
    source = written(base / "all.pcap", everything)
    records = split([source], base / name, Rule(packets=count))
    assert [record.frames for record in records[:-1]] == [count] * (len(records) - 1)
    assert [frame for record in records for frame in frames(record.file)] == everything
    assert len(list(base.iterdir())) == len(records) + 1
    if records:
        stem, _, suffix = name.partition(".")
        assert records[0].file == str(base / f"{stem}-00001.{suffix or 'pcap'}")
        assert (records[0].first, records[-1].last) == (0, (len(sizes) - 1) / 1e9)


def test_by_time(tmp_path: Path) -> None:
    """Windows follow each other from the first packet on; a packet that comes late stays where the others are."""
    source = written(tmp_path / "all.pcap", timed(100, 109.999, 110, 108, 131, 139, 140))
    records = split([source], tmp_path / "x.pcap", Rule(nanoseconds=10 * SECOND))
    assert [record.frames for record in records] == [2, 2, 2, 1]
    assert [(record.first, record.last) for record in records[:2]] == [(100.0, 109.999), (108.0, 110.0)]


@settings(deadline=None)  # it writes files
@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 1000))
def test_by_size(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int) -> None:
    base = tmp_path_factory.mktemp("size")
    source = written(base / "all.pcap", [Frame(bytes(size), number, 1, size) for number, size in enumerate(sizes)])
    records = split([source], base / "x.pcap", Rule(size=limit))
    assert sum(record.frames for record in records) == len(sizes)
    for record in records:
        assert (base / record.file).stat().st_size <= limit or record.frames == 1


def test_what_comes_first_begins_a_file(tmp_path: Path) -> None:
    source = written(tmp_path / "all.pcap", timed(0, 1, 2, 3, 20, 21, size=500))
    records = split([source], tmp_path / "x.pcap", Rule(packets=3, nanoseconds=10 * SECOND))
    assert [record.frames for record in records] == [3, 1, 2]


def ip(source: str, destination: str, protocol: int = 17, ports: tuple[int, int] = (0, 0)) -> Frame:
    payload = ports[0].to_bytes(2) + ports[1].to_bytes(2) + (8).to_bytes(2) + bytes(2)
    data = ip_packet(ip_address(source), ip_address(destination), protocol, payload, 1)
    return Frame(data, 5, 101, len(data))


A, B, C = "192.0.2.1", "192.0.2.2", "2001:db8::1"
TALK = [
    ip(A, B, ports=(1000, 53)),
    ip(B, A, ports=(53, 1000)),
    ip(A, B, ports=(1001, 53)),
    ip(C, C, ports=(5, 6)),
    ip(A, B, 47),
    ip(B, A, 47),
    Frame(b"\x99", 5, 101, 1),
]


@pytest.mark.parametrize(
    ("by", "files"),
    [
        (
            "flow",
            {
                "udp-192.0.2.1-1000-192.0.2.2-53": [0, 1], "udp-192.0.2.1-1001-192.0.2.2-53": [2],
                "udp-2001_db8__1-5-2001_db8__1-6": [3], "gre-192.0.2.1-192.0.2.2": [4, 5], "other": [6],
            },
        ),
        ("pair", {"192.0.2.1-192.0.2.2": [0, 1, 2, 4, 5], "2001_db8__1-2001_db8__1": [3], "other": [6]}),
        ("host", {"192.0.2.1": [0, 1, 2, 4, 5], "192.0.2.2": [0, 1, 2, 4, 5], "2001_db8__1": [3], "other": [6]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("opened", [1, 128])
@pytest.mark.parametrize("suffix", ["pcap", "pcapng.gz"])
def test_by_whom(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by: sorting.By,
    files: dict[str, list[int]],
    opened: int,
    suffix: str,
) -> None:
    monkeypatch.setattr(sorting, "OPEN", opened)
    source = written(tmp_path / "all.pcapng", TALK)
    records = split([source], tmp_path / f"x.{suffix}", Rule(by=by))
    assert {record.of: frames(record.file) for record in records} == {
        name: [TALK[number] for number in numbers] for name, numbers in files.items()
    }
    assert {record.file for record in records} == {str(tmp_path / f"x-{name}.{suffix}") for name in files}


def test_few_files_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "OPEN", 2)
    source = written(tmp_path / "all.pcap", [ip(A, B, ports=(port, port)) for port in range(20)])
    work = Splitting([source], tmp_path / "x.pcap", Rule(by="flow"))
    while work.step():
        pass
    there = {str(path) for path in tmp_path.glob("x-*")}
    opened = [number for number in Path("/proc/self/fd").iterdir() if os.path.realpath(number) in there]
    assert (len(there), len(opened)) == (20, 2)
    work.close()


def test_files_are_bounded(tmp_path: Path) -> None:
    source = written(tmp_path / "all.pcapng", TALK)
    records = split([source], tmp_path / "x.pcap", Rule(by="flow", files=2))
    assert [(record.of, record.frames) for record in records][2:] == [("rest", 4)]
    with pytest.raises(UsageError, match="more than 2 files"):
        split([source], tmp_path / "y.pcap", Rule(packets=1, files=2))


def test_each_file_stands_on_its_own(tmp_path: Path) -> None:
    """It has its interfaces, and the secrets and names that its packets may need."""
    with create(tmp_path / "all.pcapng") as writer:
        writer.interface(Interface(1, "unused"))
        writer.interface(Interface(101, "tun", snap=96))
        for number, frame in enumerate(TALK):
            writer.secrets(b"SECRET %d\n" % number)
            writer.names({f"192.0.2.{number}": "x"})
            writer.write(frame, 1)
    for rule in (Rule(packets=3), Rule(by="pair")):
        records = split([tmp_path / "all.pcapng"], tmp_path / "x.pcapng", rule)
        for record in records:
            blocks = list(read(record.file))
            assert [block for block in blocks if isinstance(block, Interface)] == [Interface(101, "tun", SECOND, 0, 96)]
            with open_capture(record.file) as found:
                for frame in found.frames():
                    known = found.secrets.decode().splitlines()
                    assert known == [f"SECRET {number}" for number in range(len(known))]
                    assert len(known) > TALK.index(frame)
                assert set(found.names) == {f"192.0.2.{number}" for number in range(len(found.names))}
    records = split([tmp_path / "all.pcapng"], tmp_path / "x.pcap", Rule(packets=3))
    assert records[0].lost == ("names", "secrets")


def test_many_files_are_split_as_one(tmp_path: Path) -> None:
    paths = [written(tmp_path / "a.pcap", timed(1, 2)), written(tmp_path / "b.pcap", timed(3, 4))]
    (tmp_path / "c.pcap.gz").write_bytes(gzip.compress(paths[0].read_bytes()[:-1]))
    work = Splitting([*paths, tmp_path / "c.pcap.gz"], tmp_path / "x", Rule(packets=3))
    while work.step():
        assert 0 < work.position <= work.size
    assert [record.frames for record in work.finish()] == [3, 2]
    assert [(note.frames, note.byte) for note in work.notes] == [(1, 50)]


def test_mistakes(tmp_path: Path) -> None:
    source = written(tmp_path / "x-00001.pcap", timed(1))
    for target, words in ((tmp_path / "missing" / "x", "no folder"), ("-", "need a name"), ("/", "need a name")):
        with pytest.raises(UsageError, match=words):
            Splitting([source], target, Rule(packets=1))
    with pytest.raises(UsageError, match="is read itself"):
        split([source], tmp_path / "x.pcap", Rule(packets=1))
    written(tmp_path / "y-00001.pcap", [])
    work = Splitting([source], tmp_path / "y.pcap", Rule(packets=1))
    with pytest.raises(UsageError, match="exists"):
        work.step()
    work.close()


def test_an_empty_capture_has_no_parts(tmp_path: Path) -> None:
    source = written(tmp_path / "all.pcap", [])
    assert split([source], tmp_path / "x.pcap", Rule(packets=1)) == []
    assert samples.frames_of(list(read(source))) == []
