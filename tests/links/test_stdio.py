"""Standard input and output as a link."""

from __future__ import annotations

import asyncio
import os

from netloom.links.stdio import StandardStreams


async def test_what_is_piped_in_and_what_is_shown() -> None:
    out, into = os.pipe()
    shown: list[bytes] = []
    try:
        link = StandardStreams(out, shown.append)
        os.write(into, b"warp")
        async with asyncio.timeout(10):
            assert await link.read() == b"warp"
            os.close(into)
            assert await link.read() == b""
        await link.write(b"weft")
        await link.write_eof()
        await link.write(b"!")
    finally:
        os.close(out)
    assert shown == [b"weft", b"!"]


async def test_one_that_cannot_be_read_is_at_its_end() -> None:
    out, into = os.pipe()
    os.close(out)
    os.close(into)
    assert await StandardStreams(out, lambda _: None).read() == b""
