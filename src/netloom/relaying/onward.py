"""Where a relay's connections go on to: by the name that TLS asks for, with a PROXY header, in TLS of their own."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from netloom.errors import DeadlineExceeded, Unsupported, UsageError
from netloom.links.dial import Dialler
from netloom.links.hello import asked_name
from netloom.links.trace import Trace
from netloom.options import link_options
from netloom.registry import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.network import Network
    from netloom.links.stream import Stream

T = TypeVar("T")

DEADLINE = 10.0
"""Seconds in which a target has to be reached."""
SECURE = ("tls", "https")
"""What schemes are carried over that are TLS from the first octet on."""


class Onward:
    """`target`, or the one that `names` has for the server name that is asked for (`*` and `?` may stand in it)."""

    def __init__(
        self,
        listen: Endpoint,
        target: Endpoint,
        *,
        names: Mapping[str, Endpoint],
        network: Network,
        deadline: float = DEADLINE,
    ) -> None:
        """Raises UsageError where nothing could ever pass."""
        self.target = target
        self.names = {pattern.lower(): place for pattern, place in names.items()}
        self._network = network
        self._deadline = deadline
        for place in (target, *self.names.values()):
            _check(listen, place)
        if self.names and settle(listen)[1].over in (*SECURE, "udp"):
            raise UsageError(
                f"nobody asks for a name in the open at {listen}", hint="--sni is for TLS that passes through: tcp://…"
            )

    async def choose(self, link: Stream) -> Endpoint:
        """Where a connection is meant to go."""
        if not self.names:
            return self.target
        name = await self._in_time(asked_name(link), "no ClientHello came")
        return next((place for pattern, place in self.names.items() if fnmatchcase(name, pattern)), self.target)

    def dialler(self, target: Endpoint) -> Dialler:
        """What reaches one target once, and owns the link."""
        return Dialler(self._network, settle(target)[2], link_options(target.all_options), Trace(self._network.clock))

    async def stream(self, dial: Dialler, alpn: str = "") -> Stream:
        """A connection to the target, with TLS where its scheme says so, in which `alpn` is spoken.

        Raises ResolveError, ConnectError, TLSError, DeadlineExceeded.
        """
        return await self._in_time(_dialled(dial, alpn), f"{dial.endpoint} wasn't reached")

    async def datagrams(self) -> Datagrams:
        """A socket of datagrams to the target. Raises the same."""
        made = await self._in_time(self.dialler(self.target).datagrams(), f"{self.target} wasn't reached")
        made.set_idle(None)
        return made

    async def _in_time(self, work: Awaitable[T], otherwise: str) -> T:
        try:
            async with asyncio.timeout(self._deadline):
                return await work
        except TimeoutError:
            raise DeadlineExceeded(f"{otherwise} within {self._deadline:g} s") from None


async def _dialled(dial: Dialler, alpn: str) -> Stream:
    onward = await dial.stream(plain=True)
    if settle(dial.endpoint)[1].over in SECURE:
        await dial.secure(onward, alpn=(alpn,) if alpn else ())
    return onward


def _check(listen: Endpoint, target: Endpoint) -> None:
    comes, goes = settle(listen)[1].over, settle(target)[1].over
    if "icmp" in (comes, goes):
        raise Unsupported("icmp has no ports to listen on", hint="streams and datagrams can be relayed")
    if not _passes(comes) <= _passes(goes):
        raise UsageError(
            f"what comes to {listen} can't go on to {target}", hint="streams to streams, datagrams to datagrams"
        )
    place, options = settle(target)[2], link_options(target.all_options)
    if place.port is None and not place.socket:
        raise UsageError(f"{target} needs a port", hint=f"{target.scheme}://{target.host}:PORT")
    if comes == "udp" and (options.send_proxy or link_options(listen.all_options).accept_proxy):
        raise UsageError("a PROXY header begins a stream; datagrams have none")


def _passes(over: str) -> set[str]:
    return {"udp": {"datagrams"}, "udp+tcp": {"datagrams", "streams"}}.get(over, {"streams"})
