"""Capture as an operation: what it refuses before it hears anything. On a wire: tests/interop/test_packet_live.py."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.live.records import CaptureRecord
from netloom.packet.record import PacketRecord
from netloom.runs import Run
from tests.interop.peers import READY, need
from tests.packet.live.lab import HERE, THERE, Lab, lab, listening, unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture(scope="module", name="wire")
def _wire() -> Iterator[Lab]:
    with lab() as made:
        yield made


async def captured(*interfaces: str, **fields: Any) -> list[Any]:
    return [record async for record in Run[Any].prepare("capture", (list(interfaces),), fields)]


def ping(wire: Lab, host: str = THERE) -> subprocess.Popen[bytes]:
    command = wire.command("here", need("ping", "iputils-ping"), "-c", "200", "-i", "0.05", host)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)


async def test_a_record_for_each_packet_and_one_for_all(wire: Lab) -> None:
    with wire.inside("there"):
        process = ping(wire)
        try:
            *packets, whole = await captured("vb", filter="icmp", count=4)
        finally:
            process.kill()
            process.wait(READY)
    assert [type(record) for record in packets] == [PacketRecord] * 4
    assert {record.protocol for record in packets} == {"icmp"}
    assert {(record.src, record.direction) for record in packets} == {(HERE, "in"), (THERE, "out")}
    assert {record.words for record in packets} == {"echo request, 56 octets", "echo reply, 56 octets"}
    assert [record.number for record in packets] == [1, 2, 3, 4]
    assert {record.interface for record in packets} == {"vb"}
    assert isinstance(whole, CaptureRecord)
    assert (whole.interfaces, whole.packets, whole.octets, whole.dropped) == (["vb"], 4, 4 * 98, 0)
    assert (whole.first, whole.last) == (packets[0].time, packets[-1].time)


async def test_into_a_file(wire: Lab, tmp_path: Path) -> None:
    path = str(tmp_path / "x.pcapng")
    with wire.inside("there"):
        process = ping(wire)
        try:
            (whole,) = await captured("vb", filter="icmp", count=4, to=path)
        finally:
            process.kill()
            process.wait(READY)
    assert (whole.packets, whole.files, whole.dropped) == (4, [path], 0)


async def test_a_filter_with_a_mistake_points_at_it() -> None:
    with pytest.raises(UsageError) as caught:
        await captured("lo", filter="tcp prot 80")
    assert caught.value.column == 4


async def test_an_interface_that_isn_t_there() -> None:
    with pytest.raises(UsageError, match="there is no interface 'nosuch'"):
        await captured("nosuch")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rotate_size": 5}, "no files to rotate"),
        ({"rotate_seconds": 5}, "no files to rotate"),
        ({"files": 5}, "no files to rotate"),
        ({"snap": 0}, "snap"),
        ({"buffer": 5000}, "buffer"),
    ],
)
async def test_what_makes_no_sense(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await captured("lo", **fields)


async def test_any_has_all_in_it() -> None:
    with pytest.raises(UsageError, match="all interfaces"):
        await captured("any", "lo")


async def test_one_descriptor_is_for_one(wire: Lab) -> None:
    with wire.inside(), pytest.raises(UsageError, match="one interface"):
        await captured("lo", "va", descriptor=3)


async def test_leaving_early(wire: Lab) -> None:
    with wire.inside("there"):
        process = ping(wire)
        try:
            records = aiter(Run[Any].prepare("capture", (["vb"],), {}))
            await anext(records)
            await records.aclose()
        finally:
            process.kill()
            process.wait(READY)


# The command


def test_ctrl_c_ends_it_and_what_came_is_kept(wire: Lab, tmp_path: Path) -> None:
    path, log = tmp_path / "x.pcapng", tmp_path / "log"
    with listening(wire.netloom("there", "capture", "vb", "--filter", "icmp", "--to", path), log, "") as process:
        while not path.exists() or not path.stat().st_size:
            assert process.poll() is None, log.read_text()
        wire.run("here", need("ping", "iputils-ping"), "-c", "3", "-i", "0.01", THERE)
        process.send_signal(2)
        assert process.wait(READY) == 130
    assert log.read_text() == f"netloom: 6 packets captured in {path}, 0 dropped by the kernel\n"
    done = subprocess.run(
        [need("tcpdump", "tcpdump"), "-r", str(path), "-n"], capture_output=True, text=True, timeout=60, check=True
    )
    assert len(done.stdout.splitlines()) == 6


def test_to_standard_output_nothing_else_goes_there(wire: Lab, tmp_path: Path) -> None:
    command = wire.netloom("there", "capture", "vb", "--filter", "icmp", "--count", "2", "--to", "-")
    process = ping(wire)
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    finally:
        process.kill()
        process.wait(READY)
    assert done.stdout[:4] == b"\x0a\x0d\x0d\x0a"
    assert b"2 packets captured" in done.stderr
    path = tmp_path / "x.pcapng"
    path.write_bytes(done.stdout)
    read = subprocess.run(
        [need("tcpdump", "tcpdump"), "-r", str(path), "-n"], capture_output=True, text=True, timeout=60, check=True
    )
    assert len(read.stdout.splitlines()) == 2


def test_without_the_privilege_it_says_how() -> None:
    command = [*unprivileged(), sys.executable, "-m", "netloom", "capture", "lo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("netloom: capturing takes CAP_NET_RAW, which this process doesn't have\n")
    assert "setcap" in done.stderr
