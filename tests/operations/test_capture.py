"""Capture as an operation: what it refuses before it hears anything. On a wire: tests/interop/test_packet_live.py."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.packet.flows.record import Flow
from netloom.packet.live.records import CaptureRecord
from netloom.packet.live.replay import TOGETHER_NS, Replay, at_rate
from netloom.packet.live.sender import FrameSender
from netloom.packet.record import PacketRecord
from netloom.runs import Run
from tests.interop.peers import READY, need
from tests.packet.live.lab import HERE, THERE, Lab, lab, listening, unprivileged
from tests.packet.live.test_ring import made

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


async def test_a_record_for_each_flow_and_one_for_all(wire: Lab) -> None:
    with wire.inside("there"):
        process = ping(wire)
        try:
            *flows, whole = await captured("vb", filter="icmp", count=6, flows=True)
        finally:
            process.kill()
            process.wait(READY)
    assert [type(record) for record in flows] == [Flow]
    assert (flows[0].protocol, flows[0].src_ip, flows[0].dst_ip) == ("icmp", HERE, THERE)
    assert (flows[0].packets_forward, flows[0].packets_backward) == (3, 3)
    assert isinstance(whole, CaptureRecord)
    assert (whole.interfaces, whole.packets, whole.octets, whole.dropped) == (["vb"], 6, 6 * 98, 0)
    assert (whole.first, whole.last) == (flows[0].start, flows[0].end)


async def test_leaving_flows_early(wire: Lab) -> None:
    with wire.inside("there"):
        process = ping(wire)
        try:
            records = aiter(Run[Any].prepare("capture", (["vb"],), {"flows": True, "idle": 0.01}))
            await anext(records)
            await records.aclose()
        finally:
            process.kill()
            process.wait(READY)


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
        ({"flows": True, "to": "x.pcap"}, "packets go into a file"),
        ({"idle": 5}, "nothing without --flows"),
        ({"active": 5}, "nothing without --flows"),
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
    told = json.loads(log.read_text())
    assert (told["packets"], told["dropped"], told["files"]) == (6, 0, [str(path)])
    done = subprocess.run(
        [need("tcpdump", "tcpdump"), "-r", str(path), "-n"], capture_output=True, text=True, timeout=60, check=True
    )
    assert len(done.stdout.splitlines()) == 6


def test_flows_that_go_on_are_told_at_ctrl_c(wire: Lab, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening(wire.netloom("there", "capture", "vb", "--filter", "icmp", "--flows"), log, "") as process:
        while "vb" not in wire.run("there", "cat", "/proc/net/ptype").stdout:
            assert process.poll() is None, log.read_text()
        wire.run("here", need("ping", "iputils-ping"), "-c", "3", "-i", "0.01", THERE)
        process.send_signal(2)
        assert process.wait(READY) == 130
    flow, told = map(json.loads, log.read_text().splitlines())
    assert (flow["packets_forward"], flow["packets_backward"]) == (3, 3)
    assert (told["packets"], told["dropped"]) == (6, 0)


@pytest.mark.parametrize("words", [["--to", "x.pcap"], ["--flows"]])
def test_who_loses_packets_for_want_of_kernels_is_told(wire: Lab, tmp_path: Path, words: list[str]) -> None:
    """There is no kernel in an empty cache, and nobody waits until they are compiled."""
    words = [str(tmp_path / word) if "." in word else word for word in words]
    told = []
    for rate, size in ((0, 1400), (2000, 60)):
        log = tmp_path / f"{rate}.log"
        (tmp_path / "x.pcap").unlink(missing_ok=True)
        inside = ["env", f"XDG_CACHE_HOME={tmp_path}", *wire.netloom("there", "capture", "vb", "--buffer", "1", *words)]
        with listening([*inside, "--seconds", "3"], log, "") as process, wire.inside():
            while "vb" not in wire.run("there", "cat", "/proc/net/ptype").stdout:
                assert process.poll() is None, log.read_text()
            with FrameSender("va") as sender:
                replay = Replay(sender)
                replay.timed(at_rate([made(1, size)] * (30_000 if not rate else 100), rate or 1e9), TOGETHER_NS)
            assert process.wait(READY) == 0
        told.append(log.read_text().count("compiled kernels are ten times faster: python -m netloom.packet.kernels"))
    assert told == [1, 0]


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
