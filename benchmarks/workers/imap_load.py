"""An IMAP client that fetches: one connection a server, which is kept; what comes is counted and compared."""

from __future__ import annotations

import imaplib
import re
import socket
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.workers import Watch, attend

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 30.0
SIZE = 1 << 20
LINE = 4000
"""Bytes that the last line of an answer has at most."""
_FETCHED = re.compile(rb"^\* \d+ FETCH ", re.MULTILINE)


class Store:
    """Logged in, with INBOX selected. `due` has how many bytes each command gave when it was asked first; `at` is where
    the next slice goes on."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.settimeout(PATIENCE)
        self.due: dict[str, int] = {}
        self.at = 0
        self.number = 0
        self.last = b""
        greeting = self.link.recv(SIZE)
        if not greeting.startswith(b"* OK"):
            raise AssertionError(greeting)
        self.ask(f"LOGIN {user} {password}")
        self.ask("EXAMINE INBOX")

    def ask(self, command: str) -> bytes:
        """All that comes before the last line, which says OK."""
        said = b"".join(self.pieces(command))
        return said[: said.rfind(b"\r\n", 0, -2) + 2]

    def fetch(self, command: str) -> int:
        """Ask, and read as many bytes before the last line as the first time."""
        got = sum(map(len, self.pieces(command))) - len(self.last)
        if got != self.due[command]:
            raise AssertionError(f"{command}: {got} bytes, and not {self.due[command]}")
        return got

    def pieces(self, command: str) -> Iterator[bytes]:
        """What comes, to the line with our tag; `last` is that line."""
        self.number = self.number % 8999 + 1
        tag = b"%d " % (1000 + self.number)
        self.link.sendall(tag + f"{command}\r\n".encode())
        tail = self.last = b""
        while not self.last.startswith(tag):
            piece = self.link.recv(SIZE)
            if not piece:
                raise AssertionError(f"the server hung up: {tail!r}")
            yield piece
            tail = (tail + piece)[-LINE:]
            if tail.endswith(b"\r\n"):
                self.last = tail[:-2].rpartition(b"\r\n")[2] + b"\r\n"
        if not self.last.startswith(tag + b"OK"):
            raise AssertionError(f"{command}: {self.last!r}")


STORES: dict[int, Store] = {}


def work(*, port: int, user: str, password: str, commands: list[str], each: int, seconds: float) -> dict[str, Any]:
    """The commands in turn until the slice is over; each fetches so many messages."""
    if port not in STORES:
        STORES[port] = Store(port, user, password)
    store = STORES[port]
    for command in commands:
        if command not in store.due:
            said = store.ask(command)
            if len(_FETCHED.findall(said)) < each:
                raise AssertionError(f"{command}: {said[:300]!r}")
            store.due[command] = len(said)
    count = done = 0
    watch = Watch()
    until = perf_counter() + seconds
    while perf_counter() < until or not done:
        done += store.fetch(commands[(store.at + count) % len(commands)])
        count += 1
    store.at += count
    return {**watch.read(count * each), "bytes": done}


def listed(port: int, user: str, password: str, what: str) -> dict[str, Any]:
    """What imaplib reads of every message: for comparing."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=PATIENCE) as client:
        client.login(user, password)
        client.select("INBOX", readonly=True)
        status, found = client.fetch("1:*", what)
        if status != "OK":
            raise AssertionError(found)
        return {"said": [text(part) if isinstance(part, bytes) else list(map(text, part or ())) for part in found]}


def text(data: bytes) -> str:
    return data.decode("latin-1")


def asked(**request: Any) -> dict[str, Any]:
    return listed(**request) if "what" in request else work(**request)


attend(asked)
