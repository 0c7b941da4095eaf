"""Syslog, the probe: does anybody take messages? What can be known without sending one is little (RFC 5426 §4.1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom import shapes
from netloom.errors import ConnectError, ConnectionLost, Phase, RemoteProtocolError
from netloom.records import Message

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from netloom.protocols.syslog.client import Client

WAIT = 0.2
"""Seconds in which a host would have refused a datagram, and a peer that isn't a collector would have begun to talk."""
TEST = b"a test by netloom probe"


class Facts(shapes.Facts, kw_only=True):
    """What a syslog probe learns. `state`: accepts (a connection), open|filtered (UDP, sent and not refused), closed
    (UDP, refused), unknown (UDP, nothing sent). `sent` is the size of the test message in bytes, 0 without one."""

    state: str = ""
    framing: str = ""
    sent: int = 0


async def probe(client: Client, facts: Facts) -> None:
    """Over TCP and TLS connect, and see that the peer listens in silence. Over UDP send nothing, unless `test`."""
    if client.over_udp:
        await _datagrams(client, facts)
        return
    stream = await client.stream()
    facts.state, facts.summary = "accepts", "accepts connections"
    if client.options.test:
        await _test(client, facts)
        facts.framing = client.options.framing
        facts.summary = f"accepts connections · a test message of {facts.sent} bytes sent"
    await _silence(stream)


async def _datagrams(client: Client, facts: Facts) -> None:
    link = await client.datagrams()
    facts.state = "unknown"
    facts.summary = "nothing was sent, and without that UDP tells nothing (test=yes sends a message)"
    if not client.options.test:
        return
    try:
        await _test(client, facts)
        facts.summary = f"a test message of {facts.sent} bytes sent"
        link.enter(Phase.FIRST_BYTE)
        async with asyncio.timeout(WAIT):
            said = await link.receive()
    except TimeoutError:
        facts.state = "open|filtered"
        facts.summary += ", and not refused; nobody says that it has come"
        return
    except ConnectError:
        facts.state = "closed"
        raise
    raise RemoteProtocolError("it answers, which no collector does", rule="RFC 5426 §3", seen=said[:64])


async def _test(client: Client, facts: Facts) -> None:
    reply = await client.send(Message(payload=TEST))
    facts.sent = reply.meta["size"]


async def _silence(stream: Stream) -> None:
    """Raises RemoteProtocolError for a peer that speaks, ConnectionLost for one that doesn't want us."""
    stream.enter(Phase.GREETING)
    try:
        async with asyncio.timeout(WAIT):
            said = await stream.read()
    except TimeoutError:
        return
    if said:
        raise RemoteProtocolError("it speaks, which no collector does", rule="RFC 5425 §4", seen=said[:64])
    raise ConnectionLost("it accepts, and closes at once", hint="are we among those who may send there?")
