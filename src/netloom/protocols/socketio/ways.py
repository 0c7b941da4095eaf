"""What carries a session at the client: polls and posts on one connection, or a WebSocket (Engine.IO 4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Literal

import msgspec

from netloom.errors import ConnectionLost, PeerRefused, Unauthenticated
from netloom.links.http.asking import credentials_of, fields_of, place_of, target_of
from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.links.http.websocket import MessageLimits, WebSocket
from netloom.links.http.websocket_handshake import Wish, connect
from netloom.wire.socketio import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.http.client import HttpConnection
    from netloom.links.http.messages import Headers, Response
    from netloom.protocols.socketio.options import Options
    from netloom.wire.socketio.engine import Message, Packet

_SHOWN = 200


class Server:
    """Where a server is, and how it is asked."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        self.dial = dial
        self.options = options
        self.place = place_of(endpoint)
        self.headers: Headers = (*credentials_of(endpoint), *fields_of(options.headers))
        self._query = endpoint.query

    def target(self, transport: str, sid: str) -> str:
        """The target of a request."""
        named = f"EIO={engine.REVISION}&transport={transport}"
        return target_of(f"{self.options.place.rstrip('/')}/", named, f"sid={sid}" if sid else "", self._query)


class Way(ABC):
    """Packets both ways."""

    name: str
    response: Response | None = None

    @abstractmethod
    async def send(self, messages: Sequence[Message]) -> None:
        """Say these."""

    @abstractmethod
    async def receive(self) -> Packet:
        """The next packet. Raises ConnectionLost, RemoteProtocolError, PeerRefused."""

    @abstractmethod
    async def close(self) -> None:
        """Hang up."""


class Polling(Way):
    """Requests one after the other: nothing is said while a poll waits."""

    name = "polling"

    def __init__(self, server: Server) -> None:
        self.sid = ""
        self.max_payload = 1_000_000
        self._server = server
        self._connection: HttpConnection | None = None
        self._came: deque[Packet] = deque()

    async def send(self, messages: Sequence[Message]) -> None:
        payload = engine.emit_payload(messages)
        if len(payload) > self.max_payload:
            raise PeerRefused(
                f"the server takes {self.max_payload} bytes at once, and that is {len(payload)}", code="maxPayload",
                hint="transport=websocket may take more",
            )  # fmt: skip
        await self._ask("POST", payload)

    async def receive(self) -> Packet:
        while not self._came:
            self._came += engine.parse_payload(await self._ask("GET"))
        return self._came.popleft()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(self, method: Literal["GET", "POST"], payload: bytes | None = None) -> bytes:
        server = self._server
        headers = server.headers
        if payload is not None:
            headers = (("content-type", "text/plain;charset=UTF-8"), *headers)
        if server.options.origin:
            headers = (*headers, ("origin", server.options.origin))
        request = Request(
            method=method, target=server.target("polling", self.sid), headers=headers,
            scheme=server.place.scheme, authority=server.place.authority,
        )  # fmt: skip
        if self._connection is None or not self._connection.reusable:
            await self.close()
            self._connection = await open_http(server.dial, version=server.options.version)
        answer = await self._connection.request(request, payload)
        self.response = answer.response
        body = await answer.read(server.options.max_size)
        if self.response.status != 200:
            raise _refusal(self.response, body)
        return body


class Socket(Way):
    """A WebSocket."""

    name = "websocket"

    def __init__(self, socket: WebSocket, connection: HttpConnection, response: Response) -> None:
        self.socket = socket
        self.response = response
        self._connection = connection

    @classmethod
    async def open(cls, server: Server, sid: str = "") -> Socket:
        """Open one: for a new session, or to take polling's place in one. Raises PeerRefused, what dialling raises."""
        options = server.options
        wish = Wish(
            target=server.target("websocket", sid),
            authority=server.place.authority,
            scheme=server.place.scheme,
            headers=server.headers,
            origin=options.origin,
            compress=False,
            limits=MessageLimits(max_size=options.max_size),
        )
        connection = await open_http(server.dial, version=options.version or "1.1")
        socket, response = await connect(connection, wish)
        return cls(socket, connection, response)

    async def send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            await self.socket.send(message)

    async def receive(self) -> Packet:
        message = await self.socket.receive()
        if message is None:
            why = f"{self.socket.close_code} {self.socket.close_reason}".strip()
            raise ConnectionLost(f"the server closed the WebSocket: {why}")
        return engine.parse(message)

    async def close(self) -> None:
        await self.socket.end()
        await self._connection.close()


class _Error(msgspec.Struct):
    """What Engine.IO says with 400."""

    message: str
    code: int = -1


def _refusal(response: Response, body: bytes) -> PeerRefused:
    """The error that an answer is."""
    try:
        said = msgspec.json.decode(body, type=_Error).message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = body[:_SHOWN].decode("utf-8", "replace").strip() if body[:1] != b"<" else ""
    words = f"no session there: {response.status} {response.reason}".rstrip()
    kind = Unauthenticated if response.status == 401 else PeerRefused
    return kind(
        f"{words}: {said[:_SHOWN]}" if said else words,
        code=response.status,
        text=said[:_SHOWN],
        hint="is it at another path? -O place=/…" if response.status == 404 else "",
    )
