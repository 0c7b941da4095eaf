"""What carries a session at the server: polls and posts, a WebSocket, the way from one to the other (Engine.IO 4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links.http.websocket import GOING_AWAY, NORMAL
from netloom.wire.socketio import engine
from netloom.wire.socketio.engine import Kind, Packet

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.links.http.messages import Headers
    from netloom.links.http.websocket import WebSocket
    from netloom.protocols.socketio.options import Options
    from netloom.protocols.socketio.session import Session

TEXT: Headers = (("content-type", "text/plain; charset=UTF-8"), ("cache-control", "no-store"))

_CLOSE, _NOOP = str(engine.emit(Packet(Kind.CLOSE))), str(engine.emit(Packet(Kind.NOOP)))
_PROBE, _PROBED = Packet(Kind.PING, engine.PROBE), str(engine.emit(Packet(Kind.PONG, engine.PROBE)))
_TURN = 100  # packets after which others have their turn


async def poll(link: Exchange, session: Session, fields: Headers, context: Context) -> None:
    """Answer a GET once there is something to say; a client that goes meanwhile has left the session."""
    session.polling = True
    gone = asyncio.create_task(link.wait_closed())
    gone.add_done_callback(lambda done: None if done.cancelled() else session.close("transport closed"))
    try:
        with context.until_closing(session.close):
            messages = await session.next()
    finally:
        gone.cancel()
        await asyncio.wait({gone})
        session.polling = False
    if not messages:
        messages = [_CLOSE if session.closed else _NOOP]
    try:
        await link.respond(200, (*TEXT, *fields), engine.emit_payload(messages))
    except ConnectionLost:
        session.close("transport closed")  # what was to be said is lost
        raise


async def post(link: Exchange, session: Session, fields: Headers, options: Options) -> None:
    """Take the packets of a POST. Raises RemoteProtocolError for what is no payload; then the session is over."""
    session.posting = True
    try:
        data = await link.read(options.max_payload)
        for number, packet in enumerate(engine.parse_payload(data), 1):
            await session.hear(packet)
            if not number % _TURN:
                await asyncio.sleep(0)
    except RemoteProtocolError:
        session.close("parse error")
        raise
    finally:
        session.posting = False
    await link.respond(200, (*TEXT, *fields), b"ok")


async def upgrade(socket: WebSocket, session: Session, seconds: float) -> bool:
    """Let a WebSocket take polling's place: whether it does. The client asks, and then says that it goes over."""
    session.probe()
    try:
        async with asyncio.timeout(seconds):
            if await _next(socket) == _PROBE:
                await socket.send(_PROBED)
                if await _next(socket) == Packet(Kind.UPGRADE) and not session.closed:
                    session.settle("websocket")
                    return True
    except (NetloomError, TimeoutError):
        pass  # it stays with polling
    finally:
        if session.probing:
            session.settle("polling")
    return False


async def attend(socket: WebSocket, session: Session) -> None:
    """Both directions of a WebSocket, until the session is over."""
    listening = asyncio.create_task(_listen(socket, session))
    try:
        while True:
            messages = await session.next()
            for message in messages:
                await socket.send(message)
            if session.closed and not messages:
                break
    except asyncio.CancelledError:
        session.close()
        await _stop(listening)
        await socket.end(GOING_AWAY, "the server stops")
        raise
    except ConnectionLost:
        session.close("transport closed")
        raise
    finally:
        session.close("transport closed")
        await _stop(listening)
    await socket.end(NORMAL, session.reason)


async def _listen(socket: WebSocket, session: Session) -> None:
    """Hear the client until it goes, or says what can't be understood."""
    reason = "transport closed"
    try:
        async for message in socket:
            await session.hear(engine.parse(message))
    except RemoteProtocolError:
        reason = "parse error"
    except NetloomError:
        pass  # it has gone without a word, or was silent for too long
    finally:
        session.close(reason)


async def _next(socket: WebSocket) -> Packet | None:
    message = await socket.receive()
    return engine.parse(message) if message is not None else None


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
