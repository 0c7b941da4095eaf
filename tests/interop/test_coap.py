"""CoAP meets others: our client with libcoap's and aiocoap's servers, our server with their clients."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Register, Registers
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop import coap_peers as peers
from tests.interop.coap_peers import coap_client
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from netloom.records import Message

pytestmark = pytest.mark.interop
aiocoap: Any = importlib.import_module("aiocoap")  # its types aren't complete

LARGE = b"".join(b"%06d " % number for number in range(1000))
HANG = 60.0


# Our client


@pytest.fixture(scope="module")
def libcoap_server() -> Iterator[str]:
    with peers.libcoap() as port:
        yield f"coap://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def aiocoap_server() -> Iterator[str]:
    with peers.aiocoap() as port:
        yield f"coap://127.0.0.1:{port}"


@pytest.fixture(
    params=[
        pytest.param("libcoap_server", marks=pytest.mark.meets(server="libcoap")),
        pytest.param("aiocoap_server", marks=pytest.mark.meets(server="aiocoap")),
    ]
)
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A server with the resources `value` and `large`."""
    found: str = request.getfixturevalue(request.param)
    for name, body in (("value", b"21.5"), ("large", LARGE)):
        assert (await put(f"{found}/{name}", body, tmp_path)).status is Status.SUCCESS
    return found


async def put(url: str, body: bytes, folder: Path) -> Any:
    (folder / "body").write_bytes(body)
    return await record(None, "put", url, source=str(folder / "body"))


class TestServers:
    async def test_reading(self, server: str) -> None:
        found = await record(None, "get", f"{server}/value")
        assert (found.status, found.body) == (Status.SUCCESS, b"21.5"), found.message
        found = await record(None, "get", f"{server}/value#confirm=no")
        assert found.body == b"21.5"
        found = await record(None, "get", f"{server}/nothing")
        assert (found.status, found.message[:4]) == (Status.REFUSED_BY_PEER, "4.04")

    @pytest.mark.parametrize("block", [64, 1024])
    async def test_bodies_in_blocks(self, server: str, block: int, tmp_path: Path) -> None:
        found = await record(None, "get", f"{server}/large#block={block}")
        assert found.body == LARGE
        assert found.meta["blocks"] == -(-len(LARGE) // block)
        assert (await put(f"{server}/large#block={block}", LARGE[::-1], tmp_path)).status is Status.SUCCESS
        assert (await record(None, "get", f"{server}/large#block={block}")).body == LARGE[::-1]

    async def test_what_there_is(self, server: str) -> None:
        listed: list[Any] = await records(None, "list", server)
        assert {"/value", "/large"} <= {each.entry.path for each in listed[:-1]}
        assert listed[-1].status is Status.SUCCESS

    async def test_observing(self, server: str, tmp_path: Path) -> None:
        heard: list[Message] = []
        trying = Toolbox(_drop).attempt(Endpoint.parse(f"{server}/value"), HANG)
        async with trying, contextlib.aclosing(trying.client.listen("/value")) as messages:
            async for message in messages:
                heard.append(message)
                if len(heard) == 3:
                    break
                await put(f"{server}/value", b"%d" % len(heard), tmp_path)
        assert trying.error is None
        assert [message.payload for message in heard] == [b"21.5", b"1", b"2"]

    async def test_a_probe(self, server: str) -> None:
        found = await record(None, "probe", f"{server}/value")
        assert found.status is Status.SUCCESS
        assert found.facts["count"] >= 2
        assert found.facts["value"] == "21.5"
        assert "ping" in found.facts


async def _drop(record_: object) -> None:
    """Nobody reads records here."""


@pytest.mark.meets(server="libcoap")
async def test_what_libcoap_has(libcoap_server: str, tmp_path: Path) -> None:
    """Its own resources: the time, an answer that comes by itself, and what is taken away."""
    found = await record(None, "get", f"{libcoap_server}/async?1")
    assert (found.status, found.body) == (Status.SUCCESS, b"done")
    assert (await put(f"{libcoap_server}/gone", b"x", tmp_path)).meta["code"] == "2.01"
    found = await record(None, "send", f"{libcoap_server}/gone#method=delete", "")
    assert found.meta["code"] == "2.02"
    listed: list[Any] = await records(None, "list", f"{libcoap_server}?title=General*")
    assert all("General" in each.entry.name for each in listed[:-1])


@pytest.mark.meets(server="aiocoap")
async def test_what_aiocoap_has(aiocoap_server: str) -> None:
    assert (await record(None, "get", f"{aiocoap_server}/slow")).body == b"at last"
    assert (await record(None, "get", f"{aiocoap_server}/picky")).body == b"shown"


# Our server


def device() -> Registers:
    return Registers(
        [
            (Register(name="value", kind="float", writable=True, path="value"), 21.5),
            (Register(name="large", kind="text", writable=True, path="large"), LARGE.decode()),
            (Register(name="locked", kind="int", path="locked"), 1),
        ]
    )


@contextlib.asynccontextmanager
async def serving(content: Any) -> AsyncIterator[str]:
    async with Serving([Endpoint.parse("coap://127.0.0.1:0")], [content]) as served:
        yield f"coap://127.0.0.1:{served.endpoint.port}"


@pytest.mark.meets(client="libcoap")
class TestLibcoapsClient:
    async def test_reading_and_writing(self, tmp_path: Path) -> None:
        registers = device()
        async with serving(registers) as url:
            assert (await coap_client(f"{url}/value")).strip() == "21.5"
            assert (await coap_client("-N", f"{url}/value")).strip() == "21.5"
            await coap_client("-m", "put", "-e", "22.5", f"{url}/value")
            await coap_client("-m", "post", "-e", "23.5", "-t", "text/plain", f"{url}/value")
            assert registers.value("value") == 23.5
            assert "4.04" in await coap_client(f"{url}/nothing")
            assert "4.05" in await coap_client("-m", "put", "-e", "1", f"{url}/locked")

    @pytest.mark.parametrize("block", ["64", "1024"])
    async def test_bodies_in_blocks(self, block: str, tmp_path: Path) -> None:
        registers = device()
        (tmp_path / "body").write_bytes(LARGE[::-1])
        async with serving(registers) as url:
            await coap_client("-b", block, "-o", str(tmp_path / "got"), f"{url}/large")
            assert (tmp_path / "got").read_bytes() == LARGE
            await coap_client("-m", "put", "-b", block, "-f", str(tmp_path / "body"), f"{url}/large")
            assert registers.value("large") == LARGE[::-1].decode()

    async def test_what_there_is(self) -> None:
        async with serving(device()) as url:
            assert '</locked>;rt="integer";if="sensor";title="locked";ct=0;obs' in await coap_client(
                f"{url}/.well-known/core"
            )

    async def test_observing(self) -> None:
        registers = device()
        async with serving(registers) as url:
            hearing = asyncio.ensure_future(coap_client("-s", "3", "-w", f"{url}/value"))
            async with asyncio.timeout(HANG):
                value = 30.0
                while not hearing.done():
                    await asyncio.sleep(0.2)
                    value += 1
                    registers.store({"value": value})
            heard = (await hearing).split()
            assert heard[0] == "21.5"
            assert len(heard) > 5
            assert heard[1:] == sorted(heard[1:])


@pytest.mark.meets(client="aiocoap")
class TestAiocoapAsAClient:
    async def test_reading_and_writing(self) -> None:
        registers = device()
        async with serving(registers) as url, client() as context:
            found = await ask(context, aiocoap.GET, f"{url}/value")
            assert (found.payload, str(found.code)) == (b"21.5", "2.05 Content")
            assert found.opt.content_format == 0
            found = await ask(context, aiocoap.PUT, f"{url}/value", b"22.5")
            assert str(found.code) == "2.04 Changed"
            assert registers.value("value") == 22.5
            assert str((await ask(context, aiocoap.GET, f"{url}/nothing")).code) == "4.04 Not Found"

    async def test_bodies_in_blocks(self) -> None:
        registers = device()
        async with serving(registers) as url, client() as context:
            assert (await ask(context, aiocoap.GET, f"{url}/large")).payload == LARGE
            assert (await ask(context, aiocoap.PUT, f"{url}/large", LARGE[::-1])).code.is_successful()
            assert registers.value("large") == LARGE[::-1].decode()

    async def test_observing(self) -> None:
        registers = device()
        async with serving(registers) as url, client() as context:
            request = context.request(aiocoap.Message(code=aiocoap.GET, uri=f"{url}/value", observe=0))
            async with asyncio.timeout(HANG):
                assert (await request.response).payload == b"21.5"
                heard = []
                registers.store({"value": 1.0})
                async for found in request.observation:
                    heard.append(found.payload)
                    if len(heard) == 3:
                        break
                    registers.store({"value": 1.0 + len(heard)})
            assert heard == [b"1.0", b"2.0", b"3.0"]
            request.observation.cancel()

    async def test_a_bus(self) -> None:
        bus = Bus()
        async with serving(bus) as url, client() as context, bus.subscribe("#") as messages:
            await ask(context, aiocoap.PUT, f"{url}/house/kitchen", b"21")
            heard = await anext(messages)
            assert (heard.topic, heard.payload) == ("house/kitchen", b"21")


@contextlib.asynccontextmanager
async def client() -> AsyncIterator[Any]:
    context = await aiocoap.Context.create_client_context()
    try:
        yield context
    finally:
        await context.shutdown()


async def ask(context: Any, code: Any, uri: str, payload: bytes = b"") -> Any:
    async with asyncio.timeout(HANG):
        return await context.request(aiocoap.Message(code=code, uri=uri, payload=payload)).response
