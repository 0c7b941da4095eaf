"""The two ends of a relay: a source that pours bytes in, a sink that counts them, or takes them out and digests them.

Where they are only counted the kernel drops what came (MSG_TRUNC, tcp(7)): the sink is to cost as little as it can.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from typing import Any

from benchmarks.workers import Watch, attend, say

CHUNK = 256 * 1024
HANG = 60.0
"""Seconds after which a relay counts as broken."""


def listen() -> socket.socket:
    """The sink's socket."""
    return socket.create_server(("127.0.0.1", 0), backlog=64)


def take(server: socket.socket, digest: bool, found: dict[str, Any]) -> None:
    """One connection to its end, then a word back."""
    connection, _ = server.accept()
    connection.settimeout(HANG)
    buffer, size, seen = bytearray(1 << 20), 0, hashlib.sha256()
    with connection:
        while count := connection.recv_into(buffer, 0, 0 if digest else socket.MSG_TRUNC):
            size += count
            if digest:
                seen.update(memoryview(buffer)[:count])
        found.update(size=size, digest=seen.hexdigest())
        connection.sendall(b"done")


SERVER = listen()


def work(port: int, size: int, digest: bool) -> dict[str, Any]:
    """One connection through the relay at `port`: all bytes there, their end, and the sink's word back."""
    found: dict[str, Any] = {}
    sink = threading.Thread(target=take, args=(SERVER, digest, found), daemon=True)
    sink.start()
    chunk = os.urandom(CHUNK)
    sent = hashlib.sha256()
    with socket.create_connection(("127.0.0.1", port), HANG) as source:
        watch = Watch()
        for _ in range(size // CHUNK):
            source.sendall(chunk)
            if digest:
                sent.update(chunk)
        source.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := source.recv(16):
            answer += piece
        read = watch.read(size)
    sink.join(HANG)
    right = found.get("size") == size and answer == b"done" and (not digest or found["digest"] == sent.hexdigest())
    return {**read, "right": right}


say({"port": SERVER.getsockname()[1]})
attend(work)
