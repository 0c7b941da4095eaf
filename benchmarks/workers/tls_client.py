"""Makes TLS connections, so many at once: `tls_client SIDE CA`, the side being netloom, asyncio or asyncio+uvloop."""

from __future__ import annotations

import asyncio
import ssl
import sys
import time
from typing import Any

import uvloop

from benchmarks.workers import Watch, attend
from netloom.endpoint import Endpoint
from netloom.links.dial import Dialler
from netloom.links.options import LinkOptions
from netloom.links.system import SystemNetwork
from netloom.links.trace import Trace

SIDE, CA = sys.argv[1], sys.argv[2]


async def ours(port: int) -> str:
    """One verified handshake by the dialler; gives what was agreed on."""
    endpoint = Endpoint.parse(f"tls://127.0.0.1:{port}")
    trace = Trace(time.perf_counter)
    dial = Dialler(SystemNetwork(), endpoint, LinkOptions(ca=CA), trace)
    stream = await dial.stream()
    version: str = stream.info("tls").connection.get_protocol_version_name()
    await dial.close()
    return version


def with_asyncio() -> Any:
    context = ssl.create_default_context(cafile=CA)
    context.minimum_version = ssl.TLSVersion.TLSv1_2

    async def one(port: int) -> str:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        version: str = writer.get_extra_info("ssl_object").version()
        writer.transport.abort()
        await asyncio.sleep(0)
        return version

    return one


async def many(one: Any, port: int, count: int, concurrency: int) -> dict[str, Any]:
    """So many handshakes."""
    turns = iter(range(count))
    versions: list[str] = []

    async def worker() -> None:
        for _ in turns:
            versions.append(await one(port))  # noqa: PERF401  # shared by all workers

    watch = Watch()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())
    return {**watch.read(count), "good": sum(version == "TLSv1.3" for version in versions)}


ONE = ours if SIDE == "netloom" else with_asyncio()


def work(port: int, count: int, concurrency: int) -> dict[str, Any]:
    """One slice."""
    return (asyncio.run if SIDE == "asyncio" else uvloop.run)(many(ONE, port, count, concurrency))


attend(work)
