"""Foreign programs that speak HTTP/3: Caddy (quic-go), Hypercorn and a server upon aioquic; a client upon aioquic."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from typing import TYPE_CHECKING, Any

import msgspec
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent, StreamReset

from tests.interop.http_peers import AUTHORITY, CERTIFICATE
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

_CADDY = """
{{
  auto_https off
  admin off
  servers {{
    protocols h1 h2 h3
  }}
}}
https://127.0.0.1:{port} {{
  tls {root}/cert.pem {root}/key.pem
  root * {root}/www
  @teapot path /teapot
  respond @teapot "short and stout" 418
  redir /found /a.txt 302
  file_server browse
}}
"""

_HYPERCORN = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    said = "%s %s %d HTTP/%s" % (scope["method"], scope["path"], len(body), scope["http_version"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": said.encode()})
"""


def _certificates(root: Path) -> None:
    (root / "cert.pem").write_bytes(CERTIFICATE.cert_pem)
    (root / "key.pem").write_bytes(CERTIFICATE.key_pem)


@contextlib.contextmanager
def caddy(root: Path) -> Iterator[str]:
    """Caddy, which serves `root`/www over HTTP/1.1, 2 and 3; its URL."""
    program = need("caddy", "caddy")
    port = free_port()
    _certificates(root)
    config = root / "Caddyfile"
    config.write_text(_CADDY.format(port=port, root=root))
    log = root / "caddy.log"
    home = {"HOME": str(root), "XDG_DATA_HOME": str(root), "XDG_CONFIG_HOME": str(root)}
    command = [program, "run", "--config", str(config), "--adapter", "caddyfile"]
    with running(command, log, env=home) as process:
        wait_for_port(process, log, port)
        yield f"https://127.0.0.1:{port}"


@contextlib.contextmanager
def hypercorn(root: Path) -> Iterator[str]:
    """Hypercorn with an application that says what it was asked; its URL."""
    port = free_port()
    _certificates(root)
    (root / "said.py").write_text(_HYPERCORN)
    log = root / "hypercorn.log"
    place = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "hypercorn", "--bind", place, "--quic-bind", place]
    command += ["--certfile", str(root / "cert.pem"), "--keyfile", str(root / "key.pem"), "said:app"]
    with running(command, log, cwd=root) as process:
        wait_for_port(process, log, port)
        yield f"https://{place}"


class Asked(msgspec.Struct):
    """A request that aioquic's server got."""

    headers: dict[str, str]
    body: bytearray
    ended: bool = False


class _Server(QuicConnectionProtocol):
    """Answers as its path says: `/echo` the body, `/many/N` so many bytes, `/trailers`, `/hints`, `/slow` never."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._http: H3Connection | None = None
        self._asked: dict[int, Asked] = {}

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        elif isinstance(event, StreamReset):
            GIVEN_UP.append(event.error_code)
        if self._http is not None:
            for each in self._http.handle_event(event):
                self._handle(each)

    def _handle(self, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            self._asked[event.stream_id] = Asked({k.decode(): v.decode() for k, v in event.headers}, bytearray())
        elif isinstance(event, DataReceived):
            self._asked[event.stream_id].body += event.data
        if isinstance(event, HeadersReceived | DataReceived) and event.stream_ended:
            self._answer(event.stream_id, self._asked.pop(event.stream_id))

    def _answer(self, number: int, asked: Asked) -> None:
        http = self._http
        assert http is not None
        path = asked.headers[":path"]
        if path == "/slow":
            return
        if path == "/hints":
            http.send_headers(number, [(b":status", b"103"), (b"link", b"</a.css>")])
        body = (
            bytes(asked.body) if path == "/echo" else b"x" * int(path.rpartition("/")[2]) if "many" in path else b"hi"
        )
        http.send_headers(
            number, [(b":status", b"200"), (b"server", b"aioquic"), (b"x-method", asked.headers[":method"].encode())]
        )
        http.send_data(number, body, end_stream=path != "/trailers")
        if path == "/trailers":
            http.send_headers(number, [(b"x-sum", b"42")], end_stream=True)
        self.transmit()


GIVEN_UP: list[int] = []
"""The codes with which clients of aioquic's server reset their streams."""


@contextlib.asynccontextmanager
async def aioquic_server(root: Path, *, retry: bool = False) -> AsyncIterator[str]:
    """A server upon aioquic, in this process, over UDP alone; its URL."""
    _certificates(root)
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
    configuration.load_cert_chain(str(root / "cert.pem"), str(root / "key.pem"))
    server = await serve("127.0.0.1", 0, configuration=configuration, create_protocol=_Server, retry=retry)
    try:
        assert server._transport is not None
        port = server._transport.get_extra_info("sockname")[1]
        yield f"https://127.0.0.1:{port}"
    finally:
        server.close()
        await asyncio.sleep(0)


class Answered(msgspec.Struct):
    """An answer that aioquic's client got."""

    headers: dict[str, str]
    body: bytearray
    trailers: dict[str, str]

    @property
    def status(self) -> int:
        return int(self.headers[":status"])


class AioquicClient(QuicConnectionProtocol):
    """A client upon aioquic: requests side by side on one connection."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.http = H3Connection(self._quic)
        self._answers: dict[int, Answered] = {}
        self._waiting: dict[int, asyncio.Future[Answered]] = {}

    async def ask(
        self,
        method: str,
        authority: str,
        path: str,
        *,
        body: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> Answered:
        """One request and the whole answer to it."""
        number = self.begin(method, authority, path, headers=headers, end=not body)
        if body:
            self.http.send_data(number, body, end_stream=True)
        self.transmit()
        return await asyncio.shield(self._waiting[number])

    def begin(
        self,
        method: str,
        authority: str,
        path: str,
        *,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        end: bool = False,
    ) -> int:
        """A request's head; its stream."""
        number = self._quic.get_next_available_stream_id()
        pseudo = [
            (b":method", method.encode()),
            (b":scheme", b"https"),
            (b":authority", authority.encode()),
            (b":path", path.encode()),
        ]
        self._waiting[number] = self._loop.create_future()
        self.http.send_headers(number, [*pseudo, *headers], end_stream=end)
        return number

    def quic_event_received(self, event: QuicEvent) -> None:
        for each in self.http.handle_event(event):
            if isinstance(each, HeadersReceived):
                said = {name.decode(): value.decode() for name, value in each.headers}
                known = self._answers.get(each.stream_id)
                if known is None:
                    self._answers[each.stream_id] = Answered(said, bytearray(), {})
                else:
                    known.trailers = said
            elif isinstance(each, DataReceived):
                self._answers[each.stream_id].body += each.data
            if isinstance(each, HeadersReceived | DataReceived) and each.stream_ended:
                self._waiting[each.stream_id].set_result(self._answers[each.stream_id])


@contextlib.asynccontextmanager
async def aioquic_client(port: int, **configured: Any) -> AsyncIterator[AioquicClient]:
    """A connection of aioquic's to a port of 127.0.0.1."""
    configuration = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name="localhost", **configured)
    configuration.verify_mode = ssl.CERT_REQUIRED
    configuration.load_verify_locations(cadata=AUTHORITY.certificate_pem)
    async with connect("127.0.0.1", port, configuration=configuration, create_protocol=AioquicClient) as client:
        assert isinstance(client, AioquicClient)
        yield client
