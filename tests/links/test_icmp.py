"""The ICMP link: how a report becomes an error, what ends a link, and what a recording keeps."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, RemoteProtocolError, Status
from netloom.links.icmp import Arrival, Heard, IcmpLink, Reported
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.wire import icmp
from tests.interop.peers import need
from tests.worlds import record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("version", "kind", "code", "value", "status", "words"),
    [
        (4, 3, 1, 0, Status.UNREACHABLE, "10.0.0.1 says about 10.9.9.9: host unreachable"),
        (4, 3, 4, 1400, Status.UNREACHABLE, "the next link takes 1400 bytes"),
        (4, 3, 3, 0, Status.REFUSED, "port unreachable"),
        (4, 11, 0, 0, Status.UNREACHABLE, "time to live exceeded"),
        (6, 1, 0, 0, Status.UNREACHABLE, "no route to destination"),
        (6, 2, 0, 1280, Status.UNREACHABLE, "the next link takes 1280 bytes"),
        (6, 1, 4, 0, Status.REFUSED, "port unreachable"),
    ],
)
def test_reports_as_errors(version: int, kind: int, code: int, value: int, status: Status, words: str) -> None:
    error = Reported(icmp.Problem(version, kind, code, value=value), "10.0.0.1", 1).as_error("10.9.9.9")
    assert isinstance(error, ConnectError)
    assert error.status is status
    assert words in error.message


def test_hints() -> None:
    assert "ttl" in Reported(icmp.Problem(4, 11, 0), "a").as_error("b").hint
    assert "ttl" in Reported(icmp.Problem(6, 3, 0), "a").as_error("b").hint
    assert "firewall" in Reported(icmp.Problem(4, 3, 13), "a").as_error("b").hint
    assert Reported(icmp.Problem(4, 3, 1), "b").as_error("b").message.startswith("b says: ")


def test_advice_is_not_final() -> None:
    assert not Reported(icmp.Problem(4, 5, 1), "a").is_final
    assert not Reported(icmp.Problem(4, 4, 0), "a").is_final
    assert Reported(icmp.Problem(6, 4, 0), "a").is_final


class _Bound(asyncio.DatagramTransport):
    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 7) if name == "sockname" else default


async def _link() -> IcmpLink:
    link = IcmpLink(asyncio.get_running_loop())
    link.peer = "127.0.0.1"
    link.connection_made(_Bound())
    return link


def test_a_report_does_not_end_the_link() -> None:
    async def main() -> None:
        link = await _link()
        link.error_received(Reported(icmp.Problem(4, 3, 1), "10.0.0.1", 4))
        link.datagram_received(icmp.emit(icmp.Echo(4, True, 7, 4)), ("127.0.0.1", 0))
        report = await link.hear()
        assert isinstance(report, Reported)
        assert report.sequence == 4
        heard = await link.hear()
        assert isinstance(heard, Heard)
        assert heard.sender.ttl is None

    run(main())


def test_the_kernel_s_own_error_does() -> None:
    async def main() -> None:
        link = await _link()
        link.error_received(OSError(101, "network is unreachable"))
        with pytest.raises(ConnectError):
            await link.hear()

    run(main())


def test_what_is_no_icmp() -> None:
    async def main() -> None:
        link = await _link()
        link.datagram_received(b"hello", Arrival.of(("127.0.0.1", 0), 64))
        with pytest.raises(RemoteProtocolError):
            await link.hear()

    run(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_recording_is_read_by_others(host: str, tmp_path: Path) -> None:
    tshark = need("tshark", "tshark")
    path = tmp_path / "pings.pcapng"

    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(f"icmp://{host}")], network=network):
            found = await record(network, "probe", f"icmp://{host}#count=2", record=str(path))
            assert found.status is Status.SUCCESS, found

    run(main())
    field = "icmpv6" if "::" in host else "icmp"
    done = subprocess.run(
        [tshark, "-r", path, "-T", "fields", "-e", f"{field}.type", "-e", f"{field}.checksum.status"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    kinds = ["128", "129"] if "::" in host else ["8", "0"]
    assert [line.split() for line in done.stdout.splitlines()] == [[kind, "1"] for kind in kinds * 2]


def test_faults_hold() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse("icmp://127.0.0.1")], network=network):
            slow = await record(network, "probe", "icmp://127.0.0.1#fault=latency:0.25")
            assert slow.facts["rtt_min"] == pytest.approx(0.25)
            silent = await record(network, "probe", "icmp://127.0.0.1#fault=stall:0,count=1")
            assert silent.status is Status.TIMEOUT
            broken = await record(network, "probe", "icmp://127.0.0.1#fault=reset:0,count=1")
            assert broken.status is Status.REFUSED

    run(main())
