"""Networks of a lab's own: namespaces with bridges and routers between them, by iproute2 (ip-netns(8))."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import threading
from ipaddress import IPv4Interface, IPv6Interface, ip_interface, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from netloom import loop
from netloom.errors import CapabilityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from netloom.labs.town import Relay, Server, Town

T = TypeVar("T")

_NEWNET = 0x40000000  # sched.h
_FOLDER = "/var/run/netns"


class Inside:
    """A thread with a loop in one namespace: sockets that are made there, stay there."""

    def __init__(self, namespace: str, address: str) -> None:
        self.namespace = namespace
        self.address = address
        self._outside = asyncio.get_running_loop()
        self._loop = loop.new()
        self._ready: asyncio.Future[None] = self._outside.create_future()
        self._thread = threading.Thread(target=self._run, name=f"lab {namespace}", daemon=True)

    async def open(self) -> Inside:
        """Enter. Raises CapabilityError."""
        self._thread.start()
        await self._ready
        return self

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def reporting(self, report: Callable[[Any], None]) -> Callable[[Any], None]:
        """The same for whoever reports from in there."""

        def tell(record: Any) -> None:
            self._outside.call_soon_threadsafe(report, record)

        return tell

    def close(self) -> None:
        """Leave."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        try:
            _enter(self.namespace)
        except OSError as exc:
            error = CapabilityError(f"the namespace {self.namespace} can't be entered: {exc.strerror}", hint="as root")
            self._outside.call_soon_threadsafe(self._ready.set_exception, error)
            return
        self._outside.call_soon_threadsafe(self._ready.set_result, None)
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())


def _enter(namespace: str) -> None:
    """setns(2), for this thread alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(_FOLDER, namespace).open("rb") as file:
        if libc.setns(file.fileno(), _NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Networks:
    """All namespaces of one lab. `address` tells where a server lives; they go when it is closed."""

    def __init__(self, town: Town, name: str) -> None:
        """Raises UsageError where a network is too small, or an address is used twice."""
        self._town = town
        self._name = name
        self._made: list[str] = []
        self._cables = 0
        self._cidrs = {each: ip_network(network.cidr) for each, network in town.networks.items()}
        self._routers = {
            router: {network: self._host(network, number) for network in described.networks}
            for number, (router, described) in enumerate(town.routers.items(), 1)
        }
        self.addresses = self._settle()

    def namespace(self, name: str) -> str:
        """The namespace of one that lives in the lab, as `ip netns exec` takes it."""
        return f"{self._name}-{name}"

    async def open(self) -> None:
        """Make all of them. Raises CapabilityError; then nothing is left."""
        if shutil.which("ip") is None:
            raise CapabilityError("networks of a lab need iproute2's ip", hint="apt-get install iproute2")
        try:
            for network in self._cidrs:
                await self._add(network)
                await self._ip(network, "link", "add", "bridge", "type", "bridge")
                await self._ip(network, "link", "set", "bridge", "up")
            for router, interfaces in self._routers.items():
                await self._add(router)
                for network, interface in interfaces.items():
                    await self._plug(router, network, interface)
                for version in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
                    await self._run("netns", "exec", self.namespace(router), "sysctl", "-qw", f"{version}=1")
            for router in self._routers:
                await self._route(router)
            for host, (network, interface) in self.addresses.items():
                await self._add(host)
                await self._plug(host, network, interface)
                gateway = next((each[network] for each in self._routers.values() if network in each), None)
                if gateway is not None:
                    await self._ip(host, "route", "add", "default", "via", str(gateway.ip))
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Remove all of them; links between them go with them."""
        while self._made:
            await self._run("netns", "del", self._made.pop(), check=False)

    # Inside

    def _settle(self) -> dict[str, tuple[str, IPv4Interface | IPv6Interface]]:
        """Where everybody lives: at the address that is named, or the next one."""
        given: dict[str, Server | Relay] = {**self._town.servers, **self._town.relays}
        living = {name: each for name, each in given.items() if each.network}
        taken = {
            str(interface.ip): f"router {router}"
            for router, each in self._routers.items()
            for interface in each.values()
        }
        found: dict[str, tuple[str, IPv4Interface | IPv6Interface]] = {}
        for name, each in sorted(living.items(), key=lambda item: not item[1].address):
            interface = self._next(each.network, taken) if not each.address else self._of(each.network, each.address)
            if str(interface.ip) in taken:
                raise UsageError(f"{interface.ip} is {taken[str(interface.ip)]}'s already, and {name} wants it, too")
            taken[str(interface.ip)] = name
            found[name] = each.network, interface
        return found

    def _next(self, network: str, taken: dict[str, str]) -> IPv4Interface | IPv6Interface:
        cidr = self._cidrs[network]
        for number in range(10, min(cidr.num_addresses - 1, 65536)):
            if str(cidr[number]) not in taken:
                return self._of(network, str(cidr[number]))
        raise UsageError(f"the network {network} ({cidr}) has no address left")

    def _host(self, network: str, number: int) -> IPv4Interface | IPv6Interface:
        cidr = self._cidrs[network]
        if cidr.num_addresses - 2 < number:
            raise UsageError(f"the network {network} ({cidr}) has no room for a router")
        return self._of(network, str(cidr[number]))

    def _of(self, network: str, address: str) -> IPv4Interface | IPv6Interface:
        return ip_interface(f"{address}/{self._cidrs[network].prefixlen}")

    async def _route(self, router: str) -> None:
        """Ways to the networks that a router isn't in, by the fewest others."""
        own = self._routers[router]
        ways: dict[str, IPv4Interface | IPv6Interface] = {}
        edge: list[tuple[str, Any]] = [(network, None) for network in own]
        seen = set(own)
        while edge:
            reached: list[tuple[str, Any]] = []
            for network, first in edge:
                for other, interfaces in self._routers.items():
                    if other == router or network not in interfaces:
                        continue
                    hop = first if first is not None else interfaces[network]
                    for beyond in interfaces:
                        if beyond not in seen:
                            seen.add(beyond)
                            ways[beyond] = hop
                            reached.append((beyond, hop))
            edge = reached
        for network, hop in ways.items():
            await self._ip(router, "route", "add", str(self._cidrs[network]), "via", str(hop.ip))

    async def _add(self, name: str) -> None:
        if os.path.exists(f"{_FOLDER}/{self.namespace(name)}"):  # noqa: ASYNC240, PTH110  # in the kernel's memory
            raise UsageError(
                f"the namespace {self.namespace(name)} is there already",
                hint=f"another lab of that name runs, or one was killed: ip netns del {self.namespace(name)}",
            )
        await self._run("netns", "add", self.namespace(name))
        self._made.append(self.namespace(name))
        await self._ip(name, "link", "set", "lo", "up")

    async def _plug(self, name: str, network: str, interface: IPv4Interface | IPv6Interface) -> None:
        """A cable from somebody to a network's bridge."""
        self._cables += 1
        here, there = f"to-{network}"[:15], f"cable{self._cables}"
        await self._ip(
            name, "link", "add", here, "type", "veth", "peer", "name", there, "netns", self.namespace(network)
        )
        await self._ip(network, "link", "set", there, "master", "bridge", "up")
        quick = ("nodad",) if interface.version == 6 else ()
        await self._ip(name, "address", "add", str(interface), "dev", here, *quick)
        await self._ip(name, "link", "set", here, "up")

    async def _ip(self, name: str, *arguments: str) -> None:
        await self._run("-n", self.namespace(name), *arguments)

    async def _run(self, *arguments: str, check: bool = True) -> None:
        process = await asyncio.create_subprocess_exec(
            "ip",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, problem = await process.communicate()
        if process.returncode and check:
            words = problem.decode("utf-8", "replace").strip().splitlines()
            raise CapabilityError(
                f"ip {' '.join(arguments)}: {words[-1] if words else 'failed'}", hint="networks of a lab need root"
            )
