"""Requests and WebSockets said by hand at a server of Socket.IO in memory."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.links.http.websocket_handshake import Wish, connect
from netloom.wire.socketio import engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.websocket import WebSocket
    from tests.protocols.ws.stage import Stage

AT = "socketio://127.0.0.1:0"
HOME = "/socket.io/?EIO=4"
Version = Literal["1.1", "2-prior"]


class Answered(msgspec.Struct, frozen=True):
    """An answer: its body is text as a rule."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def code(self) -> int:
        """Engine.IO's number of an error."""
        return int(msgspec.json.decode(self.body)["code"])


async def ask(
    stage: Stage,
    target: str,
    *fields: tuple[str, str],
    method: str = "GET",
    body: bytes | None = None,
    version: Version = "1.1",
) -> Answered:
    """One request on a connection of its own."""
    connection = await open_http(stage.attempt().dial, version=version)
    authority = stage.serving.endpoint.authority
    answer = await connection.request(Request(method=method, target=target, headers=fields, authority=authority), body)
    read = await answer.read(1 << 24)
    await connection.close()
    return Answered(answer.response.status, dict(answer.response.headers), read)


class Polling:
    """A session that is polled."""

    def __init__(self, stage: Stage, sid: str, version: Version) -> None:
        self.sid = sid
        self.target = f"{HOME}&transport=polling&sid={sid}"
        self._stage = stage
        self._version: Version = version
        self._waiting: list[str] = []

    @classmethod
    async def begin(cls, stage: Stage, *fields: tuple[str, str], version: Version = "1.1") -> Polling:
        answered = await ask(stage, f"{HOME}&transport=polling", *fields, version=version)
        assert answered.status == 200, answered
        return cls(stage, engine.parse_handshake(answered.body[1:]).sid, version)

    async def get(self) -> Answered:
        return await ask(self._stage, self.target, version=self._version)

    async def say(self, *messages: str | bytes) -> Answered:
        payload = engine.emit_payload(messages)
        return await ask(self._stage, self.target, method="POST", body=payload, version=self._version)

    async def hear(self) -> str:
        """The next packet, as a payload has it."""
        while not self._waiting:
            answered = await self.get()
            assert answered.status == 200, answered
            self._waiting = answered.body.decode().split("\x1e")
        return self._waiting.pop(0)


@contextlib.asynccontextmanager
async def websocket(
    stage: Stage, sid: str = "", *fields: tuple[str, str], version: Version = "1.1"
) -> AsyncIterator[WebSocket]:
    """A WebSocket, which is let go of afterwards."""
    connection = await open_http(stage.attempt().dial, version=version)
    target = f"{HOME}&transport=websocket" + (f"&sid={sid}" if sid else "")
    wish = Wish(target=target, authority=stage.serving.endpoint.authority, headers=fields, compress=False)
    socket, _ = await connect(connection, wish)
    try:
        yield socket
    finally:
        socket.stream.abort()
        await asyncio.sleep(0)


async def heard(socket: WebSocket) -> Any:
    """The next message that is no heartbeat."""
    while (message := await socket.receive()) == "2":
        await socket.send("3")
    return message


@contextlib.asynccontextmanager
async def connected(stage: Stage, namespace: str = "", auth: str = "", **more: Any) -> AsyncIterator[WebSocket]:
    """A WebSocket whose namespace is connected."""
    async with websocket(stage, **more) as socket:
        assert str(await heard(socket)).startswith("0{")
        await socket.send(f"40{namespace + ',' if namespace else ''}{auth}")
        said = await heard(socket)
        assert said.startswith(f"40{namespace + ',' if namespace else ''}{{"), said
        yield socket
