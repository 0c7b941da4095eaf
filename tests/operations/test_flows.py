"""Flows: each when it is over, with what was said and how it went."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet import UDP, Frame, IPv4
from netloom.packet import reading as reading_module
from netloom.packet.captures.record import DamagedFile
from netloom.packet.captures.writer import write
from netloom.packet.flows import tracker
from netloom.packet.flows.record import Flow
from netloom.packet.kernels import compiled
from netloom.packet.record import AnswerRow
from netloom.packet.saving import Saved
from netloom.toolbox import Toolbox
from tests.packet import talks
from tests.worlds import records

if TYPE_CHECKING:
    from pathlib import Path


async def flows(path: Path, **fields: Any) -> list[Any]:
    return await records(None, "flows", str(path), **fields)


@pytest.mark.parametrize("small", [0, 1 << 20])
async def test_each_flow_is_a_record(small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "SMALL", small)
    compiled.load()  # who chooses doesn't wait for a compiler
    found = await flows(talks.capture(tmp_path))
    assert all(isinstance(one, Flow) for one in found)
    by = {(one.protocol, one.dst_port): one for one in found}
    web = by["tcp", 80]
    assert (web.src_ip, web.dst_ip, web.app_protocol, web.ended) == (talks.CLIENT, talks.SERVER, "http", "capture")
    assert (web.packets_forward, web.packets_backward) == (3, 2)
    assert web.handshake_rtt == pytest.approx(0.02)
    assert by["udp", 53].queries == ["example.org"]
    assert by["icmp", 0].src_port == 8


async def test_time_outs(tmp_path: Path) -> None:
    path = talks.capture(tmp_path)
    found = await flows(path, idle=0.005, filter="tcp")
    assert [one.packets for one in found] == [1, 1, 1, 1, 1]
    assert {one.ended for one in found} == {"idle", "capture"}
    found = await flows(path, active=0.015, filter="tcp")
    assert [one.ended for one in found] == ["active", "active", "capture"]


async def test_a_seed_changes_the_id(tmp_path: Path) -> None:
    path = talks.capture(tmp_path)
    one, other = [await flows(path, filter="arp or udp port 53", seed=seed) for seed in (0, 1)]
    assert one[0].community_id != other[0].community_id


async def test_damage_and_strictness(tmp_path: Path) -> None:
    path = talks.capture(tmp_path, cut=1)
    assert isinstance((await flows(path))[-1], DamagedFile)
    with pytest.raises(RemoteProtocolError):
        await flows(path, strict=True)


async def test_what_bounds_cost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker.Tracker.__init__, "__defaults__", (tracker.IDLE, tracker.ACTIVE, 2, None))
    octets = [bytes(IPv4(src=f"10.0.0.{number}") / UDP()) for number in range(9)]
    path = tmp_path / "x.pcap"
    write(path, [Frame(data, number, 101, len(data)) for number, data in enumerate(octets)])
    told: list[str] = []

    async def heard(record: object) -> None:
        """Nobody looks at them."""

    from netloom.operations.flows import OPERATION, Request

    await OPERATION.run(Request(files=[str(path)]), Toolbox(heard, tell=told.append))
    assert told == ["7 flows were ended early: more went on at a time than are held"]


async def test_a_query(tmp_path: Path) -> None:
    query = "SELECT dst_port, app_protocol, queries FROM flows WHERE protocol = 'udp' AND app_protocol = 'dns'"
    assert await flows(talks.capture(tmp_path), sql=query) == [
        AnswerRow(row={"dst_port": 53, "app_protocol": "dns", "queries": ["example.org"]})
    ]


async def test_columns_are_written(tmp_path: Path) -> None:
    path, to = talks.capture(tmp_path), tmp_path / "flows.csv"
    (saved,) = await flows(path, to=str(to), seed=7)
    found = list(csv.DictReader(to.read_text().splitlines()))
    wanted = await flows(path, seed=7)
    assert saved == Saved(file=str(to), format="csv", rows=len(wanted), octets=to.stat().st_size)
    assert sorted(row["community_id"] for row in found) == sorted(one.community_id for one in wanted)
    assert list(found[0]) == list(Flow.__struct_fields__)


async def test_damage_is_told_after_what_was_written(tmp_path: Path) -> None:
    saved, damaged = await flows(talks.capture(tmp_path, cut=1), to=str(tmp_path / "x.npz"))
    assert saved.rows > 0
    assert isinstance(damaged, DamagedFile)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": "x.txt"}, "columns are written as"),
        ({"overwrite": True}, "nothing is written"),
        ({"sql": "SELECT x FROM flows"}, "x"),
    ],
)
async def test_what_makes_no_sense(fields: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        await flows(talks.capture(tmp_path), **fields)
