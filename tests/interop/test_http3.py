"""HTTP/3 meets others: our client and Caddy, Hypercorn, aioquic's server; our server and curl, aioquic's client."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from curl_cffi import AsyncSession, CurlHttpVersion

import netloom
from netloom.accounts import Account, Accounts
from netloom.contents.app import App
from netloom.contents.files import Files
from netloom.endpoint import Endpoint, Secret
from netloom.errors import ConnectionLost, Status
from netloom.links.dial import Dialler
from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.links.options import LinkOptions
from netloom.links.system import SystemNetwork
from netloom.links.trace import Trace
from netloom.serving import Serving
from netloom.wire.http3.codes import Code
from tests.interop.http3_peers import GIVEN_UP, aioquic_client, aioquic_server, caddy, hypercorn
from tests.interop.http_peers import AUTHORITY, BINARY, PASSWORD, TEXT, USER, tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.links.http.h3_client import H3Connection

pytestmark = pytest.mark.interop

BIG = b"weft" * 500_000


@pytest.fixture
def ca(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.certificate_pem)
    return str(path)


async def run(name: str, url: str, ca: str, *args: str, **fields: Any) -> Any:
    """The only record of an operation over HTTP/3."""
    target = f"{url}#version=3,ca={ca}"
    records = [record async for record in getattr(netloom, name)(target, *args, **{"deadline": 30, **fields})]
    assert len(records) == 1, records
    return records[0]


async def dialled(url: str, ca: str) -> H3Connection:
    network = SystemNetwork()
    dial = Dialler(network, Endpoint.parse(url), LinkOptions(ca=ca), Trace(network.clock))
    return await open_http(dial, version="3")  # type: ignore[return-value]  # what version 3 gives


def asked(path: str, method: str = "GET") -> Request:
    return Request(method=method, target=path, scheme="https", authority="localhost")


@pytest.mark.meets(server="Caddy", protocol="http")
class TestCaddy:
    async def test_probe_get_and_list(self, tmp_path: Path, ca: str) -> None:
        (tmp_path / "www").mkdir()
        tree(tmp_path / "www")
        (tmp_path / "www" / "big").write_bytes(BIG)
        with caddy(tmp_path) as url:
            probed = await run("probe", url + "/a.txt", ca)
            assert probed.status is Status.SUCCESS, probed
            assert (probed.facts["version"], probed.facts["quic"], probed.facts["server"]) == ("3", 1, "Caddy")
            assert (probed.tls.alpn, probed.tls.version, probed.tls.verified) == ("h3", "TLS 1.3", True)
            assert {"connect", "tls", "first_byte"} <= set(probed.phases)
            place = tmp_path / "out"
            got = await run("get", url + "/big", ca, save=str(place))
            assert got.status is Status.SUCCESS
            assert place.read_bytes() == BIG
            followed = await run("probe", url + "/found", ca)
            assert followed.facts["redirects"]
            refused = await run("get", url + "/teapot", ca)
            assert refused.status is Status.REFUSED_BY_PEER
            assert "418" in refused.message

    async def test_it_is_told_of_over_tcp(self, tmp_path: Path, ca: str) -> None:
        (tmp_path / "www").mkdir()
        tree(tmp_path / "www")
        with caddy(tmp_path) as url:
            [probed] = [each async for each in netloom.probe(f"{url}/a.txt#ca={ca}", deadline=30)]
            assert "h3=" in probed.facts["alternatives"]
            assert "quic" not in probed.facts

    async def test_a_certificate_that_nobody_vouches_for(self, tmp_path: Path) -> None:
        (tmp_path / "www").mkdir()
        with caddy(tmp_path) as url:
            [probed] = [each async for each in netloom.probe(f"{url}/#version=3", deadline=30)]
            assert probed.status is Status.TLS_ERROR
            assert "doesn't trust" in probed.message


@pytest.mark.meets(server="Hypercorn", protocol="http")
async def test_hypercorn(tmp_path: Path, ca: str) -> None:
    with hypercorn(tmp_path) as url:
        probed = await run("probe", url + "/path", ca)
        assert probed.facts["body"] == "GET /path 0 HTTP/3"
        assert probed.facts["server"] == "hypercorn-h3"
        sent = await run("send", url + "/there", ca, "a thread")
        assert sent.status is Status.SUCCESS, sent
        connection = await dialled(url, ca)
        reply = await connection.request(asked("/up", "PUT"), BIG)
        assert await reply.read(1000) == b"PUT /up %d HTTP/3" % len(BIG)
        await connection.close()


@pytest.mark.meets(server="aioquic", protocol="http")
class TestAioquic:
    @pytest.mark.parametrize("retry", [False, True])
    async def test_bodies_each_way(self, tmp_path: Path, ca: str, retry: bool) -> None:
        async with aioquic_server(tmp_path, retry=retry) as url:
            connection = await dialled(url, ca)
            reply = await connection.request(asked("/echo", "POST"), BINARY)
            assert await reply.read(len(BINARY)) == BINARY
            reply = await connection.request(asked("/many/3000000"))
            assert await reply.read(3_000_000) == b"x" * 3_000_000
            await connection.close()

    async def test_side_by_side(self, tmp_path: Path, ca: str) -> None:
        async with aioquic_server(tmp_path) as url:
            connection = await dialled(url, ca)

            async def one(size: int) -> int:
                return len(await (await connection.request(asked(f"/many/{size}"))).read(1 << 20))

            sizes = [number * 1000 for number in range(200)]
            assert await asyncio.gather(*map(one, sizes)) == sizes
            await connection.close()

    async def test_trailers_and_hints(self, tmp_path: Path, ca: str) -> None:
        async with aioquic_server(tmp_path) as url:
            connection = await dialled(url, ca)
            reply = await connection.request(asked("/trailers"))
            assert await reply.read(10) == b"hi"
            assert reply.trailers == (("x-sum", "42"),)
            reply = await connection.request(asked("/hints"))
            assert [each.status for each in reply.informational] == [103]
            assert await reply.read(10) == b"hi"
            await connection.close()

    async def test_a_request_that_is_given_up(self, tmp_path: Path, ca: str) -> None:
        async with aioquic_server(tmp_path) as url:
            connection = await dialled(url, ca)
            GIVEN_UP.clear()
            waiting = asyncio.create_task(connection.request(asked("/slow", "POST"), BIG))
            reply = await connection.request(asked("/echo", "POST"), b"first")
            assert await reply.read(10) == b"first"
            waiting.cancel()
            await asyncio.wait({waiting})
            assert (await connection.request(asked("/hints"))).response.status == 200
            await connection.close()
            assert GIVEN_UP in ([], [Code.REQUEST_CANCELLED])  # nothing, where all had been sent by then


def curl_with(ca: str, **named: Any) -> AsyncSession[Any]:
    """curl, which believes the issuers in a file."""
    whom: Any = ca  # its annotation knows yes and no
    return AsyncSession(verify=whom, **named)


@contextlib.asynccontextmanager
async def ours(*contents: Any, options: str = "http3=also") -> AsyncIterator[int]:
    """Our server, with an account that may write; its port."""
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD))])
    endpoint = Endpoint.parse(f"https://127.0.0.1:0#{options}")
    async with Serving([endpoint], contents, accounts, authority=AUTHORITY) as serving:
        yield serving.endpoint.port or 0


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was asked, in pieces, with trailers where they are taken."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"x-version", scope["http_version"].encode())]}
    )
    await send({"type": "http.response.body", "body": scope["path"].encode() + b" ", "more_body": True})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.meets(client="curl", protocol="http")
class TestCurl:
    async def test_files(self, tmp_path: Path, ca: str) -> None:
        tree(tmp_path)
        (tmp_path / "big").write_bytes(BIG)
        async with ours(Files(tmp_path)) as port, curl_with(ca) as curl:
            base = f"https://localhost:{port}"
            got = await curl.get(base + "/a.txt", http_version=CurlHttpVersion.V3ONLY)
            assert (got.status_code, got.http_version, got.content) == (200, CurlHttpVersion.V3, TEXT)
            assert f'h3=":{port}"' in got.headers["alt-svc"]
            got = await curl.get(base + "/big", http_version=CurlHttpVersion.V3ONLY)
            assert got.content == BIG
            head = await curl.head(base + "/big", http_version=CurlHttpVersion.V3ONLY)
            assert (head.headers["content-length"], head.content) == (str(len(BIG)), b"")
            part = await curl.get(base + "/big", headers={"Range": "bytes=4-11"}, http_version=CurlHttpVersion.V3ONLY)
            assert (part.status_code, part.content) == (206, b"weftweft")
            put = await curl.put(base + "/new", data=BIG, auth=(USER, PASSWORD), http_version=CurlHttpVersion.V3ONLY)
            assert put.status_code in (201, 204)
            assert (tmp_path / "new").read_bytes() == BIG
            refused = await curl.put(base + "/no", data=b"x", http_version=CurlHttpVersion.V3ONLY)
            assert refused.status_code == 401
            missing = await curl.get(base + "/missing", http_version=CurlHttpVersion.V3ONLY)
            assert missing.status_code == 404

    async def test_an_application(self, ca: str) -> None:
        async with ours(App(application)) as port, curl_with(ca) as curl:
            got = await curl.post(
                f"https://localhost:{port}/p", data=b"warp" * 50_000, http_version=CurlHttpVersion.V3ONLY
            )
            assert got.content == b"/p " + b"warp" * 50_000
            assert got.headers["x-version"] == "3"

    async def test_side_by_side(self, tmp_path: Path, ca: str) -> None:
        tree(tmp_path)
        async with ours(Files(tmp_path)) as port, curl_with(ca, max_clients=20) as curl:
            url = f"https://localhost:{port}/a.txt"
            got = await asyncio.gather(*(curl.get(url, http_version=CurlHttpVersion.V3ONLY) for _ in range(60)))
            assert {each.content for each in got} == {TEXT}


@pytest.mark.meets(client="aioquic", protocol="http")
class TestAioquicsClient:
    async def test_files(self, tmp_path: Path) -> None:
        tree(tmp_path)
        (tmp_path / "big").write_bytes(BIG)
        async with ours(Files(tmp_path)) as port, aioquic_client(port) as client:
            got = await client.ask("GET", f"localhost:{port}", "/a.txt")
            assert (got.status, bytes(got.body)) == (200, TEXT)
            got = await client.ask("GET", f"localhost:{port}", "/big")
            assert bytes(got.body) == BIG

    async def test_an_application_side_by_side(self) -> None:
        async with ours(App(application), options="http3=only") as port, aioquic_client(port) as client:
            paths = [f"/{number}" for number in range(100)]
            got = await asyncio.gather(*(client.ask("POST", "localhost", path, body=b"b") for path in paths))
            assert [bytes(each.body) for each in got] == [path.encode() + b" b" for path in paths]
            assert {each.headers["x-version"] for each in got} == {"3"}
            assert all("alt-svc" not in each.headers for each in got)

    async def test_a_client_that_moves(self, tmp_path: Path) -> None:
        """Its packets come from another port from now on: it is asked to prove itself there, and goes on."""
        tree(tmp_path)
        (tmp_path / "big").write_bytes(BIG)
        async with ours(Files(tmp_path)) as port, aioquic_client(port) as client:
            assert (await client.ask("GET", "localhost", "/a.txt")).status == 200
            loop = asyncio.get_running_loop()
            moved, _ = await loop.create_datagram_endpoint(lambda: _Moved(client), local_addr=("::", 0))
            client._transport = moved
            client._quic.change_connection_id()
            got = await client.ask("GET", "localhost", "/big")
            assert bytes(got.body) == BIG
            moved.close()

    async def test_a_server_that_stops(self, tmp_path: Path) -> None:
        tree(tmp_path)
        async with contextlib.AsyncExitStack() as stack:
            serving = contextlib.AsyncExitStack()
            port = await serving.enter_async_context(ours(Files(tmp_path)))
            client = await stack.enter_async_context(aioquic_client(port))
            assert (await client.ask("GET", "localhost", "/a.txt")).status == 200
            await serving.aclose()
            async with asyncio.timeout(10):
                await client.wait_closed()


class _Moved(asyncio.DatagramProtocol):
    """What a client hears on its new port."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._client.datagram_received(data, addr)


@pytest.mark.meets(server="aioquic", protocol="http")
async def test_a_server_that_goes(tmp_path: Path, ca: str) -> None:
    async with aioquic_server(tmp_path) as url:
        connection = await dialled(url, ca)
        assert (await connection.request(asked("/echo"))).response.status == 200
        waiting = asyncio.create_task(connection.request(asked("/slow")))
        assert (await connection.request(asked("/echo"))).response.status == 200
    with pytest.raises(ConnectionLost):
        await waiting
    assert not connection.reusable
    await connection.close()
