"""The table of live capture: what counts as loss-free, and how losses are read from what programs say."""

from __future__ import annotations

import re
import sys

import pytest

from benchmarks.tables import live
from benchmarks.tables.live import Case, Turn, aimed, grid, lossless
from netloom.packet.live.sender import BATCH

SAID = {
    live.PCAPNG: '{"interfaces":["far"],"packets":1,"octets":64,"dropped":7,"files":["x.pcapng"]}\n',
    live.PCAP: '{"interfaces":["far"],"packets":1,"octets":64,"dropped":7,"files":["x.pcap"]}\n',
    live.TCPDUMP: "tcpdump: listening on far\n1 packet captured\n8 packets received by filter\n"
    "7 packets dropped by kernel\n",
    live.DUMPCAP: "File: x\nPackets captured: 1\n"
    "Packets received/dropped on interface 'far': 1/7 (pcap:7/dumpcap:0/flushed:0/ps_ifdrop:0) (12.5%)\n",
}


def turn(rate: float, dropped: int = 0) -> Turn:
    return Turn(sent=1000, rate=rate, seen=1000 - dropped, dropped=dropped, cpu=0.001)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="packet sockets")
def test_what_each_says_of_its_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "need", lambda program, _: program)
    for side in live.sides():
        found = re.search(side.told, SAID[side.name], re.DOTALL)
        assert found is not None, side.name
        assert found.groups() == ("1", "7"), side.name
        assert "64" in side.command("x", 64)[-1] or "65536" in side.command("x", 64)[-1]
        assert not {"-B", "--buffer"} & set(side.command("x", 0))


def test_a_rate_is_loss_free_only_if_those_below_it_are() -> None:
    turns = [[turn(1)], [turn(2)], [turn(3, 1)], [turn(4)]]
    assert lossless(turns) == [turn(2)]
    assert lossless([[turn(1, 5)], [turn(2)]]) == ()
    assert lossless([[turn(1), turn(1.5), turn(1, 9)]]) == [turn(1), turn(1.5), turn(1, 9)]
    assert lossless([[turn(1), turn(1, 8), turn(1, 9)]]) == ()


def test_aims_are_ratios_to_the_better_one() -> None:
    case = Case(64, 32)
    found = {
        live.PCAPNG: [[turn(100)], [turn(200)]],
        live.PCAP: [[turn(100)], [turn(200, 1)]],
        live.TCPDUMP: [[turn(100)], [turn(150)]],
        live.DUMPCAP: [[turn(100, 1)], [turn(200)]],
    }
    assert [aim.got.median for aim in aimed(found, case)] == [1, 100 / 175]
    rows = grid(found, case).rows
    assert [row[1] for row in rows] == [
        "at least 200 (200 to 200)",
        "100 (100 to 100)",
        "at least 150 (150 to 150)",
        "none",
    ]


def test_the_capture_is_the_same_each_time(tmp_path: object) -> None:
    class Bench:
        folder = tmp_path

    assert live.capture(Bench(), 64).read_bytes() == live.capture(Bench(), 64).read_bytes()  # type: ignore[arg-type]
    assert live.capture(Bench(), 64).stat().st_size == 24 + BATCH * (16 + 64)  # type: ignore[arg-type]
