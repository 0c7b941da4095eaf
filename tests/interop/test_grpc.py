"""gRPC: our client with foreign servers, our server with foreign clients, plain and over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.service import Service, loom
from netloom.endpoint import Endpoint
from netloom.errors import DeadlineExceeded, PeerRefused, Unsupported
from netloom.protocols.grpc.probe import Facts, probe
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.grpc import framing
from netloom.wire.grpc.framing import Frame
from tests.interop import grpc_peers
from tests.interop.grpc_grpcio import grpcio_cancels, grpcio_client, grpcio_reflection, grpcio_server
from tests.interop.grpc_peers import (
    AUTHORITY,
    BIG,
    DESCRIPTORS,
    EXPECTED,
    WORDS,
    Thread,
    Tried,
    grpc_js,
    grpc_js_client,
    grpc_js_server,
    grpclib_client,
    grpclib_server,
    write_certificate,
)
from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from netloom.records import AccessRecord

    OpenServer = Callable[..., AbstractAsyncContextManager[str]]

pytestmark = pytest.mark.interop

SERVERS = pytest.mark.parametrize(
    "server",
    [
        pytest.param(grpcio_server, marks=pytest.mark.meets(server="grpcio"), id="grpcio"),
        pytest.param(grpclib_server, marks=pytest.mark.meets(server="grpclib"), id="grpclib"),
    ],
)
CLIENTS = pytest.mark.parametrize(
    "client",
    [
        pytest.param(grpcio_client, marks=pytest.mark.meets(client="grpcio"), id="grpcio"),
        pytest.param(grpclib_client, marks=pytest.mark.meets(client="grpclib"), id="grpclib"),
    ],
)
TLS = pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grpc_js(tmp_path_factory.mktemp("node"))


def attempt(url: str, **options: str) -> Any:
    async def emit(record: object) -> None:
        raise AssertionError(record)

    return Toolbox(emit).attempt(Endpoint.parse(url).with_options(options.items()), 30.0)


async def run(url: str, command: str, **options: str) -> Any:
    """A reply; whatever ends the attempt is raised."""
    reply = None
    async with attempt(url, **options) as talk:
        reply = await talk.client.run(command)
    if talk.error is not None:
        raise talk.error
    return reply


@contextlib.asynccontextmanager
async def our_server(
    folder: Path, *, secure: bool = False, report: Callable[[AccessRecord], None] | None = None, **options: str
) -> AsyncIterator[str]:
    """A server of ours, and its host and port."""
    _, cert, key = write_certificate(folder)
    options |= {"cert": str(cert), "key": str(key)} if secure else {}
    wanted = Endpoint.parse(f"grpc{'s' if secure else ''}://127.0.0.1:0").with_options(options.items())
    content = Service(Tried(), loom.catalogue())
    async with Serving([wanted], [content], authority=AUTHORITY, report=report) as serving:
        yield f"127.0.0.1:{serving.endpoint.port}"


async def dialogue(url: str, **options: str) -> None:
    """Our client's part: every kind of method, metadata, refusals, large messages; JSON in and out."""
    asked = {"metadata": "x-loom: weft", **options}
    reply = await run(url, 'netloom.Loom/Echo {"text": "hällo"}', **asked)
    assert reply.value == {"text": "hällo"}
    assert reply.meta["headers"]["x-loom"] == "weft"
    reply = await run(url, 'netloom.Loom/Echo {"text": "a"}', **(options | {"metadata": "loom-bin: AP8K"}))
    assert reply.meta["trailers"]["loom-bin"] == "AP8K"
    reply = await run(url, 'netloom.Loom/Count {"first": 1, "last": 3}', **options)
    assert reply.value == [{"value": 1}, {"value": 2}, {"value": 3}]
    reply = await run(url, 'netloom.Loom/Sum {"value": 1} {"value": 2} {"value": 3}', **options)
    assert reply.value == {"count": 3, "sum": 6.0}
    for encoding in ("identity", "gzip", "deflate"):
        if encoding == "identity" or "grpclib" not in options.get("authority", ""):
            text = f'netloom.Loom/Echo {{"text": "{"x" * BIG}"}}'
            assert len((await run(url, text, **options, compress=encoding)).value["text"]) == BIG
    with pytest.raises(PeerRefused) as refused:
        await run(url, 'netloom.Loom/Echo {"text": "refuse"}', **options)
    assert (refused.value.code, refused.value.text) == ("NOT_FOUND", WORDS)
    with pytest.raises(PeerRefused) as refused:
        await run(url, 'netloom.Loom/Chat {"text": "one"} {"text": "abort"}', **options)
    assert refused.value.code == "ABORTED"


async def alternately(url: str, **options: str) -> list[str]:
    """A talk where each word is said only once the last was answered."""
    answered: asyncio.Queue[Any] = asyncio.Queue()
    heard = []

    async def asked() -> AsyncIterator[dict[str, str]]:
        for text in ("a", "b", "c"):
            yield {"text": text}
            assert (await answered.get())["text"] == text

    async with attempt(url, **options) as talk:
        method = await talk.client.method("netloom.Loom", "Chat")
        async for reply in talk.client.call(method, asked()):
            heard.append(reply["text"])
            answered.put_nowait(reply)
    assert talk.error is None
    return heard


class TestOurClient:
    @SERVERS
    @TLS
    async def test_every_kind_of_method(self, server: OpenServer, secure: bool, tmp_path: Path) -> None:
        options = {"ca": str(write_certificate(tmp_path)[0])} if secure else {}
        if server is grpclib_server:
            options["authority"] = "grpclib.test"  # it knows no compression
        write_certificate(tmp_path)
        async with server(tmp_path if secure else None) as url:
            await dialogue(url, **options)
            assert await alternately(url, **options) == ["a", "b", "c"]

    @pytest.mark.meets(server="grpc-js")
    @TLS
    async def test_by_a_file_of_descriptors(self, modules: Path, secure: bool, tmp_path: Path) -> None:
        file = tmp_path / "loom.protoset"
        file.write_bytes(DESCRIPTORS.SerializeToString())
        options = {"descriptors": str(file)}
        options |= {"ca": str(write_certificate(tmp_path)[0])} if secure else {}
        with grpc_js_server(modules, tmp_path, secure=secure) as url:
            await dialogue(url, **options)
            assert await alternately(url, **options) == ["a", "b", "c"]
            facts = Facts()
            trust = {name: value for name, value in options.items() if name == "ca"}
            async with attempt(url, **trust) as talk:
                await probe(talk.client, facts)
            assert talk.error is None
            assert (facts.status, facts.summary) == ("UNIMPLEMENTED", "no health service · no reflection")
            with pytest.raises(Unsupported, match="no reflection"):
                await run(url, "netloom.Loom/Echo", **trust)

    @SERVERS
    async def test_reflection_and_health(self, server: OpenServer) -> None:
        facts = Facts()
        async with server() as url:
            async with attempt(url) as talk:
                await probe(talk.client, facts)
                entries = [entry.name async for entry in talk.client.list("/netloom.Loom")]
            assert talk.error is None
        assert facts.healthcheck_response == "SERVING"
        assert (facts.status_code, facts.status) == (0, "OK")
        assert facts.reflection == ("v1alpha" if server is grpcio_server else "v1")
        assert "netloom.Loom" in facts.services
        assert entries == ["Echo", "Count", "Sum", "Chat"]

    @pytest.mark.meets(server="grpcio")
    async def test_a_service_that_is_down(self) -> None:
        facts = Facts()
        async with grpcio_server() as url, attempt(url, service="netloom.Down") as talk:
            await probe(talk.client, facts)
        assert isinstance(talk.error, PeerRefused)
        assert facts.healthcheck_response == "NOT_SERVING"

    @pytest.mark.meets(server="grpcio")
    async def test_a_deadline(self) -> None:
        async with grpcio_server() as url:
            with pytest.raises(DeadlineExceeded):
                await run(url, 'netloom.Loom/Echo {"text": "wait"}', timeout="0.3")

    @pytest.mark.meets(server="grpcio")
    async def test_pings_while_nothing_is_said(self) -> None:
        async with grpcio_server() as url, attempt(url, keep_alive="0.05") as talk:
            method = await talk.client.method("netloom.Loom", "Chat")

            async def asked() -> AsyncIterator[dict[str, str]]:
                yield {"text": "a"}
                await asyncio.sleep(0.2)
                yield {"text": "b"}

            assert [reply["text"] async for reply in talk.client.call(method, asked())] == ["a", "b"]
        assert talk.error is None

    @pytest.mark.meets(server="grpcio")
    async def test_through_a_proxy_of_http2(self, tmp_path: Path) -> None:
        nghttpx = need("nghttpx", "nghttp2-proxy")
        async with grpcio_server() as url:
            port, log = free_port(), tmp_path / "nghttpx.log"
            backend = url.removeprefix("grpc://").replace(":", ",")
            command = [nghttpx, f"-f127.0.0.1,{port};no-tls", f"-b{backend};;proto=h2", "--no-ocsp", "--workers=1"]
            with running(command, log) as process:
                wait_for_port(process, log, port)
                await dialogue(f"grpc://127.0.0.1:{port}")
                assert await alternately(f"grpc://127.0.0.1:{port}") == ["a", "b", "c"]


class TestOurServer:
    @CLIENTS
    @TLS
    async def test_the_dialogue(self, client: Any, secure: bool, tmp_path: Path) -> None:
        async with our_server(tmp_path, secure=secure) as place:
            assert await client(place, tmp_path if secure else None) == EXPECTED

    @CLIENTS
    async def test_compressed_replies(self, client: Any, tmp_path: Path) -> None:
        """To those who take them."""
        async with our_server(tmp_path, compress="gzip") as place:
            assert await client(place, None) == EXPECTED

    @pytest.mark.meets(client="grpc-js")
    @TLS
    async def test_grpc_js(self, modules: Path, secure: bool, tmp_path: Path) -> None:
        async with our_server(tmp_path, secure=secure) as place:
            assert await asyncio.to_thread(grpc_js_client, modules, place, tmp_path if secure else None) == EXPECTED

    @pytest.mark.meets(client="grpcio")
    async def test_reflection(self, tmp_path: Path) -> None:
        async with our_server(tmp_path) as place:
            services, methods = await asyncio.to_thread(grpcio_reflection, place)
        assert "netloom.Loom" in services
        assert "grpc.reflection.v1.ServerReflection" in services
        assert methods == ["Echo", "Count", "Sum", "Chat"]

    @pytest.mark.meets(client="grpcio")
    async def test_a_call_that_is_given_up(self, tmp_path: Path) -> None:
        records: list[AccessRecord] = []
        told = asyncio.Event()

        def report(record: AccessRecord) -> None:
            records.append(record)
            told.set()

        async with our_server(tmp_path, report=report) as place:
            await asyncio.to_thread(grpcio_cancels, place)
            async with asyncio.timeout(30):
                await told.wait()
        assert [(record.target, record.status) for record in records] == [("/netloom.Loom/Count", "CANCELLED")]

    @pytest.mark.meets(client="nghttp")
    async def test_nghttp(self, tmp_path: Path) -> None:
        """A plain client of HTTP/2: a message in a file, the status among the trailers."""
        data = tmp_path / "message"
        data.write_bytes(framing.emit(Frame(Thread(text="warp").SerializeToString())))
        usual = ["-v", "--header=content-type: application/grpc", "--header=te: trailers", f"--data={data}"]
        async with our_server(tmp_path) as place:
            command = [need("nghttp", "nghttp2-client"), *usual, f"http://{place}/netloom.Loom/Echo"]
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=True)
        told = re.sub(rb"\x1b\[[0-9;]*m", b"", done.stdout)
        assert b"content-type: application/grpc\n" in told
        assert b"grpc-status: 0\n" in told
        assert data.read_bytes() in told

    @pytest.mark.meets(client="h2load")
    async def test_h2load(self, tmp_path: Path) -> None:
        """Many calls side by side, all of which are answered."""
        data = tmp_path / "message"
        data.write_bytes(framing.emit(Frame(Thread(text="warp").SerializeToString())))
        records: list[AccessRecord] = []
        usual = ["-n500", "-c4", "-m20", "-Hcontent-type: application/grpc", "-Hte: trailers", f"-d{data}"]
        async with our_server(tmp_path, report=records.append) as place:
            command = [need("h2load", "nghttp2-client"), *usual, f"http://{place}/netloom.Loom/Echo"]
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=True)
        assert b"500 succeeded, 0 failed" in done.stdout
        assert [record.status for record in records] == ["OK"] * 500


def test_the_descriptors_are_ours() -> None:
    assert [file.name for file in DESCRIPTORS.file] == [grpc_peers.FILE]
