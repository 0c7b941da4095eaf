"""NTP meets chronyd and ntplib, both ways."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import ntplib
import pytest

import netloom
from netloom.errors import Status
from netloom.wire import ntp
from tests.interop.peers import free_port, need, running, wait_for_udp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

CHRONY = """
port {port}
bindaddress 127.0.0.1
cmdport 0
local stratum 7
allow 127.0.0.0/8
pidfile {folder}/chronyd.pid
driftfile {folder}/drift
"""


@contextlib.contextmanager
def chronyd(folder: Path) -> Iterator[int]:
    """A chronyd that serves its own clock and never touches the machine's (-x)."""
    port, config = free_port(socket.SOCK_DGRAM), folder / "chrony.conf"
    config.write_text(CHRONY.format(port=port, folder=folder))
    user = ["-u", "root"] if os.geteuid() == 0 else []
    with running([need("chronyd", "chrony"), "-d", "-x", *user, "-f", config], folder / "log") as process:
        wait_for_udp(process, folder / "log", port)
        yield port


@pytest.mark.meets(server="chronyd")
def test_our_client_at_chronyd(tmp_path: Path) -> None:
    with chronyd(tmp_path) as port:
        record = netloom.probe(f"ntp://127.0.0.1:{port}").one()
        assert record.status is Status.SUCCESS, record
        assert record.facts["stratum"] == 7
        assert record.facts["leap"] == "no warning"
        assert abs(record.facts["offset"]) < 1
        value = netloom.get(f"ntp://127.0.0.1:{port}").one().value
        assert abs(value["time"] - record.started_at) < 60


def test_our_client_at_a_server_of_the_standard_library() -> None:
    """A server in a dozen lines, as the standard library allows: what it says is what our client reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)

        def answer() -> None:
            data, where = peer.recvfrom(1024)
            now = ntp.from_unix_ns(1_800_000_000 * 10**9).to_bytes(8, "big")
            peer.sendto(bytes([0x24, 1, 0, 0xEC]) + bytes(8) + b"GPS\0" + now + data[40:48] + now + now, where)

        thread = threading.Thread(target=answer)
        thread.start()
        record = netloom.probe(f"ntp://127.0.0.1:{peer.getsockname()[1]}").one()
        thread.join(10)
    assert record.status is Status.SUCCESS, record
    assert record.facts["stratum"] == 1
    assert "GPS" in record.facts["reference"]


@pytest.mark.meets(client="ntplib")
@pytest.mark.parametrize("version", [2, 3, 4])
def test_our_server_and_ntplib(version: int) -> None:
    with netloom.serve("ntp://127.0.0.1:0", netloom.Clock(100.0, stratum=3)) as server:
        answer = ntplib.NTPClient().request("127.0.0.1", port=server.endpoint.port, version=version, timeout=5)
    assert answer.stratum == 3
    assert answer.offset == pytest.approx(100.0, abs=1.0)


@pytest.mark.meets(client="chronyd")
def test_our_server_and_chronyd(tmp_path: Path) -> None:
    """chronyd -Q measures once and prints the offset."""
    with netloom.serve("ntp://127.0.0.1:0", netloom.Clock(3.0, stratum=2)) as server:
        done = subprocess.run(
            [
                *(need("chronyd", "chrony"), "-Q", "-t", "15", "-f", "/dev/null"),
                *(["-u", "root"] if os.geteuid() == 0 else []),
                f"server 127.0.0.1 port {server.endpoint.port} iburst maxsamples 4",
                f"pidfile {tmp_path}/pid",
            ],
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    told = done.stdout + done.stderr
    found = re.search(r"wrong by (-?\d+\.\d+)", told)
    assert found, told
    assert abs(float(found[1])) == pytest.approx(3.0, abs=1.0)


@pytest.mark.meets(client="ntpdig")
def test_our_server_and_ntpdig(tmp_path: Path) -> None:
    """It knows port 123 only: they meet in a network namespace of their own."""
    served = f"{sys.executable} -m netloom serve ntp://127.0.0.1:123 --content clock:+2,stratum=3"
    asked = f"{need('ntpdig', 'ntpsec-ntpdig')} -j 127.0.0.1"
    script = (
        f"ip link set lo up; {served} > {tmp_path}/served & until grep -q endpoint {tmp_path}/served;"
        f" do sleep 0.05; done; {asked}; kill -INT %1; wait"
    )
    done = subprocess.run([*alone(), "bash", "-mc", script], capture_output=True, text=True, timeout=60, check=False)
    told = json.loads(done.stdout)
    assert told["stratum"] == 3, done.stderr
    assert told["offset"] == pytest.approx(2.0, abs=1.0)


def alone() -> list[str]:
    """A command's beginning with which it has a network of its own."""
    return [need("unshare", "util-linux"), "-n" if os.geteuid() == 0 else "-rn"]
