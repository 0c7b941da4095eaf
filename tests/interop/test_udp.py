"""UDP meets socat and the standard library's sockets, both ways."""

from __future__ import annotations

import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.errors import Status
from tests.interop.peers import free_port, need, running, wait_for_udp

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop


@pytest.mark.meets(server="socat")
def test_our_client_at_socat(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    command = [need("socat", "socat"), f"UDP-LISTEN:{port},bind=127.0.0.1,fork", "EXEC:cat"]
    with running(command, tmp_path / "log") as process:
        wait_for_udp(process, tmp_path / "log", port)
        record = netloom.send(f"udp://127.0.0.1:{port}#reply=some", "thread").one()
        assert record.body == b"thread"


@pytest.mark.meets(server="socket")
def test_our_client_at_a_plain_socket() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)

        def answer() -> None:
            data, where = peer.recvfrom(2048)
            peer.sendto(data.upper(), where)

        thread = threading.Thread(target=answer)
        thread.start()
        record = netloom.probe(f"udp://127.0.0.1:{peer.getsockname()[1]}#payload=loom").one()
        thread.join(10)
    assert record.status is Status.SUCCESS
    assert record.facts["answer"] == "LOOM"
    assert record.facts["state"] == "open"


def test_a_port_that_nobody_has() -> None:
    record = netloom.probe(f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}").one()
    assert record.status is Status.REFUSED


@pytest.mark.meets(client="socat")
def test_our_server_and_socat() -> None:
    with netloom.serve("udp://127.0.0.1:0") as server:
        done = subprocess.run(
            [need("socat", "socat"), "-t2", "-", f"UDP:127.0.0.1:{server.endpoint.port}"],
            input=b"weft",
            capture_output=True,
            timeout=20,
            check=True,
        )
    assert done.stdout == b"weft"


@pytest.mark.meets(client="socket")
def test_our_server_and_a_plain_socket() -> None:
    with netloom.serve("udp://127.0.0.1:0") as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(5)
        for size in (1, 1400, 9000):
            peer.sendto(b"x" * size, ("127.0.0.1", server.endpoint.port or 0))
            assert peer.recv(65536) == b"x" * size
