"""Foreign TFTP servers, each on a port of 127.0.0.1: tftpd-hpa, and tftpy in a process of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.interop.peers import free_port, need, running, wait_for_udp

if TYPE_CHECKING:
    from collections.abc import Iterator


class Place(msgspec.Struct, frozen=True):
    """A server that is ready: its port, and the directory that it serves and writes to."""

    port: int
    root: Path


@contextlib.contextmanager
def tftpd_hpa() -> Iterator[Place]:
    """tftpd-hpa, which has to be root: it changes its root directory, and its user."""
    program = need("in.tftpd", "tftpd-hpa")
    if os.geteuid() != 0:
        pytest.skip("tftpd-hpa has to be started by root")
    with _folder() as folder:
        port = free_port(socket.SOCK_DGRAM)
        root = folder / "root"
        root.mkdir()
        root.chmod(0o777)
        me = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True, timeout=20).stdout.strip()
        command = [program, "--foreground", "--address", f"127.0.0.1:{port}", "--user", me, "--create", "--permissive"]
        with running([*command, "--secure", root], folder / "log") as process:
            wait_for_udp(process, folder / "log", port)
            yield Place(port, root)


_TFTPY = """
import sys
import tftpy
tftpy.TftpServer(sys.argv[1]).listen("127.0.0.1", int(sys.argv[2]))
"""


@contextlib.contextmanager
def tftpy() -> Iterator[Place]:
    """tftpy's server."""
    with _folder() as folder:
        port = free_port(socket.SOCK_DGRAM)
        root = folder / "root"
        root.mkdir()
        with running([sys.executable, "-c", _TFTPY, str(root), str(port)], folder / "log") as process:
            wait_for_udp(process, folder / "log", port)
            yield Place(port, root)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="netloom-tftp-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
