from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import netloom
from netloom.errors import UsageError
from netloom.links.holders import holder

OURSELVES = f"{Path('/proc/self/comm').read_text().strip()} (process {os.getpid()})"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_it_is_told(kind: socket.SocketKind, host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as sock:
        sock.bind((host, 0))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        assert holder(kind, sock.getsockname()[1]) == OURSELVES


def test_nobody() -> None:
    with socket.socket() as sock:  # bound, and nobody listens
        sock.bind(("127.0.0.1", 0))
        assert holder(socket.SOCK_STREAM, sock.getsockname()[1]) == ""


@pytest.mark.parametrize(("scheme", "kind"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_who_cant_bind_hears_of_it(scheme: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        place = f"127.0.0.1:{sock.getsockname()[1]}"
        with pytest.raises(UsageError) as caught, netloom.serve(f"{scheme}://{place}"):
            pass
    assert caught.value.message == f"{place} is in use already by {OURSELVES}"
