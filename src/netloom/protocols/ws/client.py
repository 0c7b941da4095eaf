"""WebSocket, the client's side: send, listen, or a channel for both (RFC 6455)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from netloom.errors import LocalProtocolError, UsageError
from netloom.links.http.client import HttpConnection, open_http
from netloom.links.http.websocket import GOING_AWAY, NO_STATUS, NORMAL, MessageLimits, WebSocket
from netloom.links.http.websocket_handshake import Wish, connect
from netloom.protocols.ws.channel import Channel, as_kind
from netloom.protocols.ws.options import Options as WebSocketOptions
from netloom.records import Message
from netloom.shapes import Reply
from netloom.wire.http import authentication

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.http.messages import Response

_USUAL = {"ws": 80, "wss": 443}


class Client:
    """A WebSocket to one place. It is opened by the first verb."""

    Options = WebSocketOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: WebSocketOptions) -> None:
        self.options = options
        self.endpoint = endpoint
        self.connection: HttpConnection | None = None
        self.response: Response | None = None
        self.socket: WebSocket | None = None
        self._dial = dial

    async def connect(self, path: str = "") -> WebSocket:
        """The open WebSocket. Raises PeerRefused where there is none, and what dialling raises."""
        if self.socket is None:
            wish = self._wish(path or self.endpoint.path or "/")
            self.connection = await open_http(self._dial, version=self.options.version)
            self.socket, self.response = await connect(self.connection, wish)
            if self.options.keep_alive:
                self.socket.keep_alive(self.options.keep_alive)
        return self.socket

    async def open(self) -> Channel:
        """A channel of messages, for `connect` and for Python."""
        return Channel(await self.connect(), self.options.type)

    async def send(self, message: Message) -> Reply | None:
        """Send one message, and read one where `reply` asks for it. A topic is the path to send it to."""
        path = "/" + quote(message.topic.lstrip("/"), safe="/:@!$&'()*+,;=~-._") if message.topic else ""
        try:
            payload = as_kind(message.payload, self.options.type)
        except UnicodeDecodeError as exc:
            raise UsageError("type=text, but the message isn't UTF-8", hint="type=binary sends it as it is") from exc
        socket = await self.connect(path)
        await socket.send(payload)
        if self.options.reply == "none":
            return None
        answer = await socket.receive()
        if answer is None:
            raise socket.ended("the server closed instead of answering")
        kind = "text" if isinstance(answer, str) else "binary"
        return Reply({"type": kind}, body=answer.encode() if isinstance(answer, str) else answer)

    async def listen(self, path: str) -> AsyncIterator[Message]:
        """What the server says, until it closes. The topic is the path."""
        socket = await self.connect(path)
        topic = unquote((path or self.endpoint.path).strip("/"))
        async for message in socket:
            text = isinstance(message, str)
            yield Message(
                topic=topic,
                payload=message.encode() if isinstance(message, str) else message,
                sender=socket.stream.peer,
                properties={"type": "text" if text else "binary"},
            )
        if socket.close_code not in (NORMAL, GOING_AWAY, NO_STATUS):
            raise socket.ended("the server closed")

    async def close(self) -> None:
        """Say Close, wait for the server's, and hang up."""
        if self.socket is not None:
            await self.socket.end()
        if self.connection is not None:
            await self.connection.close()

    def _wish(self, path: str) -> Wish:
        endpoint, options = self.endpoint, self.options
        authority = endpoint.replace(
            port=None if endpoint.port == _USUAL.get(endpoint.scheme) else endpoint.port, zone=""
        )
        return Wish(
            target=f"{path}?{endpoint.query}" if endpoint.query else path,
            authority=authority.authority if not endpoint.socket else "localhost",
            scheme="https" if endpoint.scheme.startswith("wss") else "http",
            headers=tuple(self._headers()),
            subprotocols=tuple(options.subprotocol),
            origin=options.origin,
            compress=options.compressed,
            limits=MessageLimits(max_size=options.max_size),
        )

    def _headers(self) -> list[tuple[str, str]]:
        made = []
        for text in self.options.headers:
            name, colon, value = text.partition(":")
            if not colon:
                raise LocalProtocolError(f"{name[:40]!r} is no header: 'Name: value' is expected", rule="RFC 9110 §5")
            made.append((name.strip(" "), value.strip(" \t")))
        endpoint = self.endpoint
        if self.options.token is not None:
            made.append(("authorization", authentication.bearer(self.options.token.reveal())))
        elif endpoint.user:
            password = endpoint.password.reveal() if endpoint.password is not None else ""
            made.append(("authorization", authentication.basic(endpoint.user, password)))
        return made
