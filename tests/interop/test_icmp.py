"""ICMP meets the kernel, routers made of it, ping, fping and busybox, both ways and with either kind of socket.

Everything happens on loopback and in network namespaces of the tests' own.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.errors import Status
from tests.interop.icmp_peers import (
    FAR,
    FAR_6,
    FORBIDDEN,
    FORBIDDEN_6,
    HOP,
    HOP_6,
    LOST,
    LOST_6,
    NOBODY,
    Internet,
    internet,
    need_ping,
    need_raw,
)
from tests.interop.peers import need, running, wait_for_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def lab() -> Iterator[Internet]:
    with internet() as found:
        yield found


@pytest.fixture(params=["datagram", "raw"])
def kind(lab: Internet, request: pytest.FixtureRequest) -> str:
    """The kind of socket that we get there."""
    lab.everybody_may_ping(yes=request.param == "datagram")
    for place in ("10.66.2.2", "fd66:2::2"):  # what was learnt of the way's MTU
        lab.run("here", "ip", *(["-6"] if ":" in place else []), "route", "flush", "cache")
    return str(request.param)


def probed(lab: Internet, target: str, *more: str) -> Any:
    """A probe by our command, in our namespace."""
    said = lab.run("here", *lab.netloom("here", "probe", target, "-o", "ndjson", *more)[4:], check=False)
    return json.loads(said.splitlines()[0])


@pytest.mark.meets(server="Linux kernel")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_our_client_at_the_kernel(host: str) -> None:
    need_ping()
    record = netloom.probe(f"icmp://{host}#interval=0.01").one()
    assert record.status is Status.SUCCESS, record
    assert (record.facts["sent"], record.facts["received"], record.facts["loss"]) == (4, 4, 0.0)
    assert record.facts["ttl"] == 64
    assert 0 < record.facts["rtt_min"] <= record.facts["rtt_avg"] <= record.facts["rtt_max"] < 1
    large = netloom.probe(f"icmp://{host}#count=1,size=20000").one()  # in pieces
    assert large.facts["received"] == 1


@pytest.mark.meets(server="Linux router")
@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        (f"icmp://{FAR}#interval=0.01", "success", ""),
        (f"icmp://[{FAR_6}]#interval=0.01", "success", ""),
        (f"icmp://{FAR}#ttl=1,count=2", "unreachable", f"{HOP} says about {FAR}: time to live exceeded in transit"),
        (f"icmp://[{FAR_6}]#ttl=1,count=2", "unreachable", f"{HOP_6} says about {FAR_6}: hop limit exceeded"),
        # Linux' routers say this to one host once a second at most
        (f"icmp://{LOST}#count=4,interval=0.6", "unreachable", f"{HOP} says about {LOST}: host unreachable"),
        (f"icmp://[{LOST_6}]#count=1", "unreachable", f"{HOP_6} says about {LOST_6}: no route to destination"),
        (f"icmp://{FORBIDDEN}#count=4,interval=0.6", "unreachable", "administratively prohibited"),
        (f"icmp://[{FORBIDDEN_6}]#count=1", "unreachable", "administratively prohibited"),
        (f"icmp://{NOBODY}#count=1,wait=10", "unreachable", f"10.66.1.1 says about {NOBODY}: host unreachable"),
        (f"icmp://{FAR}#count=1,size=1400", "unreachable", "the next link takes 1300 bytes"),
        (f"icmp://[{FAR_6}]#count=1,size=1400", "unreachable", "packet too big, the next link takes 1300 bytes"),
    ],
)
def test_our_client_on_the_way(lab: Internet, kind: str, target: str, status: str, words: str) -> None:
    record = probed(lab, target)
    assert record["status"] == status, record
    assert words in record["message"]
    assert record["facts"]["socket"] == kind
    if status == "success":
        assert record["facts"]["ttl"] == 63
    else:
        assert record["facts"]["loss"] == 1.0
        assert any(words in problem for problem in record["facts"]["problems"])


@pytest.mark.meets(server="Linux kernel")
def test_without_any_right_it_is_said_how_to_get_it(lab: Internet) -> None:
    lab.everybody_may_ping(yes=False)
    setpriv = need("setpriv", "util-linux")
    nobody = (setpriv, "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    command = lab.netloom("here", "probe", f"icmp://{HOP}", "-o", "ndjson")[4:]
    said = lab.run("here", *nobody, *command, check=False)
    record = json.loads(said.splitlines()[0])
    assert record["status"] == "error"
    assert "no socket to ping with" in record["message"]
    assert "ping_group_range" in record["hint"]
    assert "CAP_NET_RAW" in record["hint"]
    lab.everybody_may_ping(yes=True)
    said = lab.run("here", *nobody, *command)
    assert json.loads(said.splitlines()[0])["facts"]["socket"] == "datagram"


@pytest.fixture(scope="module")
def log(lab: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server of ours in the far namespace, whose kernel is told to be silent, and what it says."""
    path = tmp_path_factory.mktemp("icmp") / "log"
    lab.write("far", "net.ipv4.icmp_echo_ignore_all", "1")
    lab.write("far", "net.ipv6.icmp.echo_ignore_all", "1")
    with running(lab.netloom("far", "serve", "icmp://*", "-o", "ndjson"), path) as process:
        wait_for_words(process, path, "icmp://[::]")
        yield path
    lab.write("far", "net.ipv4.icmp_echo_ignore_all", "0")
    lab.write("far", "net.ipv6.icmp.echo_ignore_all", "0")


class TestAnswering:
    """A server of ours in the far namespace."""

    @pytest.mark.meets(client="iputils ping")
    @pytest.mark.parametrize("host", [FAR, FAR_6])
    @pytest.mark.parametrize("size", ["0", "56", "8000"])
    def test_ping(self, lab: Internet, log: Path, host: str, size: str) -> None:
        lab.everybody_may_ping(yes=False)
        said = lab.run("here", need("ping", "iputils-ping"), "-c", "2", "-i", "0.2", "-W", "5", "-s", size, host)
        assert "2 received, 0% packet loss" in said
        assert "DUP" not in said
        assert "wrong" not in said
        assert "answered by netloom" in log.read_text()

    @pytest.mark.meets(client="fping")
    @pytest.mark.parametrize("host", [FAR, FAR_6])
    def test_fping(self, lab: Internet, log: Path, host: str) -> None:
        said = lab.run("here", need("fping", "fping"), "-c", "2", "-p", "50", host, check=False)
        assert "2/2/0%" in said

    @pytest.mark.meets(client="busybox ping")
    def test_busybox(self, lab: Internet, log: Path) -> None:
        said = lab.run("here", need("busybox", "busybox"), "ping", "-c", "2", "-W", "5", FAR)
        assert "2 packets received, 0% packet loss" in said

    def test_ourselves(self, lab: Internet, kind: str, log: Path) -> None:
        for host in (FAR, f"[{FAR_6}]"):
            record = probed(lab, f"icmp://{host}#count=3,interval=0.01")
            assert record["facts"]["received"] == 3, record
            assert record["facts"].get("duplicates", 0) == 0


@pytest.mark.meets(client="iputils ping")
def test_who_pings_us_is_heard(tmp_path: Path) -> None:
    """On loopback, where the kernel answers: nothing is answered twice."""
    need_raw()
    with netloom.serve("icmp://127.0.0.1") as serving:
        said = subprocess.run(
            [need("ping", "iputils-ping"), "-c", "2", "-i", "0.2", "127.0.0.1"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert str(serving.endpoint) == "icmp://127.0.0.1"
    assert "2 received" in said
    assert "DUP" not in said
