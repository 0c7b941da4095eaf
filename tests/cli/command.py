"""The command as a process."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = str(Path(__file__).parents[2] / "src")
COMMAND = [sys.executable, "-m", "netloom"]
BOUND = 60.0
"""Seconds until a test gives up hope; nothing is timed by it."""


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command that nothing of the caller's reaches."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NETLOOM_", "COLUMNS"))}
    return kept | {"PYTHONPATH": SOURCE, "PYTHONUTF8": "1"} | changes


def netloom(*arguments: str, stdin: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end, in pipes."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        timeout=BOUND,
        env=environment(**changes),
        check=False,
    )


@contextlib.contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start it; at the end it is no more."""
    # Without buffers of ours: what is read line by line and what is awaited is the same.
    fields: dict[str, Any] = {"env": environment(), "bufsize": 0} | options
    process = subprocess.Popen([*COMMAND, *arguments], **fields)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def line_of(stream: IO[bytes] | None) -> bytes:
    """The next line; it must come. What follows it stays in the pipe: a buffer would hide it from the next select."""
    assert stream is not None
    line = bytearray()
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], BOUND)
        assert ready, f"nothing came after {bytes(line)!r}"
        octet = os.read(stream.fileno(), 1)
        if not octet:
            break
        line += octet
    return bytes(line)


def on_a_terminal(*arguments: str, columns: int = 80, **changes: str) -> tuple[str, int]:
    """Run it on a terminal of its own; what stands there, and the exit code."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm", **changes)
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: the other side is closed
            break
        if not piece:
            break
        text += piece
    os.close(ours)
    return text.decode().replace("\r\n", "\n"), process.wait(BOUND)


@contextlib.contextmanager
def listening() -> Iterator[str]:
    """An endpoint where connections are accepted."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@contextlib.contextmanager
def refusing() -> Iterator[str]:
    """An endpoint where nothing listens: the port is taken, and not listened at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"tcp://127.0.0.1:{taken.getsockname()[1]}"
