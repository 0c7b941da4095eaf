"""WebSocket: our client with foreign servers, our server with foreign clients, plain and over TLS."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused
from netloom.protocols.ws.probe import Facts, probe
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.ws_peers import (
    AUTHORITY,
    SUBPROTOCOL,
    aiohttp_client,
    aiohttp_server,
    nghttpx,
    tornado_client,
    tornado_server,
    twisted_client,
    twisted_server,
    websockets_client,
    websockets_server,
    write_certificate,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.interop.ws_peers import Dialogue

    OpenServer = Callable[..., AbstractAsyncContextManager[str]]
    OpenClient = Callable[..., AbstractAsyncContextManager[Dialogue]]

pytestmark = pytest.mark.interop

MESSAGES: tuple[str | bytes, ...] = ("hällo", "", b"\xff\0", "x" * 70_000, b"\x80" * 1_000_000, "€" * 100_000)
SERVERS = pytest.mark.parametrize(
    "server",
    [
        pytest.param(server, marks=pytest.mark.meets(server=name))
        for server, name in (
            (websockets_server, "websockets"),
            (aiohttp_server, "aiohttp"),
            (tornado_server, "Tornado"),
        )
    ],
)
CLIENTS = pytest.mark.parametrize(
    "client",
    [
        pytest.param(client, marks=pytest.mark.meets(client=name))
        for client, name in (
            (websockets_client, "websockets"),
            (aiohttp_client, "aiohttp"),
            (tornado_client, "Tornado"),
        )
    ],
)
TLS = pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])


def attempt(url: str, **options: str) -> Any:
    async def emit(record: object) -> None:
        raise AssertionError(record)

    chosen = ",".join(f"{name}={value}" for name, value in options.items())
    return Toolbox(emit).attempt(Endpoint.parse(f"{url}#{chosen}"), 30.0)


@contextlib.asynccontextmanager
async def our_server(folder: Path, content: Any = None, *, secure: bool = False, **options: str) -> AsyncIterator[str]:
    """A server of ours, and its URL."""
    _, cert, key = write_certificate(folder)
    if secure:
        options |= {"cert": str(cert), "key": str(key)}
    chosen = ",".join(f"{name}={value}" for name, value in options.items())
    wanted = Endpoint.parse(f"ws{'s' if secure else ''}://127.0.0.1:0#{chosen}")
    async with Serving([wanted], [content] if content is not None else [], authority=AUTHORITY) as serving:
        yield str(serving.endpoint)


class TestOurClient:
    @SERVERS
    @TLS
    @pytest.mark.parametrize("compressed", ["yes", "no"])
    async def test_messages(self, server: OpenServer, secure: bool, compressed: str, tmp_path: Path) -> None:
        ca, _, _ = write_certificate(tmp_path)
        async with server(tmp_path if secure else None) as url:
            options = {"ca": str(ca)} if secure else {}
            async with attempt(url, compressed=compressed, subprotocol=SUBPROTOCOL, **options) as talk:
                socket = await talk.client.connect()
                assert socket.subprotocol == SUBPROTOCOL
                for message in MESSAGES:
                    await socket.send(message)
                    assert await socket.receive() == message
                assert await socket.round_trip() >= 0.0
        assert talk.error is None

    @SERVERS
    async def test_a_close_with_its_code(self, server: OpenServer, tmp_path: Path) -> None:
        async with server() as url, attempt(f"{url}/close", reply="message", subprotocol=SUBPROTOCOL) as talk:
            await talk.client.send(Message(payload=b"x"))
        assert isinstance(talk.error, PeerRefused)
        assert talk.error.code == 4001
        assert "4001 as asked" in talk.error.message

    @SERVERS
    async def test_probe(self, server: OpenServer) -> None:
        facts = Facts()
        async with server() as url, attempt(url, subprotocol=SUBPROTOCOL) as talk:
            await probe(talk.client, facts)
        assert talk.error is None
        assert (facts.status, facts.version) == (101, "1.1")
        assert facts.ping is not None

    @pytest.mark.meets(server="Twisted")
    async def test_twisted(self, tmp_path: Path) -> None:
        with twisted_server(tmp_path) as url:
            async with attempt(url) as talk:
                socket = await talk.client.connect()
                for message in MESSAGES:
                    await socket.send(message)
                    assert await socket.receive() == message
        assert talk.error is None


class TestOurServer:
    @CLIENTS
    @TLS
    @pytest.mark.parametrize("compressed", ["yes", "no"])
    async def test_messages(self, client: OpenClient, secure: bool, compressed: str, tmp_path: Path) -> None:
        async with (
            our_server(tmp_path, secure=secure, compressed=compressed, subprotocol=SUBPROTOCOL) as url,
            client(url, tmp_path if secure else None) as dialogue,
        ):
            for message in MESSAGES:
                assert await dialogue.exchange(message) == message
            assert await dialogue.close() == 1000

    @CLIENTS
    async def test_a_bus(self, client: OpenClient, tmp_path: Path) -> None:
        async with our_server(tmp_path, Bus()) as url, client(f"{url}/news") as dialogue:
            assert await dialogue.exchange("to whom it may concern") == "to whom it may concern"
            async with attempt(f"{url}/news") as talk:
                socket = await talk.client.connect()
                assert await socket.round_trip() >= 0.0
                assert await dialogue.exchange(b"\xff") == b"\xff"
                assert await socket.receive() == b"\xff"
            assert talk.error is None

    @pytest.mark.meets(client="Twisted")
    async def test_twisted(self, tmp_path: Path) -> None:
        async with our_server(tmp_path) as url:
            assert (await twisted_client(f"{url}/", tmp_path)).split() == ["'h\\xe4llo'", "100000", "over"]


class TestOverHttp2:
    """Extended CONNECT (RFC 8441): nghttpx translates between it and HTTP/1.1, so that both of our sides meet it."""

    @pytest.mark.meets(server="nghttpx")
    @SERVERS
    @TLS
    async def test_our_client(self, server: OpenServer, secure: bool, tmp_path: Path) -> None:
        ca, _, _ = write_certificate(tmp_path)
        options = {"ca": str(ca), "version": "2"} if secure else {"version": "2-prior"}
        async with server() as behind:
            with nghttpx(tmp_path, behind, "http/1.1", secure=secure) as url:
                async with attempt(f"{url}/some", subprotocol=SUBPROTOCOL, **options) as talk:
                    socket = await talk.client.connect()
                    assert talk.client.response.version == "2"
                    assert talk.client.response.status == 200
                    assert socket.subprotocol == SUBPROTOCOL
                    for message in MESSAGES:
                        await socket.send(message)
                        assert await socket.receive() == message
                    assert await socket.round_trip() >= 0.0
                    await socket.close()
                    assert await socket.receive() is None
                    assert socket.close_code == 1000
        assert talk.error is None
        assert '"CONNECT ' in (tmp_path / "nghttpx.log").read_text()

    async def test_our_client_is_probed_through_it(self, tmp_path: Path) -> None:
        facts = Facts()
        async with websockets_server() as behind:
            with nghttpx(tmp_path, behind, "http/1.1") as url:
                async with attempt(url, subprotocol=SUBPROTOCOL, version="2-prior") as talk:
                    await probe(talk.client, facts)
        assert talk.error is None
        assert (facts.status, facts.version) == (200, "2")

    @pytest.mark.meets(client="nghttpx")
    @CLIENTS
    async def test_our_server(self, client: OpenClient, tmp_path: Path) -> None:
        async with our_server(tmp_path, subprotocol=SUBPROTOCOL) as behind:
            with nghttpx(tmp_path, behind, "h2") as url:
                async with client(url) as dialogue:
                    for message in MESSAGES:
                        assert await dialogue.exchange(message) == message
                    assert await dialogue.close() == 1000

    async def test_both_of_ours_with_it_in_between(self, tmp_path: Path) -> None:
        async with our_server(tmp_path, subprotocol=SUBPROTOCOL) as behind:
            with nghttpx(tmp_path, behind, "h2") as url:
                async with attempt(url, version="2-prior", subprotocol=SUBPROTOCOL) as talk:
                    socket = await talk.client.connect()
                    for message in MESSAGES:
                        await socket.send(message)
                        assert await socket.receive() == message
        assert talk.error is None
