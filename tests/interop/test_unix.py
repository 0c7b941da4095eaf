"""Unix sockets meet socat, asyncio and plain sockets, both ways."""

from __future__ import annotations

import asyncio
import socket
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.errors import Status
from tests.interop.peers import need, running, wait_for_unix

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop


@pytest.mark.meets(server="socat")
def test_our_client_at_socat(tmp_path: Path) -> None:
    place = tmp_path / "peer.sock"
    command = [need("socat", "socat"), f"UNIX-LISTEN:{place},fork", "EXEC:cat"]
    with running(command, tmp_path / "log") as process:
        wait_for_unix(process, tmp_path / "log", place)
        assert netloom.probe(f"unix://{place}").one().status is Status.SUCCESS
        assert netloom.send(f"unix://{place}#reply=all", "warp").one().body == b"warp"


@pytest.mark.meets(server="asyncio")
async def test_our_client_at_asyncio(tmp_path: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()
        await writer.wait_closed()

    place = tmp_path / "peer.sock"
    server = await asyncio.start_unix_server(shout, place)
    async with server, netloom.connect(f"unix://{place}") as stream:
        await stream.write(b"loom\n")
        assert await stream.read_line() == b"LOOM\n"


@pytest.mark.meets(client="socat")
def test_our_server_and_socat(tmp_path: Path) -> None:
    place = tmp_path / "ours.sock"
    with netloom.serve(f"unix://{place}"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        done = subprocess.run(
            [need("socat", "socat"), "-t5", "-", f"UNIX-CONNECT:{place}"],
            input=b"weft",
            capture_output=True,
            timeout=20,
            check=True,
        )
    assert done.stdout == b"weft"
    assert not place.exists()


@pytest.mark.meets(client="socket")
def test_our_server_and_a_plain_socket(tmp_path: Path) -> None:
    place = tmp_path / "ours.sock"
    with netloom.serve(f"unix://{place}"), socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        peer.connect(str(place))
        peer.sendall(b"thread")
        assert peer.recv(100) == b"thread"
