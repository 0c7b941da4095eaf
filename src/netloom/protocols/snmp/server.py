"""SNMP, the server's side: an agent for a device, or who receives notifications (RFC 3413, RFC 3417, RFC 3430)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from netloom.contents.bus import Bus
from netloom.errors import NetloomError
from netloom.links.datagrams import Datagrams
from netloom.protocols.snmp.agent import Agent, Source
from netloom.protocols.snmp.dispatcher import Dispatcher
from netloom.protocols.snmp.engine import engine_of
from netloom.protocols.snmp.names import names
from netloom.protocols.snmp.receiver import Receiver
from netloom.wire.snmp.message import MESSAGE_LIMIT, unframed

if TYPE_CHECKING:
    from netloom.contents.registers import Registers
    from netloom.links.context import Context
    from netloom.links.stream import Stream


async def serve(link: Datagrams | Stream, content: Registers | Bus, context: Context) -> None:
    """One socket, or one connection."""
    engine = engine_of(content, context.options)
    if isinstance(content, Bus):
        await _talk(link, Dispatcher(Receiver(content, engine, names(context.options.mibs)), context), context)
        return
    dispatcher = Dispatcher(Agent(content, engine, context.accounts), context)
    if not context.options.notify or not isinstance(link, Datagrams):
        await _talk(link, dispatcher, context)
        return
    from netloom.protocols.snmp.notifier import Notifier

    telling: asyncio.Future[None] | None = None
    if engine.notifier is None:  # the first socket's: all of them serve one device, which tells a thing once
        engine.notifier = Notifier(content, engine, context.options.notify, context.network)
        telling = asyncio.ensure_future(engine.notifier.run())
    dispatcher.troubled = engine.notifier.wrong_community
    try:
        await _talk(link, dispatcher, context)
    finally:
        if telling is not None:
            engine.notifier = None
            telling.cancel()
            await asyncio.wait({telling})


async def _talk(link: Datagrams | Stream, dispatcher: Dispatcher, context: Context) -> None:
    if isinstance(link, Datagrams):
        await _datagrams(link, dispatcher)
    else:
        await _stream(link, dispatcher, context)


async def _datagrams(link: Datagrams, dispatcher: Dispatcher) -> None:
    while True:
        try:
            data, peer = await link.receive_from()
        except NetloomError:
            return  # the socket has gone
        answer = dispatcher.take(data, Source(str(peer[0]) if isinstance(peer, tuple) else "", peer))
        if answer is not None:
            with contextlib.suppress(NetloomError):
                await link.send(answer, peer)


async def _stream(link: Stream, dispatcher: Dispatcher, context: Context) -> None:
    source = Source(link.peer.rpartition(":")[0].strip("[]"), None, proven=True)
    while not context.closing:
        try:
            await link.parse(lambda buffer: (None, 0) if buffer else None)
            async with asyncio.timeout(context.idle):  # what has begun has to be whole within so many seconds
                data = await link.parse(unframed, MESSAGE_LIMIT)
        except (NetloomError, TimeoutError):
            return
        with context.working():
            answer = dispatcher.take(data, source)
            if answer is not None:
                await link.write(answer)
