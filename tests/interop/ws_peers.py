"""Foreign WebSockets on 127.0.0.1: echo servers and clients of websockets, aiohttp, Tornado and Twisted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import tornado.websocket
import websockets
from aiohttp import web
from tornado.httpserver import HTTPServer
from tornado.web import Application

from netloom.links.authority import Authority
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])
SUBPROTOCOL = "echo.v1"


def write_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """The authority, and a certificate with its key for localhost and 127.0.0.1."""
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    for path, content in zip(
        paths, (AUTHORITY.certificate_pem, CERTIFICATE.cert_pem, CERTIFICATE.key_pem), strict=True
    ):
        path.write_bytes(content)
    return paths


def server_context(folder: Path) -> ssl.SSLContext:
    """The standard library's TLS for a foreign server."""
    _, cert, key = write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def client_context(folder: Path) -> ssl.SSLContext:
    """The standard library's TLS for a foreign client, which trusts the authority."""
    ca, _, _ = write_certificate(folder)
    return ssl.create_default_context(cafile=str(ca))


# Servers: what comes goes back; `/close` closes with 4001 at the first message


@contextlib.asynccontextmanager
async def websockets_server(folder: Path | None = None) -> AsyncIterator[str]:
    """The websockets package; with a folder over TLS."""

    async def handle(connection: websockets.ServerConnection) -> None:
        async for message in connection:
            if connection.request is not None and connection.request.path == "/close":
                await connection.close(4001, "as asked")
                return
            await connection.send(message)

    tls = server_context(folder) if folder is not None else None
    async with websockets.serve(
        handle, "127.0.0.1", 0, subprotocols=[websockets.Subprotocol(SUBPROTOCOL)], ssl=tls, max_size=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws{'s' if tls else ''}://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def aiohttp_server(folder: Path | None = None) -> AsyncIterator[str]:
    """aiohttp's server; with a folder over TLS."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse(protocols=(SUBPROTOCOL,), max_msg_size=0)
        await answer.prepare(request)
        async for message in answer:
            if request.path == "/close":
                await answer.close(code=4001, message=b"as asked")
            elif message.type is aiohttp.WSMsgType.TEXT:
                await answer.send_str(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                await answer.send_bytes(message.data)
        return answer

    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    tls = server_context(folder) if folder is not None else None
    listening = socket.create_server(("127.0.0.1", 0))
    try:
        await web.SockSite(runner, listening, ssl_context=tls).start()
        yield f"ws{'s' if tls else ''}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await runner.cleanup()


class _Echo(tornado.websocket.WebSocketHandler):
    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_compression_options(self) -> dict[str, Any] | None:
        return {}

    async def on_message(self, message: str | bytes) -> None:
        if self.request.path == "/close":
            self.close(4001, "as asked")
        else:
            await self.write_message(message, binary=isinstance(message, bytes))


@contextlib.asynccontextmanager
async def tornado_server(folder: Path | None = None) -> AsyncIterator[str]:
    """Tornado's server; with a folder over TLS."""
    tls = server_context(folder) if folder is not None else None
    server = HTTPServer(Application([(r"/.*", _Echo)], websocket_max_message_size=1 << 30), ssl_options=tls)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    server.add_socket(listening)
    try:
        yield f"ws{'s' if tls else ''}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.stop()
        await server.close_all_connections()


_TWISTED_SERVER = """
import sys
from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.websocket import WebSocketResource

class Echo:
    def negotiationStarted(self, transport): self.transport = transport
    def negotiationFinished(self): pass
    def pongReceived(self, payload): pass
    def textMessageReceived(self, message): self.transport.sendTextMessage(message)
    def bytesMessageReceived(self, data): self.transport.sendBytesMessage(bytes(data))
    def connectionLost(self, reason): pass

class Factory:
    def buildProtocol(self, request): return Echo()

root = Resource()
root.putChild(b"echo", WebSocketResource(Factory()))
reactor.listenTCP(int(sys.argv[1]), Site(root), interface="127.0.0.1")
reactor.run()
"""


@contextlib.contextmanager
def twisted_server(folder: Path) -> Iterator[str]:
    """Twisted's server, in a process of its own."""
    port = free_port()
    with running([sys.executable, "-c", _TWISTED_SERVER, str(port)], folder / "log") as process:
        wait_for_port(process, folder / "log", port)
        yield f"ws://127.0.0.1:{port}/echo"


# Between both: HTTP/2 on one side, HTTP/1.1 or HTTP/2 on the other (RFC 8441)


@contextlib.contextmanager
def nghttpx(folder: Path, behind: str, protocol: str, *, secure: bool = False) -> Iterator[str]:
    """nghttpx in front of a server at `behind`, to which it speaks `protocol`: h2 or http/1.1. Over TLS if `secure`.

    In front it takes both.
    """
    _, cert, key = write_certificate(folder)
    port = free_port()
    _, colon, place = behind.rpartition("127.0.0.1:")
    assert colon
    command = [
        need("nghttpx", "nghttp2-proxy"), "--conf=/dev/null", "--single-process", "--workers=1", "--no-ocsp",
        f"--frontend=127.0.0.1,{port}{'' if secure else ';no-tls'}",
        f"--backend=127.0.0.1,{place.strip('/')};;proto={protocol}",
        "--accesslog-file=/dev/stdout", "--errorlog-file=/dev/stderr", str(key), str(cert),
    ]  # fmt: skip
    log = folder / "nghttpx.log"
    with running(command, log) as process:
        wait_for_port(process, log, port)
        yield f"ws{'s' if secure else ''}://127.0.0.1:{port}"


# Clients


class Dialogue(Protocol):
    """A foreign client that is connected."""

    async def exchange(self, message: str | bytes) -> str | bytes: ...

    async def close(self) -> int: ...


@contextlib.asynccontextmanager
async def websockets_client(url: str, folder: Path | None = None) -> AsyncIterator[Dialogue]:
    tls = client_context(folder) if folder is not None else None
    async with websockets.connect(
        url, subprotocols=[websockets.Subprotocol(SUBPROTOCOL)], ssl=tls, max_size=None
    ) as connection:

        class Connected:
            async def exchange(self, message: str | bytes) -> str | bytes:
                await connection.send(message)
                pong = await connection.ping()
                answer = await connection.recv()
                await pong
                return answer

            async def close(self) -> int:
                await connection.close()
                return connection.close_code or 0

        yield Connected()


@contextlib.asynccontextmanager
async def aiohttp_client(url: str, folder: Path | None = None) -> AsyncIterator[Dialogue]:
    tls = client_context(folder) if folder is not None else True
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=[SUBPROTOCOL], ssl=tls, compress=15, max_msg_size=0) as connection,
    ):

        class Connected:
            async def exchange(self, message: str | bytes) -> str | bytes:
                if isinstance(message, str):
                    await connection.send_str(message)
                    return await connection.receive_str()
                await connection.send_bytes(message)
                return await connection.receive_bytes()

            async def close(self) -> int:
                await connection.close()
                return connection.close_code or 0

        yield Connected()


@contextlib.asynccontextmanager
async def tornado_client(url: str, folder: Path | None = None) -> AsyncIterator[Dialogue]:
    from tornado.httpclient import HTTPRequest

    request = HTTPRequest(url, ssl_options=client_context(folder) if folder is not None else None)
    connection = await tornado.websocket.websocket_connect(
        request, subprotocols=[SUBPROTOCOL], compression_options={}, max_message_size=1 << 30
    )

    class Connected:
        over = False

        async def exchange(self, message: str | bytes) -> str | bytes:
            await connection.write_message(message, binary=isinstance(message, bytes))
            answer = await connection.read_message()
            assert answer is not None
            return answer

        async def close(self) -> int:
            if not self.over:
                self.over = True
                connection.close(1000, "bye")
                while await connection.read_message() is not None:
                    pass
            return connection.close_code or 0

    connected = Connected()
    try:
        yield connected
    finally:
        await connected.close()


_TWISTED_CLIENT = """
import sys
from twisted.internet import reactor, defer
from twisted.web.websocket import WebSocketClientEndpoint

class Talk:
    def negotiationStarted(self, transport): self.transport = transport
    def negotiationFinished(self): self.transport.sendTextMessage("h\\u00e4llo")
    def pongReceived(self, payload): pass
    def textMessageReceived(self, message):
        print(ascii(message), flush=True)
        self.transport.sendBytesMessage(b"\\xff" * 100000)
    def bytesMessageReceived(self, data):
        print(len(data), flush=True)
        self.transport.loseConnection()
    def connectionLost(self, reason):
        print("over", flush=True)
        reactor.stop()

class Factory:
    def buildProtocol(self, url): return Talk()

endpoint = WebSocketClientEndpoint.new(reactor, sys.argv[1])
reactor.callWhenRunning(lambda: defer.ensureDeferred(endpoint.connect(Factory())))
reactor.run()
"""


async def twisted_client(url: str, folder: Path) -> str:
    """What Twisted's client, in a process of its own, heard: a text, how many bytes, and the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _TWISTED_CLIENT, url, stdout=asyncio.subprocess.PIPE, cwd=folder
    )
    try:
        async with asyncio.timeout(30.0):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode()
