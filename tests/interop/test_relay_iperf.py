"""iperf3 through our relays: what its two sides count is what the relay counts, and a fault is as narrow as it says."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import Status
from netloom.links import splice
from netloom.packet.recording import Recording
from tests.interop.peers import free_port, need, running, wait_for_words
from tests.relaying.worlds import relay, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

COOKIE = 37
"""Octets with which iperf3 begins each connection."""
HELLO = 4
"""Octets of the datagram with which either side begins a stream of them."""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where iperf3 listens, for TCP and for UDP."""
    port, log = free_port(), tmp_path / "iperf3.log"
    with running([need("iperf3", "iperf3"), "-s", "-B", "127.0.0.1", "-p", str(port), "--forceflush"], log) as process:
        # Connecting would be a client that goes wrong
        wait_for_words(process, log, "Server listening")
        yield port


@pytest.fixture
def spliced(monkeypatch: pytest.MonkeyPatch) -> list[splice.Way]:
    """What was left to the kernel, one for each way."""
    found: list[splice.Way] = []
    run = splice.run

    async def counted(there: splice.Way, back: splice.Way) -> None:
        found.extend((there, back))
        await run(there, back)

    monkeypatch.setattr(splice, "run", counted)
    return found


async def measured(port: int | None, *options: str) -> dict[str, Any]:
    """What iperf3's client says at the end, of itself and of what the server told it."""
    command = [need("iperf3", "iperf3"), "-c", "127.0.0.1", "-p", str(port), "-J", *options]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0, told.get("error")
    end: dict[str, Any] = told["end"]
    return end


class TestStreams:
    async def test_what_comes_from_the_server(self, port: int, spliced: list[splice.Way]) -> None:
        size = 256 << 20
        async with relay("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}") as (place, seen):
            end = await measured(place.port, "-R", "-n", str(size))
            await until(seen, 2)
        sent = end["sum_sent"]["bytes"]  # in blocks: there may be one more than was asked for
        assert sent == end["sum_received"]["bytes"] >= size
        assert [each.status for each in seen] == [Status.SUCCESS, Status.SUCCESS]
        assert (COOKIE, sent) in [(each.sent, each.received) for each in seen]
        assert len(spliced) == 2
        assert max(way.size for way in spliced) > 0.9 * size

    async def test_what_goes_to_the_server(self, port: int, spliced: list[splice.Way]) -> None:
        """It doesn't read to the end: what is still on its way when the client says that it is over isn't counted."""
        size = 256 << 20
        async with relay("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}") as (place, seen):
            end = await measured(place.port, "-n", str(size))
            await until(seen, 2)
        passed = max(each.sent for each in seen) - COOKIE
        assert end["sum_received"]["bytes"] <= passed <= end["sum_sent"]["bytes"]
        assert passed > 0.8 * size
        assert len(spliced) == 2

    async def test_recorded(self, port: int, spliced: list[splice.Way], tmp_path: Path) -> None:
        """Somebody looks, so that nothing is left to the kernel; three connections, and the one that says so."""
        size, path = 12 << 20, tmp_path / "kept.pcapng"
        recording = Recording(path)
        async with relay("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}", recording=recording) as (place, seen):
            end = await measured(place.port, "-R", "-n", str(size), "-P", "3")
            await until(seen, 4)
        recording.close()
        assert end["sum_received"]["bytes"] >= size
        counted = sorted(stream["receiver"]["bytes"] for stream in end["streams"])
        passed = sorted(each.received for each in seen)[1:]  # without what the control connection says
        assert all(one <= other for one, other in zip(counted, passed, strict=True))
        assert path.stat().st_size > sum(passed)
        assert not spliced


class TestDatagrams:
    """iperf3 wants UDP at the port where its TCP is."""

    @pytest.mark.parametrize("options", [(), ("-R",)], ids=["to the server", "to the client"])
    async def test_three_streams(self, options: tuple[str, ...], port: int) -> None:
        """The server knows them by their ports: each has one of its own behind the relay, too."""
        async with (
            relay("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}") as (place, _),
            relay(f"udp://127.0.0.1:{place.port}", f"udp://127.0.0.1:{port}#idle=0.5") as (_, seen),
        ):
            end = await measured(place.port, "-u", "-b", "1M", "-l", "1000", "-t", "1", "-P", "3", *options)
            await until(seen, 3)
        streams = [stream["udp"] for stream in end["streams"]]
        assert [(stream["lost_packets"], stream["out_of_order"]) for stream in streams] == [(0, 0)] * 3
        assert len({each.peer for each in seen}) == 3
        passed = sorted((each.received, each.sent) if options else (each.sent, each.received) for each in seen)
        assert passed == sorted((stream["bytes"] + HELLO, HELLO) for stream in streams)


@pytest.mark.parametrize("transport", [(), ("-u", "-l", "1200", "-b", "40M")], ids=["tcp", "udp"])
@pytest.mark.parametrize("way", ["server", "client"])
async def test_as_narrow_as_it_says(transport: tuple[str, ...], way: str, port: int) -> None:
    """Of datagrams, which nobody tells to wait, what finds no room is lost."""
    rate = 2_000_000
    narrow = f"#fault=bandwidth:{rate}:to={way}"
    async with (
        relay(f"tcp://127.0.0.1:0{narrow}", f"tcp://127.0.0.1:{port}") as (place, _),
        relay(f"udp://127.0.0.1:{place.port}{narrow}", f"udp://127.0.0.1:{port}"),
    ):
        end = await measured(place.port, "-t", "2", *transport, *(["-R"] if way == "client" else []))
    assert end["sum_received"]["bits_per_second"] == pytest.approx(8 * rate, rel=0.1)
