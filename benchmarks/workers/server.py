"""Our servers as a Python program starts them: `Serving` on uvloop, nobody reading access records."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from benchmarks.workers import say
from netloom.endpoint import Endpoint
from netloom.registry import content
from netloom.serving import Serving


async def main() -> None:
    """`server ENDPOINT [CONTENT]`: serve until we are ended."""
    contents = [content(text) for text in sys.argv[2:]]
    async with Serving([Endpoint.parse(sys.argv[1])], contents) as serving:
        say({"endpoint": str(serving.endpoint), "port": serving.endpoint.port})
        await asyncio.Event().wait()


uvloop.run(main())
