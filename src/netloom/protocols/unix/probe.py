"""Unix sockets, the probe: does it accept, and what does it say first (unix(7))?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom import shapes
from netloom.errors import Phase

if TYPE_CHECKING:
    from netloom.protocols.unix.client import Client


class Facts(shapes.Facts, kw_only=True):
    """What a probe of a Unix socket learns. `banner` is set where it was asked for."""

    banner: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Connect, and read a banner where one is wanted."""
    stream = await client.open()
    facts.summary = "accepts connections"
    if client.options.banner:
        stream.enter(Phase.GREETING)
        said = await stream.read()
        facts.banner = said[:256].decode("utf-8", "backslashreplace").strip()
        facts.summary = f"says {facts.banner[:60]!r}" if facts.banner else "accepts, and closes without a word"
