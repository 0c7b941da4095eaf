"""What ICMP's meetings need: the right to ping, and a small internet of network namespaces to be lost in."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.interop.peers import READY, end, need

if TYPE_CHECKING:
    from collections.abc import Iterator

HOP, FAR = "10.66.1.2", "10.66.2.2"
HOP_6, FAR_6 = "fd66:1::2", "fd66:2::2"
LOST, FORBIDDEN, NOBODY = "10.66.9.1", "10.66.8.1", "10.66.1.77"
LOST_6, FORBIDDEN_6 = "fd66:9::1", "fd66:8::1"


def may(kind: socket.SocketKind) -> bool:
    """Whether the kernel gives us an ICMP socket of a kind."""
    try:
        socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
    except OSError:
        return False
    return True


def need_raw() -> None:
    """Without the privilege the test is skipped, which with CI=1 is a failure."""
    if not may(socket.SOCK_RAW):
        _without("raw sockets take CAP_NET_RAW")


def need_ping() -> None:
    """The same, where one kind or the other will do."""
    if not may(socket.SOCK_DGRAM) and not may(socket.SOCK_RAW):
        _without("pinging takes CAP_NET_RAW, or net.ipv4.ping_group_range")


def _without(told: str) -> None:
    if os.environ.get("CI") == "1":
        pytest.fail(told)
    pytest.skip(told)


class Internet:
    """We are in one namespace, a router in the next, a host behind it: `run` runs a program where we are."""

    def __init__(self, here: int, router: int, far: int) -> None:
        self.places = {"here": here, "router": router, "far": far}

    def command(self, place: str, *command: str) -> list[str]:
        """A command line that runs there."""
        return ["nsenter", "--target", str(self.places[place]), "--net", *command]

    def run(self, place: str, *command: str, check: bool = True) -> str:
        """What a program says that runs there."""
        done = subprocess.run(self.command(place, *command), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout + (done.stderr if not check else "")

    def netloom(self, place: str, *command: str) -> list[str]:
        """A command line of ours."""
        return self.command(place, sys.executable, "-m", "netloom", *command)

    def everybody_may_ping(self, *, yes: bool) -> None:
        """Whether sockets without a privilege are there: then those are taken, raw ones otherwise."""
        self.write("here", "net.ipv4.ping_group_range", "0 2147483647" if yes else "1 0")

    def write(self, place: str, name: str, value: str) -> None:
        """Set one of the kernel's variables there."""
        path = "/proc/sys/" + "/".join(name.split("."))
        self.run(place, "sh", "-c", f"echo {value} > {path}")


_ROUTES = """
ip link add to_router type veth peer name to_us netns {router}
ip addr add 10.66.1.1/24 dev to_router
ip addr add fd66:1::1/64 dev to_router nodad
ip link set to_router up
ip route add default via 10.66.1.2
"""
_ROUTES_OF_ROUTER = """
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
echo 0 > /proc/sys/net/ipv6/icmp/ratelimit
ip addr add 10.66.1.2/24 dev to_us
ip addr add fd66:1::2/64 dev to_us nodad
ip link set to_us up
ip route add unreachable 10.66.9.0/24
ip route add prohibit 10.66.8.0/24
ip -6 route add unreachable fd66:9::/64
ip -6 route add prohibit fd66:8::/64
ip link add to_far mtu 1300 type veth peer name to_hop mtu 1300 netns {far}
ip addr add 10.66.2.1/24 dev to_far
ip addr add fd66:2::1/64 dev to_far nodad
ip link set to_far up
"""
_ROUTES_OF_FAR = """
ip addr add 10.66.2.2/24 dev to_hop
ip addr add fd66:2::2/64 dev to_hop nodad
ip link set to_hop up
ip route add default via 10.66.2.1
ip -6 route add default via fd66:2::1
"""


@contextlib.contextmanager
def internet() -> Iterator[Internet]:
    """Three namespaces. Where we may not make them the test is skipped, which with CI=1 is a failure."""
    need("ip", "iproute2")
    need_raw()
    with contextlib.ExitStack() as stack:
        whole = Internet(*(stack.enter_context(_namespace()) for _ in range(3)))
        for place in whole.places:
            whole.run(place, "ip", "link", "set", "lo", "up")
        for place, script in (("here", _ROUTES), ("router", _ROUTES_OF_ROUTER), ("far", _ROUTES_OF_FAR)):
            whole.run(place, "sh", "-e", "-c", script.format(**whole.places))
        whole.run("here", "ip", "-6", "route", "add", "default", "via", "fd66:1::2")
        _wait_for_ways(whole)
        yield whole


def _wait_for_ways(whole: Internet) -> None:
    """Return once both families get through: over IPv6 neighbours have to be found first, which takes its time."""
    ping, until = need("ping", "iputils-ping"), time.monotonic() + READY
    for host in (FAR, FAR_6):
        while "1 received" not in whole.run("here", ping, "-c", "1", "-W", "1", host, check=False):
            assert time.monotonic() < until, f"{host} can't be reached"


@contextlib.contextmanager
def _namespace() -> Iterator[int]:
    """A process that keeps a network namespace; it says when it is there."""
    command = [need("unshare", "util-linux"), "--net", "sh", "-c", "echo there; exec sleep 600"]
    if os.geteuid() != 0 or shutil.which("nsenter") is None:
        _without("network namespaces that see each other are made by root")
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != b"there\n":
            _without("this machine lets nobody make network namespaces")
        yield process.pid
    finally:
        end(process)
