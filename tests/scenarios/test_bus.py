"""One bus behind MQTT, WebSocket, Socket.IO, server-sent events and IRC: what is said in one is heard in all others."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import websockets
from aiosseclient import aiosseclient  # type: ignore[import-untyped]  # it has no types

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.records import Message
from netloom.serving import Serving
from tests.interop.mqtt_peers import paho_client
from tests.interop.peers import READY, need
from tests.interop.socketio_peers import python_client
from tests.protocols.places import places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

PLACES = {
    "mqtt": "/house/kitchen",
    "ws": "/house/kitchen",
    "socketio": "/house/kitchen",
    "sse": "/events/house/kitchen",
    "irc": "/house/kitchen",
}


def urls() -> list[Endpoint]:
    """Where the servers are to be, each at a port of its own."""
    return [Endpoint.parse(f"{scheme}://127.0.0.1:0") for scheme in PLACES]


async def listeners(bus: Bus, count: int) -> None:
    """Return once there are so many."""
    async with asyncio.timeout(READY):
        while bus.subscribers < count:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("speaker", PLACES)
async def test_ours(speaker: str) -> None:
    bus = Bus()
    async with places(*map(str, urls()), contents=[bus] * len(PLACES)) as house, asyncio.TaskGroup() as group:

        async def hear(scheme: str) -> bytes:
            path = PLACES[scheme]
            async with contextlib.aclosing(house.client(scheme, path).listen(path)) as heard:
                message: Message = await anext(heard)
                return message.payload

        others = [group.create_task(hear(scheme)) for scheme in PLACES if scheme != speaker]
        await listeners(bus, len(others))
        await house.client(speaker, PLACES[speaker]).send(Message(payload="21.5 °C".encode()))
        for other in others:
            assert await other == "21.5 °C".encode()


# Foreign clients

Party = tuple["Callable[[str], Awaitable[object]]", "Callable[[], Awaitable[str]]"]
"""How somebody says a text, and hears the next."""


@contextlib.asynccontextmanager
async def over_mqtt(port: int, folder: Path) -> AsyncIterator[Party]:
    async with paho_client(5, port) as (client, _):
        await client.subscribe("house/kitchen")

        async def say(text: str) -> None:
            client.client.publish("house/kitchen", text)

        async def hear() -> str:
            return str((await client.next()).payload, "utf-8")

        yield say, hear


@contextlib.asynccontextmanager
async def over_ws(port: int, folder: Path) -> AsyncIterator[Party]:
    async with websockets.connect(f"ws://127.0.0.1:{port}/house/kitchen") as socket:

        async def hear() -> str:
            said = await socket.recv()
            return said if isinstance(said, str) else said.decode()

        yield socket.send, hear


@contextlib.asynccontextmanager
async def over_socketio(port: int, folder: Path) -> AsyncIterator[Party]:
    async with python_client(f"http://127.0.0.1:{port}", "/house/kitchen") as visitor:

        async def say(text: str) -> None:
            await visitor.emit("message", text)

        async def hear() -> str:
            event, text = await visitor.hear()
            assert event == "message"
            return str(text)

        yield say, hear


@contextlib.asynccontextmanager
async def over_sse(port: int, folder: Path) -> AsyncIterator[Party]:
    url = f"http://127.0.0.1:{port}/events/house/kitchen"
    async with aiohttp.ClientSession() as session, contextlib.aclosing(aiosseclient(url)) as events:

        async def say(text: str) -> None:
            async with session.post(url, data=text.encode()) as answer:
                assert answer.ok

        async def hear() -> str:
            async for event in events:
                if event.data:  # it gives comments, too
                    return str(event.data)
            raise EOFError

        yield say, hear


@contextlib.asynccontextmanager
async def over_irc(port: int, folder: Path) -> AsyncIterator[Party]:
    program = need("sic", "sic")
    process = await asyncio.create_subprocess_exec(
        program, "-h", "127.0.0.1", "-p", str(port), "-n", "warp",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=folder,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    async def until(words: str) -> str:
        while words not in (line := (await stdout.readline()).decode()):
            assert line, "sic has ended"
        return line

    async def say(text: str) -> None:
        stdin.write(f"{text}\n".encode())

    async def hear() -> str:
        return (await until("> ")).rpartition("> ")[2].rstrip()

    try:
        await until("Welcome")
        stdin.write(b":j #house/kitchen\n")
        await until("366")
        yield say, hear
    finally:
        process.kill()
        await process.wait()


FOREIGN: dict[str, Callable[[int, Path], Any]] = {
    "mqtt": over_mqtt,
    "ws": over_ws,
    "socketio": over_socketio,
    "sse": over_sse,
    "irc": over_irc,
}


@pytest.mark.interop
@pytest.mark.timeout(120)
async def test_foreign(tmp_path: Path) -> None:
    bus = Bus()
    async with Serving(urls(), [bus] * len(PLACES)) as serving, contextlib.AsyncExitStack() as stack:
        ports = {place.scheme: place.port or 0 for place in serving.endpoints}
        parties = {
            scheme: await stack.enter_async_context(meet(ports[scheme], tmp_path)) for scheme, meet in FOREIGN.items()
        }
        first = {"sse": asyncio.create_task(parties["sse"][1]())}  # it connects when it is first read
        await listeners(bus, len(parties))
        for speaker, (say, _) in parties.items():
            await say(f"21.5 °C by {speaker}")
            for scheme, (_, hear) in parties.items():
                if scheme == speaker:
                    continue
                said = await (first.pop(scheme, None) or hear())
                if said.endswith(f" {scheme}"):
                    said = await hear()  # some hear themselves
                assert said == f"21.5 °C by {speaker}", scheme
