"""Connections that our server opens for a client who may use it as a jump host (RFC 4254 §7.2)."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Any

import asyncssh

from netloom.endpoint import Endpoint
from netloom.errors import NetloomError
from netloom.links.dial import Dialler
from netloom.links.join import join
from netloom.links.options import LinkOptions
from netloom.links.ssh.channel import ChannelStream, ClientEnds
from netloom.links.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from netloom.links.network import Network
    from netloom.links.ssh.handover import Handover

TIME = 10.0
"""Seconds in which the other place has to be reached."""


async def forward(
    network: Network, below: Handover, to: tuple[str, int], *, anywhere: bool
) -> tuple[ClientEnds, Callable[[], Coroutine[Any, Any, None]]]:
    """Connect to a host and port; gives the channel's ends, and what carries bytes both ways until both have ended.

    Unless `anywhere`, every address of the host has to be a loopback one. Raises ChannelOpenError.
    """
    host, port = to
    try:
        async with asyncio.timeout(TIME):
            addresses = await network.resolve(host, port, "any", "")
            if not anywhere and not all(_is_loopback(address[1]) for address in addresses):
                raise asyncssh.ChannelOpenError(
                    asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "only this machine may be connected to"
                )
            # The addresses that were looked at are those that are dialled: a name could lead elsewhere a second later.
            options = LinkOptions(resolve=";".join(str(address[1][0]) for address in addresses), proxy=("none",))
            place = Endpoint(scheme="tcp", host=host, port=port)
            dial = Dialler(network, place, options, Trace(network.clock))
            there = await dial.direct(place)
    except NetloomError as error:
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, error.message) from error
    except TimeoutError:
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, f"no answer within {TIME:g} s") from None
    here = ChannelStream()

    async def relay() -> None:
        try:
            joined = await join(here, there)
            if joined.left is None and joined.right is None:
                await here.close()
        finally:
            here.abort()
            await dial.close()

    return ClientEnds(here, below), relay


def _is_loopback(place: Any) -> bool:
    return isinstance(place, tuple) and ipaddress.ip_address(str(place[0]).partition("%")[0]).is_loopback
