"""UDP, the probe: is the port refused, silent or answering (RFC 768, RFC 1122 §4.1.3.3)?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom import shapes
from netloom.errors import Phase

if TYPE_CHECKING:
    from netloom.protocols.udp.client import Client

NOTHING = b"\n"
"""What is sent without a payload: the least that an event loop sends at all."""
REFUSAL = 0.2
"""Seconds in which a host on the way would have said that nothing is bound there."""


class Facts(shapes.Facts, kw_only=True):
    """What a UDP probe learns. `state` is open where something answered, open|filtered where nothing did."""

    state: str = ""
    answer: str = ""
    size: int | None = None


async def probe(client: Client, facts: Facts) -> None:
    """Send a datagram. With `payload` an answer is expected; without, only a refusal is waited for."""
    link = await client.open()
    wanted = client.options.payload.encode()
    link.enter(Phase.REQUEST)
    facts.state, facts.summary = "open|filtered", "no refusal; UDP says no more without a payload that is answered"
    await link.send(wanted or NOTHING)
    link.enter(Phase.FIRST_BYTE)
    try:
        async with asyncio.timeout(None if wanted else REFUSAL):
            data = await link.receive()
    except TimeoutError:
        return
    facts.state, facts.size = "open", len(data)
    facts.answer = data[:256].decode("utf-8", "backslashreplace")
    facts.summary = f"answers {len(data)} byte{'s' if len(data) != 1 else ''}"
