"""WebSocket, the server's side: an echo, a bus whose topics are paths, or a handler (RFC 6455)."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from netloom.accounts import Right
from netloom.contents import TooLarge
from netloom.errors import ConnectionLost, DeadlineExceeded, RemoteProtocolError, UsageError
from netloom.links.http.access import admit
from netloom.links.http.websocket import (
    GOING_AWAY,
    INTERNAL_ERROR,
    NORMAL,
    POLICY,
    REASON_LIMIT,
    TOO_BIG,
    TRY_LATER,
    MessageLimits,
    WebSocket,
)
from netloom.links.http.websocket_handshake import Terms, accept, refusal
from netloom.protocols.ws.channel import Channel, as_kind
from netloom.records import Message

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.contents.bus import Bus, Subscription
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.protocols.ws.options import Options

log = logging.getLogger("netloom.serve")


async def serve(link: Exchange, content: Any, context: Context) -> None:
    """One WebSocket, from its handshake to its end."""
    started = time.time()
    options: Options = context.options
    account: Account | None = None
    if refusal(link, options.origins) is None:
        admitted, account = await admit(link, context)
        if not admitted:
            _record(link, context, None, started)
            return
    terms = Terms(
        subprotocols=tuple(options.subprotocol),
        origins=tuple(options.origins),
        compress=options.compressed,
        limits=MessageLimits(max_size=options.max_size),
    )
    try:
        socket = await accept(link, terms)
        if socket is not None:
            socket.keep_alive(min(options.keep_alive or context.idle / 2, context.idle / 2))
            place = _Place(link, context, account)
            if context.faulty:
                socket.refuses = functools.partial(place.refuses, "message")
            await _attend(socket, content, place)
    finally:
        _record(link, context, account, started)


def _record(link: Exchange, context: Context, account: Account | None, started: float) -> None:
    user = account.name if account is not None else ""
    context.access("GET", link.request.target.partition("?")[0], status=str(link.status), user=user, started=started)


class _Place:
    """Where a socket is attached: its topic, and what may be done there."""

    def __init__(self, link: Exchange, context: Context, account: Account | None) -> None:
        path = link.request.target.partition("?")[0]
        prefix = context.endpoint.path.rstrip("/")
        self.topic = unquote(path.removeprefix(prefix)).strip("/")
        # Without accounts a bus in memory is open; with them, publishing is writing.
        self.may_publish = not len(context.accounts) or context.accounts.may(account, Right.WRITE)
        self._context = context
        self._path = path

    def refuses(self, step: str) -> tuple[int, str] | None:
        """The Close that a fault wants."""
        no = self._context.refuses(step, target=self._path)
        return None if no is None else (no.number, no.words().encode()[:REASON_LIMIT].decode(errors="ignore"))


async def _attend(socket: WebSocket, content: Any, place: _Place) -> None:
    """Serve the content, and say Close with the code that fits how it ended."""
    code, reason = NORMAL, ""
    try:
        if (no := place.refuses("open")) is not None:
            code, reason = no
        elif content.KIND == "echo":
            async for message in socket:
                await socket.send(_echo(content, message))
        elif content.KIND == "bus":
            code, reason = await _bus(socket, content, place)
        else:
            await content.attend(Channel(socket))
    except asyncio.CancelledError:
        await socket.end(GOING_AWAY, "the server stops")
        raise
    except (ConnectionLost, DeadlineExceeded):
        socket.stream.abort()  # nobody listens any more
        raise
    except RemoteProtocolError:
        await socket.end()  # the client was told already
        raise
    except Exception:
        log.exception("%s failed", content.describe())
        code, reason = INTERNAL_ERROR, "the server failed"
    await socket.end(code, reason)


def _echo(content: Any, message: str | bytes) -> str | bytes:
    if isinstance(message, bytes):
        answer: bytes = content.answer(message)
        return answer
    text: bytes = content.answer(message.encode())
    return text.decode()


async def _bus(socket: WebSocket, bus: Bus, place: _Place) -> tuple[int, str]:
    """What comes is published to the topic; what others publish there is sent. Gives how to close."""
    try:
        async with bus.subscribe(place.topic) as heard:
            telling = asyncio.create_task(_tell(socket, heard))
            try:
                return await _publish(socket, bus, place)
            finally:
                telling.cancel()
                await asyncio.wait({telling})
                if not telling.cancelled():
                    telling.exception()  # whoever reads has seen the same end
    except UsageError as exc:
        return POLICY, exc.message[:100]
    except TooLarge as exc:
        return TRY_LATER, exc.message[:100]


async def _publish(socket: WebSocket, bus: Bus, place: _Place) -> tuple[int, str]:
    async for message in socket:
        if not place.may_publish:
            return POLICY, "only accounts that may write publish here"
        text = isinstance(message, str)
        payload = message.encode() if isinstance(message, str) else message
        kind = {"type": "text" if text else "binary"}
        try:
            bus.publish(Message(topic=place.topic, payload=payload, sender=socket.stream.peer, properties=kind))
        except TooLarge as exc:
            return TOO_BIG, exc.message[:100]
    return NORMAL, ""


async def _tell(socket: WebSocket, heard: Subscription) -> None:
    async for message in heard:
        kind = message.properties.get("type")
        await socket.send(as_kind(message.payload, "binary" if kind == "binary" else "auto"))
