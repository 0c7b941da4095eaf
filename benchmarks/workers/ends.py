"""The two ends of a relay: a source that pours bytes in, a sink that counts them, or copies out and digests them.

Where they only count, neither copies a byte, so that it is the relay that is measured: the source gives the kernel the
same pages again and again (sendfile(2)), the sink has it drop what came (MSG_TRUNC, tcp(7)).
"""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import threading
from typing import Any

from benchmarks.workers import Watch, attend, say

CHUNK = 1024 * 1024
HANG = 60.0
"""Seconds after which a relay counts as broken."""


def listen() -> socket.socket:
    """The sink's socket."""
    return socket.create_server(("127.0.0.1", 0), backlog=64)


def pages() -> int:
    """A file in memory of that many random bytes."""
    made = os.memfd_create("pages")
    os.write(made, os.urandom(CHUNK))
    return made


SERVER = listen()
PAGES = pages()


def take(digest: bool, found: dict[str, Any]) -> None:
    """One connection to its end, then a word back."""
    connection, _ = SERVER.accept()
    connection.settimeout(HANG)
    buffer, size, seen = bytearray(CHUNK), 0, hashlib.sha256()
    with connection:
        while count := connection.recv_into(buffer, 0, 0 if digest else socket.MSG_TRUNC):
            size += count
            if digest:
                seen.update(memoryview(buffer)[:count])
        found.update(size=size, digest=seen.hexdigest())
        connection.sendall(b"done")


def pour(source: socket.socket, size: int) -> str:
    """Fresh random bytes, which are digested."""
    sent = hashlib.sha256()
    for _ in range(size // CHUNK):
        chunk = os.urandom(CHUNK)
        source.sendall(chunk)
        sent.update(chunk)
    return sent.hexdigest()


def give(source: socket.socket, size: int) -> None:
    """The same pages over and over."""
    source.settimeout(None)  # sendfile(2) waits as the socket does, and as long
    source.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(HANG), 0))
    for _ in range(size // CHUNK):
        at = 0
        while at < CHUNK:
            at += os.sendfile(source.fileno(), PAGES, at, CHUNK - at)


def work(port: int, size: int, digest: bool) -> dict[str, Any]:
    """One connection through the relay at `port`: all bytes there, their end, and the sink's word back."""
    found: dict[str, Any] = {}
    sink = threading.Thread(target=take, args=(digest, found), daemon=True)
    sink.start()
    sent = ""
    with socket.create_connection(("127.0.0.1", port), HANG) as source:
        watch = Watch()
        if digest:
            sent = pour(source, size)
        else:
            give(source, size)
        source.settimeout(HANG)
        source.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := source.recv(16):
            answer += piece
        read = watch.read(size)
    sink.join(HANG)
    right = found.get("size") == size and answer == b"done" and (not digest or found["digest"] == sent)
    return {**read, "right": right}


say({"port": SERVER.getsockname()[1]})
attend(work)
