"""Applications over WebSockets: a handshake as an ASGI scope, messages as events (ASGI 3.0)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, RemoteProtocolError
from netloom.links.http import websocket, websocket_handshake
from netloom.protocols.http.asgi import scope_of, texts

if TYPE_CHECKING:
    from netloom.contents.app import App, Event
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange

log = logging.getLogger("netloom.serve")

_RULE = "ASGI 3.0"
_TEXT = (("content-type", "text/plain; charset=utf-8"),)
_FAILED = 1011
_ANY_ORIGIN = ("*",)  # whose pages may connect is the application's business, as with any ASGI server
_TERMS = websocket_handshake.Terms(origins=_ANY_ORIGIN)
_DENIAL = "websocket.http.response"


async def attend(exchange: Exchange, content: App, context: Context) -> None:
    """One WebSocket, from its handshake to its end."""
    refused = websocket_handshake.refusal(exchange, _ANY_ORIGIN)
    if refused is not None:
        await exchange.respond(refused.status, (*_TEXT, *refused.headers), f"{refused.words}\n".encode())
        return
    scope = _scope_of(exchange, content, context)
    call = Call(exchange)
    try:
        await content.asgi(scope, call.receive, call.send)
    except Exception:
        log.exception("%s failed at the WebSocket %s", content.name, scope["path"])
        await call.end(_FAILED)
    else:
        await call.end(websocket.NORMAL)


class Call:
    """`receive` and `send` for one WebSocket."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._connected = False
        self._socket: websocket.WebSocket | None = None
        self._denial: tuple[int, tuple[tuple[str, str], ...]] | None = None
        self._refused = False

    async def receive(self) -> Event:
        """The handshake, then messages, then that the client has gone."""
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        if self._socket is None:
            if not self._refused:
                await self._exchange.wait_closed()
            return {"type": "websocket.disconnect", "code": websocket.ABNORMAL, "reason": ""}
        try:
            message = await self._socket.receive()
        except (RemoteProtocolError, DeadlineExceeded) as error:
            log.debug("%s: %s", self._exchange.peer, error.message)
            message = None
        if message is None:
            code = self._socket.close_code or websocket.ABNORMAL
            return {"type": "websocket.disconnect", "code": code, "reason": self._socket.close_reason}
        if isinstance(message, str):
            return {"type": "websocket.receive", "text": message}
        return {"type": "websocket.receive", "bytes": message}

    async def send(self, event: Event) -> None:
        """Raises LocalProtocolError for events out of their order, ConnectionLost once the client has gone."""
        kind = event["type"]
        if kind.startswith(_DENIAL) and self._socket is None and not self._refused:
            await self._deny(event)
        elif self._socket is None and not self._refused and kind == "websocket.accept":
            self._socket = await websocket_handshake.accept(
                self._exchange,
                _TERMS,
                subprotocol=event.get("subprotocol") or "",
                headers=texts(event.get("headers") or ()),
            )
        elif self._socket is None and not self._refused and kind == "websocket.close":
            self._refused = True
            await self._exchange.respond(403, _TEXT, b"the application doesn't accept this WebSocket\n")
        elif self._socket is not None and kind == "websocket.send":
            text, data = event.get("text"), event.get("bytes")
            await self._socket.send(text if text is not None else bytes(data or b""))
        elif self._socket is not None and kind == "websocket.close":
            await self._socket.close(event.get("code") or websocket.NORMAL, event.get("reason") or "")
        else:
            raise LocalProtocolError(f"{kind!r} has no place here", rule=_RULE)

    async def end(self, code: int) -> None:
        """The application has ended: whatever it left open is closed."""
        if self._socket is None:
            if not self._exchange.status:
                status, text = (500, b"Internal Server Error\n") if code == _FAILED else (403, b"not accepted\n")
                await self._exchange.respond(status, _TEXT, text)
            return
        try:
            await self._socket.close(code)
            while await self._socket.receive() is not None:
                continue  # what was under way when we closed; the stream's own bound on silence ends it
        except (ConnectionLost, RemoteProtocolError, DeadlineExceeded) as error:
            log.debug("%s: %s", self._exchange.peer, error.message)
        await self._socket.stream.close()

    async def _deny(self, event: Event) -> None:
        if event["type"] == f"{_DENIAL}.start" and self._denial is None:
            self._denial = event["status"], texts(event.get("headers") or ())
        elif event["type"] == f"{_DENIAL}.body" and self._denial is not None:
            if not self._exchange.status:
                await self._exchange.start(*self._denial)
            if event.get("body"):
                await self._exchange.send(bytes(event["body"]))
            if not event.get("more_body", False):
                self._refused = True
                await self._exchange.finish()
        else:
            raise LocalProtocolError(f"{event['type']!r} has no place here", rule=_RULE)


def _scope_of(exchange: Exchange, content: App, context: Context) -> dict[str, Any]:
    scope = scope_of(exchange, content, context)
    del scope["method"]
    return {
        **scope,
        "type": "websocket",
        "scheme": "wss" if exchange.secure else "ws",
        "subprotocols": list(websocket_handshake.offered_subprotocols(exchange.request)),
        "extensions": {_DENIAL: {}},
    }
