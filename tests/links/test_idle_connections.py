"""Ten thousand idle connections to one server, in another process: what each costs, and that new clients are served."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

import netloom
from tests.worlds import Certificates

COUNT = 10_000
LIMITS = {"tcp": 20, "unix": 20, "http": 20, "smtp": 20, "tls": 64, "https": 64}
"""KiB that a connection may cost the server."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how large a process is")

BEGIN = """
import asyncio, gc, resource, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
"""
SERVER = (
    BEGIN
    + """
import netloom
from netloom.background import background

with netloom.serve(sys.argv[1], limit=15000, limit_per_peer=15000, idle=3600, backlog=4096) as server:
    print(server.endpoint, flush=True)
    for line in sys.stdin:
        if line.strip() == "collect":
            background().call(gc.collect)
        print(len(server._serving._listeners[0].connections), flush=True)
"""
)
CLIENT = (
    BEGIN
    + """
import uvloop
from netloom.links.dial import Dialler
from netloom.endpoint import Endpoint
from netloom.links.channel import ChannelOptions
from netloom.links.system import SystemNetwork
from netloom.links.trace import Trace
from netloom.options import split

async def main(count):
    # http and smtp are idle before they have said a word; https after its handshake.
    name = {"http": "tcp", "smtp": "tcp", "https": "tls"}
    target = Endpoint.parse(sys.argv[1])
    target = target.replace(scheme=name.get(target.scheme, target.scheme))
    options, _ = split(target, ChannelOptions)
    network, links = SystemNetwork(), []
    room = asyncio.Semaphore(64)

    async def one():
        async with room:
            dial = Dialler(network, target, options, Trace(network.clock))
            links.append(await dial.stream())

    await asyncio.gather(*(one() for _ in range(count)))
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for link in links:
        link.abort()

uvloop.run(main(int(sys.argv[2])))
"""
)


class Process:
    """A Python process that answers a line with a line."""

    def __init__(self, script: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, word: str = "count") -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self.line()

    @property
    def kib(self) -> int:
        """How much memory is resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def place(scheme: str, certificates: Certificates, folder: Path) -> tuple[str, str]:
    """Where to listen, and the options of a client."""
    if scheme == "unix":
        return f"unix://{folder}/s", ""
    if scheme in ("tls", "https"):
        return f"{scheme}://127.0.0.1:0#cert={certificates.good}", f"#ca={certificates.ca}"
    return f"{scheme}://127.0.0.1:0", "#tls=never" if scheme == "smtp" else ""


def wait_until_accepted(server: Process) -> None:
    """The kernel completes connections before the server takes them."""
    until = time.monotonic() + 60
    while (count := int(server.ask())) < COUNT:
        assert time.monotonic() < until, f"{count} were accepted"
        time.sleep(0.05)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", sorted(LIMITS))
@pytest.mark.soak
def test_many_idle_connections(scheme: str, certificates: Certificates, tmp_path: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < COUNT + 200 and os.environ.get("CI") != "1":
        pytest.skip(f"a process may not open {COUNT} files here (ulimit -Hn)")
    where, options = place(scheme, certificates, tmp_path)
    server = Process(SERVER, where)
    client = None
    try:
        target = server.line() + options
        assert netloom.probe(target, deadline=30).one().status == "success"  # what is loaded once is loaded
        warm = Process(CLIENT, target, "50")
        assert warm.line() == "connected"
        warm.end()
        server.ask("collect")
        before = server.kib
        client = Process(CLIENT, target, str(COUNT))
        assert client.line() == "connected"
        wait_until_accepted(server)
        server.ask("collect")
        each = (server.kib - before) / COUNT
        found = netloom.probe(target, deadline=30).one()
        assert found.status == "success", found.message
        print(f"{scheme}: {each:.1f} KiB a connection")
        assert each <= LIMITS[scheme]
        assert int(server.ask()) >= COUNT, "nobody was thrown out for it"
    finally:
        if client is not None:
            client.end()
        server.end()
    assert not (tmp_path / "s").exists()
