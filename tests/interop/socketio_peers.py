"""Foreign servers and clients of Socket.IO on 127.0.0.1: python-socketio, and Node's socket.io."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any, Protocol

import socketio  # type: ignore[import-untyped]

from tests.interop.node_peers import node
from tests.interop.peers import READY, free_port, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Servers, which do the same. In `/` and `/room` they say `welcome` with what they were told, and bytes; `echo` comes
# back as an event or an acknowledgement, `ask` has them ask, `bye` disconnects. `/closed` wants auth.token to be abc.

PYTHON = """
    import sys
    import socketio

    sio = socketio.AsyncServer(async_mode="asgi", ping_interval=1, ping_timeout=1, cors_allowed_origins="*",
                               transports=None, allow_upgrades=True)

    def serve(namespace):
        @sio.on("connect", namespace=namespace)
        async def connect(sid, environ, auth):
            if namespace == "/closed" and (auth or {}).get("token") != "abc":
                raise socketio.exceptions.ConnectionRefusedError("not authorized")
            await sio.emit("welcome", ({"auth": auth, "header": environ.get("HTTP_X_LOOM")}, b"\\x01\\xff"), to=sid,
                           namespace=namespace)

        @sio.on("echo", namespace=namespace)
        async def echo(sid, *arguments):
            await sio.emit("echo", arguments, to=sid, namespace=namespace)
            return arguments

        @sio.on("ask", namespace=namespace)
        async def ask(sid):
            async def told(*arguments):
                await sio.emit("told", arguments, to=sid, namespace=namespace)
            await sio.emit("question", 42, to=sid, namespace=namespace, callback=told)

        @sio.on("bye", namespace=namespace)
        async def bye(sid):
            await sio.disconnect(sid, namespace=namespace)

    for namespace in ("/", "/room", "/closed"):
        serve(namespace)
    app = socketio.ASGIApp(sio)
"""
_UVICORN = """
import uvicorn
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""
_NODE_SERVER = """
const { createServer } = require("http");
const { Server } = require("socket.io");
const http = createServer(), io = new Server(http, {pingInterval: 1000, pingTimeout: 1000});
for (const name of ["/", "/room", "/closed"]) {
  const space = io.of(name);
  if (name === "/closed")
    space.use((socket, next) => next(socket.handshake.auth.token === "abc" ? undefined : new Error("not authorized")));
  space.on("connection", socket => {
    socket.emit("welcome", {auth: socket.handshake.auth, header: socket.handshake.headers["x-loom"]},
      Buffer.from([1, 255]));
    socket.on("echo", (...given) => {
      const done = typeof given.at(-1) === "function" ? given.pop() : () => undefined;
      socket.emit("echo", ...given);
      done(...given);
    });
    socket.on("ask", () => socket.emit("question", 42, (...given) => socket.emit("told", ...given)));
    socket.on("bye", () => socket.disconnect());
  });
}
http.listen(Number(process.argv[2]), "127.0.0.1", () => say("ready"));
"""


def dedented(text: str) -> str:
    """Lines that are indented here."""
    return "\n".join(line[4:] for line in text.splitlines())


@contextlib.asynccontextmanager
async def python_server(folder: Path) -> AsyncIterator[str]:
    """python-socketio on uvicorn."""
    port, log = free_port(), folder / "log"
    with running([sys.executable, "-c", dedented(PYTHON) + _UVICORN, str(port)], log) as process:
        await asyncio.to_thread(wait_for_port, process, log, port)
        yield f"socketio://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def node_server(folder: Path) -> AsyncIterator[str]:
    """Node's socket.io."""
    port = free_port()
    async with node(_NODE_SERVER, str(port)) as program:
        assert await program.hear() == "ready"
        yield f"socketio://127.0.0.1:{port}"


class Visitor(Protocol):
    """A foreign client in one namespace. Bytes are lists of numbers in `hear`."""

    async def emit(self, event: str, *arguments: Any) -> Any:
        """Emit, and give the first argument of the acknowledgement."""

    async def hear(self) -> list[Any]:
        """The next event: its name and its arguments."""

    async def transport(self) -> str:
        """What carries it now."""


class _Python:
    def __init__(self, client: socketio.AsyncClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._came: asyncio.Queue[list[Any]] = asyncio.Queue()
        client.on("*", self._take, namespace=namespace)

    async def _take(self, event: str, *arguments: Any) -> None:
        self._came.put_nowait([event, *map(_plain, arguments)])

    async def emit(self, event: str, *arguments: Any) -> Any:
        return await self._client.call(event, arguments, namespace=self._namespace, timeout=READY)

    async def hear(self) -> list[Any]:
        async with asyncio.timeout(READY):
            return await self._came.get()

    async def transport(self) -> str:
        return str(self._client.transport())


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, bytes) else value


@contextlib.asynccontextmanager
async def python_client(
    url: str, namespace: str = "/", *, transports: tuple[str, ...] = ("polling", "websocket"), auth: Any = None
) -> AsyncIterator[Visitor]:
    """python-socketio over aiohttp. Raises ConnectionRefusedError where the namespace refuses it."""
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    visitor = _Python(client, namespace)
    try:
        try:
            await client.connect(
                url, namespaces=[namespace], transports=list(transports), auth=auth, wait_timeout=int(READY)
            )
        except socketio.exceptions.ConnectionError as exc:
            raise ConnectionRefusedError(str(exc)) from exc
        yield visitor
    finally:
        await client.disconnect()
        await client.eio.disconnect()
        if client.eio.http is not None:
            await client.eio.http.close()
        await asyncio.sleep(0.05)  # aiohttp lets go of its transports on a later turn


_NODE_CLIENT = """
const { io } = require("socket.io-client");
const [url, transports, auth] = process.argv.slice(2);
const plain = value => Buffer.isBuffer(value) ? [...value] : value;
const socket = io(url, {transports: transports.split(","), auth: JSON.parse(auth), reconnection: false});
socket.on("connect_error", error => say("refused", error.message));
socket.on("disconnect", reason => say("disconnected", reason));
socket.onAny((event, ...given) => say("event", [event, ...given.map(plain)]));
socket.on("connect", async () => {
  say("connected");
  for (;;) {
    const [what, ...given] = await hear();
    if (what === "transport") say("answer", socket.io.engine.transport.name);
    else if (what === "close") socket.close();
    else socket.emit(...given.map(one => one && one.bytes ? Buffer.from(one.bytes) : one),
      answer => say("answer", plain(answer)));
  }
});
"""


class _Node:
    def __init__(self, program: Any) -> None:
        self._program = program
        self._events: list[Any] = []
        self._answers: list[Any] = []

    async def start(self) -> None:
        """Raises ConnectionRefusedError. What came along with the answer is told before it."""
        while (told := _listed(await self._program.hear()))[0] == "event":
            self._events.append(told[1])
        if told[0] != "connected":
            raise ConnectionRefusedError(*told[1:])

    async def emit(self, event: str, *arguments: Any) -> Any:
        given = [{"bytes": [*one]} if isinstance(one, bytes) else one for one in arguments]
        await self._program.say(["emit", event, *given])
        return await self._next(self._answers)

    async def hear(self) -> list[Any]:
        found: list[Any] = await self._next(self._events)
        return found

    async def transport(self) -> str:
        await self._program.say(["transport"])
        return str(await self._next(self._answers))

    async def _next(self, wanted: list[Any]) -> Any:
        while not wanted:
            kind, *rest = _listed(await self._program.hear())
            if kind == "disconnected":
                raise ConnectionResetError(*rest)
            came = self._events if kind == "event" else self._answers
            came.append(rest[0] if rest else None)
        return wanted.pop(0)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@contextlib.asynccontextmanager
async def node_client(
    url: str, namespace: str = "/", *, transports: tuple[str, ...] = ("polling", "websocket"), auth: Any = None
) -> AsyncIterator[Visitor]:
    """Node's socket.io-client. Raises ConnectionRefusedError where the namespace refuses it."""
    async with node(_NODE_CLIENT, url + namespace, ",".join(transports), json.dumps(auth or {})) as program:
        visitor = _Node(program)
        await visitor.start()
        yield visitor
