"""A wire of the benchmark's own: two network namespaces, joined by a veth pair, that end with it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs import Missing, need

if TYPE_CHECKING:
    from benchmarks.bench import Bench

NEAR, FAR = "near", "far"
"""The names of both ends."""
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_QUIET = (
    "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; "
    "echo there; exec sleep 86400"
)


@dataclass(frozen=True)
class Wire:
    """The processes whose namespaces they are."""

    near: int
    far: int

    def far_command(self, *command: str) -> list[str]:
        """A command line that runs at the far end."""
        return ["nsenter", "--target", str(self.far), "--net", *command]

    def passed(self) -> tuple[int, int]:
        """Packets that have left the near end, and those that have reached the far one."""
        return _counted(self.near, NEAR, 9), _counted(self.far, FAR, 1)


def wire(bench: Bench) -> Wire:
    """Both ends up, and nobody speaks on it. Raises Missing."""
    ip = need("ip", "iproute2")
    need("nsenter", "util-linux")
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Missing("a wire takes network namespaces, which are made by root: sudo make bench")
    made = Wire(_namespace(bench), _namespace(bench))
    near = ["nsenter", "--target", str(made.near), "--net", ip, "link"]
    for command in (
        [*near, "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", str(made.far)],
        [*near, "set", NEAR, "up"],
        made.far_command(ip, "link", "set", FAR, "up"),
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        if done.returncode:
            raise Missing(f"a veth pair can't be made: {done.stderr.strip()}")
    return made


def _namespace(bench: Bench) -> int:
    """A process that does nothing in a network of its own."""
    process = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", _QUIET], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    bench.callback(_end, process)
    assert process.stdout is not None
    if process.stdout.readline() != "there\n":
        raise Missing("this machine lets nobody make network namespaces")
    return process.pid


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def enter(process: int) -> None:
    """Go into a process' network namespace, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = os.open(f"/proc/{process}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(wanted, _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(wanted)


def _counted(process: int, name: str, field: int) -> int:
    lines = Path(f"/proc/{process}/net/dev").read_text(encoding="ascii").splitlines()
    return next(int(line.partition(":")[2].split()[field]) for line in lines if line.strip().startswith(f"{name}:"))
