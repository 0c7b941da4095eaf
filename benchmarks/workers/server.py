"""Our servers as a Python program starts them: `Serving` on uvloop, nobody reading access records."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from benchmarks.workers import say
from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.packet.recording import Recording
from netloom.registry import content
from netloom.serving import Serving

_ACCOUNTS, _RECORD = "accounts:", "record:"


async def main() -> None:
    """`server ENDPOINT [CONTENT] [accounts:FILE] [record:FILE]`: serve until we are ended."""
    given = sys.argv[2:]
    contents = [content(text) for text in given if not text.startswith((_ACCOUNTS, _RECORD))]
    kept = [Recording(text.removeprefix(_RECORD)) for text in given if text.startswith(_RECORD)]
    files = [text.removeprefix(_ACCOUNTS) for text in given if text.startswith(_ACCOUNTS)]
    accounts = Accounts.from_file(files[0]) if files else None
    recording = kept[0] if kept else None
    async with Serving([Endpoint.parse(sys.argv[1])], contents, accounts, recording=recording) as serving:
        say({"endpoint": str(serving.endpoint), "port": serving.endpoint.port})
        await asyncio.Event().wait()


uvloop.run(main())
