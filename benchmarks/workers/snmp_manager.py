"""SNMP managers in Python that ask for one value, over and over: `snmp_manager netloom|pysnmp|gufo`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from benchmarks.workers import Watch, attend

SIDE = sys.argv[1]
OID = "1.3.6.1.2.1.1.5.0"

Ask = Callable[[], Awaitable[str]]


async def ours(port: int, stack: AsyncExitStack) -> Ask:
    from netloom import connect

    client: Any = await stack.enter_async_context(
        connect(f"snmp://public@127.0.0.1:{port}/{OID}#version=2c", deadline=60)
    )
    path = f"/{OID}"

    async def ask() -> str:
        return str((await client.get(path)).value)

    return ask


async def gufo(port: int, stack: AsyncExitStack) -> Ask:
    from gufo.snmp import SnmpVersion
    from gufo.snmp.aio import SnmpSession

    session = await stack.enter_async_context(SnmpSession("127.0.0.1", port, "public", version=SnmpVersion.v2c))

    async def ask() -> str:
        found = await session.get(OID)
        return found.decode() if isinstance(found, bytes) else str(found)

    return ask


async def pysnmp(port: int, stack: AsyncExitStack) -> Ask:
    """Its lighter interface, which knows version 2c only, and without looking names up."""
    import pysnmp.hlapi.v1arch.asyncio as hlapi  # type: ignore[import-untyped]

    dispatcher = hlapi.SnmpDispatcher()
    stack.callback(dispatcher.transport_dispatcher.close_dispatcher)
    target = await hlapi.UdpTransportTarget.create(("127.0.0.1", port))
    community = hlapi.CommunityData("public", mpModel=1)  # noqa: S508  # what all sides speak here

    async def ask() -> str:
        error, status, _, binds = await hlapi.get_cmd(dispatcher, community, target, (OID, None))
        if error or status:
            raise AssertionError(f"{error} {status}")
        return str(binds[0][1])

    return ask


async def slice_of(port: int, count: int, concurrency: int) -> dict[str, Any]:
    """So many gets, so many at once, each by a manager of its own. Connecting isn't timed."""
    async with AsyncExitStack() as stack:
        asks = [await SIDES[SIDE](port, stack) for _ in range(concurrency)]
        values = {await ask() for ask in asks}
        turns = iter(range(count))

        async def some(ask: Ask) -> None:
            for _ in turns:
                values.add(await ask())

        watch = Watch()
        await asyncio.gather(*[some(ask) for ask in asks])
        return {**watch.read(count), "values": sorted(values)}


SIDES = {"netloom": ours, "gufo": gufo, "pysnmp": pysnmp}


def work(port: int, count: int, concurrency: int) -> dict[str, Any]:
    """One slice."""
    return uvloop.run(slice_of(port, count, concurrency))


attend(work)
