"""Before flows are timed: what they add up to on each side is what the generator counted, or the table fails."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.bench import Bench
from benchmarks.capture import Capture
from benchmarks.processes import ALL, Contender, Race
from benchmarks.tables.flows import ARGUS, NFPCAPD, NFSTREAM, OURS, TABLE, Found, check, sides
from benchmarks.traffic import Facts, write
from tests.interop.peers import need

if TYPE_CHECKING:
    from pathlib import Path

FACTS = Facts(packets=10, flows=3, octets=900, ip_packets=8, ip_frames=780, ip_octets=668)


def told(out: Path, **sums: int) -> Found:
    (out / "nfstream.json").write_text(json.dumps(sums))
    return check(Contender(NFSTREAM, ["it"], 10), Capture(out / "x.pcap", FACTS), out)


def test_sums_that_are_right_are_given(tmp_path: Path) -> None:
    assert told(tmp_path, flows=3, packets=8, octets=780) == Found(3, 8, 780)
    assert told(tmp_path, flows=4, packets=8, octets=668, of_ip=True).flows == 4


@pytest.mark.parametrize(("packets", "octets"), [(9, 780), (8, 779), (8, 668)])
def test_sums_that_are_wrong_are_no_flows(packets: int, octets: int, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"it: Found\(.* and the generator counted \(8, 780\)"):
        told(tmp_path, flows=3, packets=packets, octets=octets)


@pytest.mark.interop
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_every_sides_flows_add_up(tmp_path: Path) -> None:
    need("nfpcapd", "nfdump")
    need("argus", "argus-server")
    need("racount", "argus-client")
    made = Capture(tmp_path / "x.pcap", write(tmp_path / "x.pcap", 2500, 150))
    with Bench("x", tmp_path, quick=True) as bench:
        race = Race(bench)
        contenders, missing = sides(made, None, tmp_path)
        assert ([one.name for one in contenders], missing) == ([OURS, TABLE, NFPCAPD, ARGUS], [])
        for one in contenders:
            race.run(one, ALL)
            found = check(one, made, tmp_path)
            assert found.packets == made.facts.ip_packets
            assert found.flows >= 140
