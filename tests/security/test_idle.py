"""Many who do nothing: each takes little, and somebody new is served meanwhile (ten thousand: `make bench`)."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.worlds import Certificates

KIB = 1024
HANG = 60
SERVER = """
import asyncio, sys
from netloom.endpoint import Endpoint
from netloom.serving import Serving

async def main():
    async with Serving([Endpoint.parse(sys.argv[1])]) as serving:
        print(serving.endpoint.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(main())
"""


@contextlib.contextmanager
def served(url: str, home: Path) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its id and port."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(XDG_STATE_HOME=str(home)),
    )
    assert process.stdout is not None
    try:
        yield process.pid, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def resident(pid: int) -> int:
    """Bytes of memory that a process has for itself."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


WARM = 100
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ASKED = {
    "tcp": b"x", "tls": b"x", "http": GET, "https": GET, "smtp": b"NOOP\r\n", "smtps": b"NOOP\r\n",
    "dns": b"\0\x1e\0\1\1\0\0\1\0\0\0\0\0\0\7example\4test\0\0\1\0\1",
}  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of memory on Linux")
@pytest.mark.parametrize(
    ("scheme", "said", "count", "most"),
    [
        ("tcp", b"", 700, 20), ("http", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 700, 20), ("http", b"", 700, 20),
        ("smtp", b"EHLO me\r\n", 700, 20),
        ("dns", b"", 700, 20), ("tls", b"", 250, 64), ("https", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 250, 64),
        ("smtps", b"", 250, 64),
    ],
)  # fmt: skip
def test_idle_connections_take_little(
    scheme: str, said: bytes, count: int, most: int, certificates: Certificates, tmp_path: Path
) -> None:
    """Kibibytes for each connection, once the first hundred have made what all share."""
    secure = scheme in ("tls", "https", "smtps")
    cert = f"#cert={certificates.good}" if secure else ""
    context = ssl.create_default_context(cafile=certificates.ca) if secure else None
    with served(f"{scheme}://127.0.0.1:0{cert}", tmp_path) as (pid, port), contextlib.ExitStack() as stack:

        def connect() -> socket.socket:
            made = stack.enter_context(socket.create_connection(("127.0.0.1", port), HANG))
            if context is not None:
                made = stack.enter_context(context.wrap_socket(made, server_hostname="localhost"))
            if said or scheme in ("smtp", "smtps"):
                made.sendall(said)
                assert made.recv(65536)
            return made

        for _ in range(WARM):
            connect()
        while sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) < WARM:
            time.sleep(0.01)
        before = resident(pid)
        for _ in range(count):
            connect()
        while (
            sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) < count + WARM
        ):  # the kernel connects before the server accepts
            time.sleep(0.01)
        newcomer = connect()
        newcomer.sendall(ASKED[scheme])
        assert newcomer.recv(65536), "nobody is served any more"
        took = (resident(pid) - before) / count
        assert took < most * KIB, f"{took / KIB:.1f} KiB each"
