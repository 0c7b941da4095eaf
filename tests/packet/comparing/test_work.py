"""Work: two files side by side. What it tells of them: tests/operations/test_diff.py."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from netloom.packet import UDP, Ethernet, IPv4
from netloom.packet.captures import create
from netloom.packet.comparing import work
from netloom.packet.comparing.work import Comparing
from netloom.packet.frame import Frame
from netloom.packet.rewriting.anonymity import Anonymity
from netloom.packet.rewriting.rewriter import Changes, Rewriter
from tests.packet import generated

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from netloom.packet.comparing.record import PacketDifference

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def written(path: Path, frames: Iterable[Frame]) -> Path:
    with create(path, overwrite=True) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def compared(first: Path, second: Path, *ignored: str) -> tuple[Comparing, list[PacketDifference]]:
    made = Comparing(first, second, frozenset(ignored))
    try:
        found = []
        while made.step():
            assert made.position <= made.size
            found += made.take()
        return made, found
    finally:
        made.close()


def test_whatever_a_capture_holds_it_is_like_itself(tmp_path: Path) -> None:
    frames = [frame for link in generated.LINKS for frame in generated.frames(Random(link), 100, link)]
    path = written(
        tmp_path / "x.pcapng", (Frame(each.data, at, each.link_type, each.length) for at, each in enumerate(frames))
    )
    made, found = compared(path, path)
    whole = made.comparison()
    assert found == []
    assert (whole.same, whole.first_packets, whole.reordered) == (len(frames), len(frames), 0)
    assert list(made.flows()) == []


def test_another_capture_altogether(tmp_path: Path) -> None:
    frames = generated.frames(Random(1), 200, 1)
    change = Rewriter(Changes(anonymity=Anonymity(bytes(32))))
    one = written(tmp_path / "1.pcapng", frames)
    other = written(tmp_path / "2.pcapng", map(change.frame, frames))
    made, found = compared(one, other)
    whole = made.comparison()
    assert len(found) == whole.changed + whole.only_first + whole.only_second
    assert whole.same + whole.changed + whole.only_first == 200
    assert whole.same + whole.changed + whole.only_second == 200


def test_only_so_many_flows_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "FLOWS", 3)
    data = [bytes(Ethernet() / IPv4() / UDP(sport=port, dport=9) / b"") for port in range(5)]
    one = written(tmp_path / "1.pcap", (Frame(each, 0, 1, len(each)) for each in data))
    other = written(tmp_path / "2.pcap", [])
    made, _ = compared(one, other)
    assert (len(list(made.flows())), made.unseen_flows, made.early) == (3, 2, 0)
    unknown, _ = compared(one, other, "port")
    assert list(unknown.flows()) == []


def test_it_can_be_stopped(tmp_path: Path) -> None:
    path = written(tmp_path / "1.pcap", generated.frames(Random(1), 9, 1))
    made = Comparing(path, path, frozenset())
    made.cancel()
    while made.step():
        pass
    assert made.comparison().first_packets == 0
    made.close()
