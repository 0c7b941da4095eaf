"""Packets: a line each, only those that are wanted, or what a query finds; and what is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.captures.record import DamagedFile
from netloom.packet.record import AnswerRow, PacketRecord
from tests.packet import talks
from tests.worlds import records

if TYPE_CHECKING:
    from pathlib import Path


async def packets(path: Path, **fields: Any) -> list[Any]:
    return await records(None, "packets", str(path), **fields)


async def test_each_packet_is_a_record(tmp_path: Path) -> None:
    found = await packets(talks.capture(tmp_path))
    assert all(isinstance(one, PacketRecord) for one in found)
    assert [one.number for one in found] == list(range(1, len(talks.PACKETS) + 1))
    assert [one.protocol for one in found] == ["arp", "udp", "tcp", "tcp", "tcp", "tcp", "tcp", "icmp", "udp"]
    assert found[1].time == pytest.approx(1_700_000_000.01)


async def test_many_files_are_one_capture(tmp_path: Path) -> None:
    path = str(talks.capture(tmp_path))
    found = await records(None, "packets", [path, path])
    numbers = [one.number for one in found if isinstance(one, PacketRecord)]
    assert numbers == list(range(1, 2 * len(talks.PACKETS) + 1))


async def test_only_some(tmp_path: Path) -> None:
    path = talks.capture(tmp_path)
    assert [one.number for one in await packets(path, filter="port 53 or arp")] == [1, 2]
    assert [one.number for one in await packets(path, count=2)] == [1, 2]
    assert [one.number for one in await packets(path, filter="tcp", count=2)] == [3, 4]


async def test_a_query(tmp_path: Path) -> None:
    found = await packets(talks.capture(tmp_path), sql="SELECT count(*) AS n FROM packets WHERE protocol_name = 'tcp'")
    assert found == [AnswerRow(row={"n": 5})]


async def test_columns_are_written(tmp_path: Path) -> None:
    to = tmp_path / "x.csv"
    (saved,) = await packets(talks.capture(tmp_path), to=str(to), filter="tcp")
    assert (saved.rows, saved.format) == (5, "csv")
    assert len(to.read_text().splitlines()) == 6


async def test_what_is_damaged_is_a_record(tmp_path: Path) -> None:
    path = talks.capture(tmp_path, cut=1)
    *found, last = await packets(path)
    assert len(found) == len(talks.PACKETS) - 1
    assert isinstance(last, DamagedFile)
    assert (last.file, last.frames) == (str(path), len(found))


async def test_who_is_strict_hears_it_as_an_error(tmp_path: Path) -> None:
    path = talks.capture(tmp_path, cut=1)
    with pytest.raises(RemoteProtocolError, match="is damaged at byte"):
        await packets(path, strict=True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"filter": "tcp port"}, "a port is expected"),
        ({"sql": "SELECT 1", "count": 3}, "--count is for packets"),
        ({"to": "x.csv", "count": 3}, "--count is for packets"),
        ({"sql": "SELECT x FROM packets"}, "x"),
    ],
)
async def test_what_makes_no_sense(fields: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        await packets(talks.capture(tmp_path), **fields)


async def test_a_file_that_is_no_capture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(UsageError, match="a ZIP archive"):
        await packets(path)


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        await packets(tmp_path / "none.pcap")
