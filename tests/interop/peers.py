"""What every meeting with a foreign program needs: the program, a wait until it is ready, an end by its own id."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

READY = 60.0
"""Seconds in which a program has to be ready. It only bounds a hang: a busy machine takes its time, and nothing is
measured by it."""


def need(program: str, package: str) -> str:
    """The path of a program; where it is missing the test is skipped, which with CI=1 is a failure."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        told = f"{program} isn't installed: apt-get install {package}"
        if os.environ.get("CI") == "1":
            pytest.fail(told)
        pytest.skip(told)
    return found


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, family: socket.AddressFamily = socket.AF_INET) -> int:
    """A port that the kernel had free a moment ago, for programs that can't be told to let it choose."""
    with socket.socket(family, kind) as sock:
        sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str | Path], log: Path, **fields: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs while inside, in a group of its own, ended by its id. What it says goes into `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen(  # type: ignore[call-overload]
            [str(part) for part in command],
            **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.STDOUT, **fields},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            break
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def wait_for_port(process: subprocess.Popen[bytes], log: Path, port: int, host: str = "127.0.0.1") -> None:
    """Return once somebody accepts there."""
    _wait(process, log, lambda: _accepts((host, port)))


def wait_for_unix(process: subprocess.Popen[bytes], log: Path, path: Path) -> None:
    """Return once the socket file is there."""
    _wait(process, log, path.is_socket)


def wait_for_udp(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    """Return once a UDP port of 127.0.0.1 is bound (Linux: as /proc tells)."""
    _wait(process, log, lambda: f"0100007F:{port:04X}" in proc_net("udp") or f"00000000:{port:04X}" in proc_net("udp"))


def wait_for_words(process: subprocess.Popen[bytes], log: Path, words: str) -> None:
    """Return once the program has said something."""
    _wait(process, log, lambda: words in log.read_text(errors="replace"))


def proc_net(table: str) -> str:
    """The kernel's table of sockets."""
    return Path(f"/proc/net/{table}").read_text(encoding="ascii")


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
    until = time.monotonic() + READY
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"{process.args!r} isn't ready: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _accepts(place: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(place, 1):
            return True
    except OSError:
        return False
