"""Two network namespaces of the test's own, joined by a veth pair: here `va`, there `vb`."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.interop.peers import READY, end, need, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE, NOBODY = "10.77.0.1", "10.77.0.2", "10.77.0.9"
HERE_6, THERE_6 = "fd77::1", "fd77::2"
HERE_MAC, THERE_MAC = "02:77:00:00:00:01", "02:77:00:00:00:02"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET

_SCRIPT = f"""
ip link add va address {HERE_MAC} type veth peer name vb address {THERE_MAC} netns {{there}}
ip addr add {HERE}/24 dev va
ip addr add {HERE_6}/64 dev va nodad
ip link set va up
"""
_SCRIPT_THERE = f"""
ip addr add {THERE}/24 dev vb
ip addr add {THERE_6}/64 dev vb nodad
ip link set vb up
"""
_QUIET = """
ip link set lo up
echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode
"""


class Lab:
    """Both of them. We aren't in either, until `inside`."""

    def __init__(self, here: int, there: int) -> None:
        self.places = {"here": here, "there": there}

    @contextlib.contextmanager
    def inside(self, place: str = "here") -> Iterator[None]:
        """This thread is in that namespace, and so are the sockets that it opens."""
        libc = ctypes.CDLL(None, use_errno=True)
        home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._enter(libc, Path(f"/proc/{self.places[place]}/ns/net"))
            try:
                yield
            finally:
                assert libc.setns(home, _NEW_NETWORK) == 0
        finally:
            os.close(home)

    @staticmethod
    def _enter(libc: ctypes.CDLL, namespace: Path) -> None:
        wanted = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            assert libc.setns(wanted, _NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
        finally:
            os.close(wanted)

    def command(self, place: str, *command: str | Path) -> list[str]:
        """A command line that runs there."""
        return ["nsenter", "--target", str(self.places[place]), "--net", *map(str, command)]

    def netloom(self, place: str, *words: str | Path) -> list[str]:
        """A command line of ours."""
        return self.command(place, sys.executable, "-m", "netloom", *words)

    def run(self, place: str, *command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program there."""
        done = subprocess.run(self.command(place, *command), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done

    def script(self, place: str, text: str) -> None:
        """Run lines of shell there."""
        self.run(place, "sh", "-e", "-c", text)

    def opened(self, place: str, family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
        """A socket of that namespace."""
        with self.inside(place):
            return socket.socket(family, kind)

    def wires(self, place: str = "here") -> socket.socket:
        """A packet socket that sends on the veth's end there."""
        with self.inside(place):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sock.bind(("va" if place == "here" else "vb", 0))
            return sock


def need_root() -> None:
    """Where namespaces can't be made the test is skipped, which with CI=1 is a failure."""
    need("ip", "iproute2")
    need("unshare", "util-linux")
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("nsenter") is None:
        without("network namespaces that see each other are made by root, on Linux")


def without(told: str) -> None:
    if os.environ.get("CI") == "1":
        pytest.fail(told)
    pytest.skip(told)


def unprivileged() -> list[str]:
    """What to put before a command that is to run without CAP_NET_RAW."""
    if os.geteuid() != 0:
        return []
    return [need("setpriv", "util-linux"), "--bounding-set=-net_raw", "--inh-caps=-net_raw"]


@contextlib.contextmanager
def lab() -> Iterator[Lab]:
    """Both namespaces with the pair between them, both ends up."""
    need_root()
    with contextlib.ExitStack() as stack:
        made = Lab(stack.enter_context(_namespace()), stack.enter_context(_namespace()))
        for place in made.places:
            made.script(place, _QUIET)
        made.script("here", _SCRIPT.format(**made.places))
        made.script("there", _SCRIPT_THERE)
        yield made


@contextlib.contextmanager
def _namespace() -> Iterator[int]:
    command = ["unshare", "--net", "sh", "-c", "echo there; exec sleep 3600"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != b"there\n":
            without("this machine lets nobody make network namespaces")
        yield process.pid
    finally:
        end(process)


@contextlib.contextmanager
def listening(command: list[str], log: Path, words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that captures while inside: it has begun when it has said some words."""
    with running(command, log) as process:
        until = time.monotonic() + READY
        while words not in log.read_text(errors="replace"):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until
            time.sleep(0.01)
        yield process
