"""uvloop connects without telling Python, so that its loop is asked first."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import uvloop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from netloom.testing.guard import Guard


def wrap(guard: Guard) -> None:
    """Have a guard asked by every loop of uvloop, for the rest of the process."""
    loop: Any = uvloop.Loop
    connect, datagrams, resolve = loop.create_connection, loop.create_datagram_endpoint, loop.getaddrinfo

    @functools.wraps(connect)
    async def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **given: Any) -> Any:
        guard.check(host, port)
        return await connect(self, factory, host, port, **given)

    @functools.wraps(datagrams)
    async def create_datagram_endpoint(
        self: Any, factory: Callable[[], Any], local_addr: Any = None, remote_addr: Any = None, **given: Any
    ) -> Any:
        if not guard.watches:
            return await datagrams(self, factory, local_addr, remote_addr, **given)
        if isinstance(remote_addr, tuple):
            guard.check(*remote_addr[:2])
        made: list[_Watched] = []

        def watched() -> Any:
            made.append(_Watched(factory(), guard))
            return made[0]

        _, proxy = await datagrams(self, watched, local_addr, remote_addr, **given)
        return proxy.transport, proxy.protocol

    @functools.wraps(resolve)
    async def getaddrinfo(self: Any, host: Any, port: Any, **given: Any) -> Any:
        guard.check_name(host)
        return await resolve(self, host, port, **given)

    loop.create_connection = create_connection
    loop.create_datagram_endpoint = create_datagram_endpoint
    loop.getaddrinfo = getaddrinfo


class _Watched:
    """A protocol of datagrams whose transport asks before it sends."""

    def __init__(self, protocol: Any, guard: Guard) -> None:
        self.protocol = protocol
        self.transport: Any = None
        self._guard = guard

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = _Sender(transport, self._guard)
        self.protocol.connection_made(self.transport)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol, name)


class _Sender:
    def __init__(self, transport: asyncio.DatagramTransport, guard: Guard) -> None:
        self._transport = transport
        self._guard = guard

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Raises Blocked."""
        if isinstance(addr, tuple):
            self._guard.check(*addr[:2])
        self._transport.sendto(data, addr)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
