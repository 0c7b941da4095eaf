"""Merging: by time, whatever the files are, with what belongs to their packets."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import UsageError
from netloom.packet.captures import Interface, Names, Secrets, create, merging, open_capture, read
from netloom.packet.captures.merging import Merging
from netloom.packet.frame import Frame
from tests.packet.captures import samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from netloom.packet.captures.record import Written

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def frame(time: int | None, link: int = 1, data: bytes = b"") -> Frame:
    return Frame(data, time, link, len(data))


def written(path: Path, frames: Sequence[Frame]) -> Path:
    with create(path, overwrite=True) as writer:
        for one in frames:
            writer.write(one)
    return path


def merge(paths: Sequence[Path], target: Path) -> Written:
    work = Merging(paths, target, overwrite=True)
    try:
        while work.step():
            assert work.position <= work.size
        (record,) = work.finish()
        return record
    finally:
        work.close()


def frames(path: Path) -> list[Frame]:
    return list(open_capture(path, strict=True).frames())


@settings(deadline=None)  # it writes files
@given(st.lists(st.lists(st.integers(0, 50), max_size=30), min_size=1, max_size=5), st.booleans())
def test_sorted_files_are_sorted_together(
    tmp_path_factory: pytest.TempPathFactory, times: list[list[int]], many: bool
) -> None:
    base = tmp_path_factory.getbasetemp()
    paths = [
        written(base / f"m{number}.{'pcap' if number % 2 else 'pcapng'}", [frame(time) for time in sorted(each)])
        for number, each in enumerate(times)
    ]
    with pytest.MonkeyPatch.context() as patch:
        if many:
            patch.setattr(merging, "_FEW", 0)
        record = merge(paths, base / "merged.pcapng")
    found = [one.timestamp_ns for one in frames(base / "merged.pcapng")]
    everything = sorted(time for each in times for time in each)
    assert found == everything
    assert record.frames == len(everything)
    assert (record.first, record.last) == ((everything[0] / 1e9, everything[-1] / 1e9) if everything else (None, None))


def test_each_interface_stays_one(tmp_path: Path) -> None:
    first = written(tmp_path / "a.pcap", [frame(10), frame(30)])
    with create(tmp_path / "b.pcapng") as writer:
        writer.interface(Interface(113, "any"))
        writer.interface(Interface(1, "eth0", snap=96))
        writer.secrets(b"A B\n")
        writer.names({"::1": "here"})
        writer.write(frame(20), 1)
        writer.write(Frame(b"x", 40, 113, 1, comment="late"), 0)
    record = merge([first, tmp_path / "b.pcapng"], tmp_path / "c")
    blocks = list(read(tmp_path / "c"))
    found = [
        (blocks_of.timestamp_ns, interfaces(blocks)[blocks_of.interface].name)
        for blocks_of in samples.frames_of(blocks)
    ]
    assert found == [(10, ""), (20, "eth0"), (30, ""), (40, "any")]
    assert interfaces(blocks)[1].snap == 96
    secrets = next(number for number, block in enumerate(blocks) if isinstance(block, Secrets))
    eth0 = next(number for number, block in enumerate(blocks) if isinstance(block, Frame) and block.timestamp_ns == 20)
    assert secrets < eth0
    assert any(isinstance(block, Names) for block in blocks)
    assert samples.frames_of(blocks)[-1].comment == "late"
    assert (record.format, record.lost) == ("pcapng", ())


def interfaces(blocks: Sequence[object]) -> list[Interface]:
    return [block for block in blocks if isinstance(block, Interface)]


def test_the_same_interface_in_many_sections_is_one(tmp_path: Path) -> None:
    one = written(tmp_path / "a.pcapng", [frame(10)]).read_bytes()
    (tmp_path / "b.pcapng").write_bytes(one * 50)
    merge([tmp_path / "b.pcapng"], tmp_path / "c")
    assert len(interfaces(list(read(tmp_path / "c")))) == 1


def test_untold_times_stay_where_they_are(tmp_path: Path) -> None:
    simple = samples.block("<", 3, (1).to_bytes(4, "little") + b"s")
    data = samples.section("<") + samples.interface("<", 1)
    (tmp_path / "a.pcapng").write_bytes(data + samples.enhanced("<", 0, 30, b"a") + simple)
    second = written(tmp_path / "b.pcap", [frame(10_000, data=b"b"), frame(30_001, data=b"c")])
    merge([tmp_path / "a.pcapng", second], tmp_path / "c")
    assert [one.data for one in frames(tmp_path / "c")] == [b"b", b"a", b"s", b"c"]


@pytest.mark.parametrize(
    ("names", "target", "format_"),
    [
        (["a.pcap", "a.pcap"], "x", "pcap"),
        (["a.pcap", "r.pcap"], "x", "pcapng"),
        (["a.pcap", "a.pcapng"], "x", "pcapng"),
        (["a.pcap"], "x.pcapng", "pcapng"),
        (["a.pcapng"], "x.pcap.gz", "pcap"),
    ],
)
def test_which_format(tmp_path: Path, names: list[str], target: str, format_: str) -> None:
    for name in set(names):
        written(tmp_path / name, [frame(1_999, 101 if name[0] == "r" else 1)])
    record = merge([tmp_path / name for name in names], tmp_path / target)
    assert (record.format, record.frames) == (format_, len(names))
    assert {one.timestamp_ns for one in frames(tmp_path / target)} == {1_999}


def test_microseconds_stay_microseconds(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(samples.pcap() + samples.record("<", 1, 2, b""))
    merge([tmp_path / "a.pcap"], tmp_path / "x")
    assert (tmp_path / "x").read_bytes()[:4] == b"\xd4\xc3\xb2\xa1"


def test_one_link_type_for_pcap(tmp_path: Path) -> None:
    paths = [written(tmp_path / "a.pcap", [frame(1)]), written(tmp_path / "b.pcap", [frame(2, 101)])]
    with pytest.raises(UsageError, match="one link type"):
        merge(paths, tmp_path / "x.pcap")


def test_damage_is_noted(tmp_path: Path) -> None:
    data = written(tmp_path / "a.pcap", [frame(1), frame(3)]).read_bytes()
    (tmp_path / "cut.pcap").write_bytes(data[:-1])
    work = Merging([tmp_path / "a.pcap", tmp_path / "cut.pcap"], tmp_path / "x")
    while work.step():
        pass
    assert work.finish()[0].frames == 3
    assert [(note.frames, note.byte) for note in work.notes] == [(1, 40)]


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", [frame(1)])
    before = path.read_bytes()
    (tmp_path / "link.pcap").symlink_to(path)
    for target in (path, tmp_path / "link.pcap"):
        with pytest.raises(UsageError, match="is read itself"):
            Merging([path], target, overwrite=True)
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match="exists"):
        Merging([path], written(tmp_path / "b.pcap", []))


def test_many_files_one_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than may be open at once, as long as few have the same time."""
    monkeypatch.setattr(merging, "OPEN", 3)
    paths = [
        written(tmp_path / f"{number}.pcap", [frame(number * 10 + step * 8) for step in range(3)])
        for number in range(20)
    ]
    paths.reverse()
    merge(paths, tmp_path / "x.pcap")
    times = [one.timestamp_ns for one in frames(tmp_path / "x.pcap")]
    assert times == sorted(number * 10 + step * 8 for number in range(20) for step in range(3))
    same = [written(tmp_path / f"s{number}.pcap", [frame(1), frame(9)]) for number in range(5)]
    with pytest.raises(UsageError, match="more than 3 captures of the same time"):
        merge(same, tmp_path / "y.pcap")


def test_it_can_be_stopped_while_it_waits(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keeper = os.open(path, os.O_RDWR)
    try:
        os.write(keeper, samples.pcap() + samples.record("<", 1, 1, b"x"))
        work = Merging([path], tmp_path / "x.pcap")
        thread = threading.Thread(target=work.step)
        thread.start()
        while not work.position:
            pass
        work.cancel()
        thread.join()
        assert not work.step()
        work.close()
    finally:
        os.close(keeper)
