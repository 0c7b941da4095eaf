"""python-socketio on aiohttp and uvloop."""

from __future__ import annotations

import asyncio

import uvloop
from aiohttp import web

from benchmarks.sio_app import server
from benchmarks.workers import say


async def main() -> None:
    """Serve until we are ended."""
    application = web.Application()
    server("aiohttp").attach(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    say({"port": runner.addresses[0][1]})
    await asyncio.Event().wait()


uvloop.run(main())
