"""TCP meets socat, and the standard library's sockets and streams, both ways."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.errors import Status
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop


@pytest.mark.meets(server="socat")
def test_our_client_at_socat(tmp_path: Path) -> None:
    port = free_port()
    command = [need("socat", "socat"), f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", "EXEC:cat"]
    with running(command, tmp_path / "log") as process:
        wait_for_port(process, tmp_path / "log", port)
        record = netloom.send(f"tcp://127.0.0.1:{port}#reply=all", "warp and weft\n").one()
        assert record.body == b"warp and weft\n"
        assert netloom.probe(f"tcp://127.0.0.1:{port}").one().status is Status.SUCCESS


@pytest.mark.meets(server="asyncio")
async def test_our_client_at_asyncio() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 loom\r\n")
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with netloom.connect(f"tcp://127.0.0.1:{port}") as stream:
            assert await stream.read_line() == b"220 loom\r\n"
            await stream.write(b"shuttle\n")
            assert await stream.read() == b"shuttle\n"
            assert await stream.read() == b""


@pytest.mark.meets(client="socket")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_our_server_and_a_plain_socket(host: str) -> None:
    with netloom.serve("tcp://:0") as server, socket.create_connection((host, server.endpoint.port or 0), 5) as peer:
        peer.settimeout(5)
        peer.sendall(b"x" * 100_000)
        peer.shutdown(socket.SHUT_WR)
        heard = b""
        while chunk := peer.recv(65536):
            heard += chunk
    assert heard == b"x" * 100_000


@pytest.mark.meets(client="socat")
def test_our_server_and_socat() -> None:
    with netloom.serve("tcp://127.0.0.1:0") as server:
        done = subprocess.run(
            [need("socat", "socat"), "-t5", "-", f"TCP:127.0.0.1:{server.endpoint.port}"],
            input=b"warp and weft",
            capture_output=True,
            timeout=20,
            check=True,
        )
    assert done.stdout == b"warp and weft"
