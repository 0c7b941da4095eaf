"""Server-sent events: our client with foreign servers, our server with foreign clients, a browser's page among them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import requests

from netloom.contents.bus import Bus
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.protocols.sse.probe import Facts, probe
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.node_peers import chromium
from tests.interop.peers import READY, free_port
from tests.interop.sse_peers import (
    aiohttp_aiosseclient,
    aiohttp_sse,
    curl,
    nginx,
    node_eventsource,
    requests_sseclient,
    sse_starlette,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from tests.interop.sse_peers import Event

    OpenServer = Callable[[Path], contextlib.AbstractContextManager[str]]
    Hear = Callable[..., AsyncGenerator[Event, None]]

pytestmark = pytest.mark.interop

SERVERS = pytest.mark.parametrize(
    "server",
    [
        pytest.param(server, marks=pytest.mark.meets(server=name))
        for server, name in ((aiohttp_sse, "aiohttp-sse"), (sse_starlette, "sse-starlette"))
    ],
)
CLIENTS = pytest.mark.parametrize(
    "hear",
    [
        pytest.param(client, marks=pytest.mark.meets(client=name))
        for client, name in (
            (curl, "curl"),
            (requests_sseclient, "sseclient-py"),
            (aiohttp_aiosseclient, "aiosseclient"),
            (node_eventsource, "eventsource"),
        )
    ],
)


def attempt(url: str, **options: str) -> Any:
    async def emit(record: object) -> None:
        raise AssertionError(record)

    return Toolbox(emit).attempt(Endpoint.parse(url).with_options(options.items()), 60.0)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(READY):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.005)


class TestOurClient:
    @SERVERS
    async def test_events(self, server: OpenServer, tmp_path: Path) -> None:
        with server(tmp_path) as url:
            async with attempt(f"{url}/events") as talk, contextlib.aclosing(talk.client.listen("")) as events:
                heard = [await anext(events) for _ in range(3)]
        assert [(event.payload, event.properties) for event in heard] == [
            ("hällo".encode(), {"event": "message", "id": "1"}),
            (b"two\nlines", {"event": "add", "id": "2"}),
            (b"", {"event": "message", "id": "3"}),
        ]
        assert talk.client.retry == 2.5

    @SERVERS
    async def test_it_goes_on_where_it_was(self, server: OpenServer, tmp_path: Path) -> None:
        with server(tmp_path) as url:
            async with (
                attempt(f"{url}/events", last_event_id="2") as talk,
                contextlib.aclosing(talk.client.listen("")) as events,
            ):
                assert (await anext(events)).properties["id"] == "3"
            async with attempt(f"{url}/ends", reconnect="1", retry="0") as talk:
                talk.client.retry = 0.0
                numbers = []
                async with contextlib.aclosing(talk.client.listen("")) as events:
                    async for event in events:
                        talk.client.retry = 0.0  # it says 2.5 s
                        numbers.append(event.properties["id"])
        assert numbers == ["1", "2", "3"]

    @SERVERS
    async def test_probe(self, server: OpenServer, tmp_path: Path) -> None:
        facts = Facts()
        with server(tmp_path) as url:
            async with attempt(f"{url}/events", wait="30") as talk:
                await probe(talk.client, facts)
        assert talk.error is None
        assert (facts.status, facts.event, facts.data, facts.id, facts.retry) == (200, "message", "hällo", "1", 2.5)

    @pytest.mark.meets(server="nginx")
    async def test_through_nginx_nothing_waits(self, tmp_path: Path) -> None:
        """Our server behind it asks it not to buffer."""
        bus = Bus()
        async with Serving([Endpoint.parse("sse://127.0.0.1:0")], [bus]) as serving:
            with nginx(tmp_path, serving.endpoint.port or 0) as url:
                async with attempt(f"{url}/events/a") as talk, contextlib.aclosing(talk.client.listen("")) as events:
                    first = asyncio.ensure_future(anext(events))
                    await until(lambda: bus.subscribers == 2)
                    bus.publish(Message("a", b"1"))
                    assert (await first).payload == b"1"
                async with attempt(f"{url}/events/a") as talk:
                    await talk.client.send(Message(payload=b"x"))
                assert talk.error is None


class TestOurServer:
    @CLIENTS
    async def test_events(self, hear: Hear) -> None:
        bus = Bus()
        async with Serving([Endpoint.parse("sse://127.0.0.1:0")], [bus]) as serving:
            url = f"http://{serving.endpoint.authority}/events/house/%23"
            async with contextlib.aclosing(hear(f"{url}?event=topic")) as events:
                first = asyncio.ensure_future(anext(events))
                await until(lambda: bus.subscribers == 2)
                bus.publish(Message("house/a", "hällo".encode()))
                bus.publish(Message("else", b"not for us"))
                bus.publish(Message("house/b", b"two\nlines"))
                name, data, number = await first
                assert (name, data) == ("house/a", "hällo")
                assert (await anext(events))[:2] == ("house/b", "two\nlines")
            async with contextlib.aclosing(hear(url, number)) as events:
                name, data, _ = await anext(events)
                assert (name, data) == ("message", "two\nlines"), "it goes on after the first"

    @pytest.mark.meets(client="requests")
    async def test_publishing(self) -> None:
        bus = Bus()
        async with Serving([Endpoint.parse("sse://127.0.0.1:0")], [bus]) as serving, bus.subscribe("#") as heard:
            url = f"http://{serving.endpoint.authority}/events/house/a"
            answer = await asyncio.to_thread(requests.post, url, data="21.5", timeout=READY)
            assert answer.status_code == 204
            assert (await anext(heard)).payload == b"21.5"

    @pytest.mark.meets(client="eventsource")
    async def test_node_comes_back(self) -> None:
        """The server ends the stream, and tells what was missed."""
        bus, port = Bus(), free_port()
        place = Endpoint.parse(f"sse://127.0.0.1:{port}#retry=0.05")
        events = node_eventsource(f"http://127.0.0.1:{port}/events/a")
        # Another server, so that the bus is served all the while.
        async with Serving([Endpoint.parse("sse://127.0.0.1:0")], [bus]), contextlib.aclosing(events):
            async with Serving([place], [bus]):
                first = asyncio.ensure_future(anext(events))
                await until(lambda: bus.subscribers == 2)
                bus.publish(Message("a", b"1"))
                assert (await first)[1] == "1"
            bus.publish(Message("a", b"2"))
            async with Serving([place], [bus]):
                async for name, data, _ in events:
                    if name != "error":
                        assert data == "2"
                        break

    @pytest.mark.meets(client="Chromium")
    async def test_a_page(self, tmp_path: Path) -> None:
        bus, port = Bus(), free_port()
        files = Files(files={"index.html": b"<!doctype html><title>loom</title>"})
        places = [Endpoint.parse(f"{scheme}://127.0.0.1:{port}") for scheme in ("http", "sse")]
        async with Serving(places, [files, bus]), chromium(tmp_path) as page:
            await page.go(f"http://127.0.0.1:{port}/index.html")
            await page.run("""
                window.heard = [];
                const source = window.source = new EventSource("/events/house/%23");
                source.onmessage = event => heard.push(["message", event.data]);
                source.addEventListener("alarm", event => heard.push(["alarm", event.data]));
                await new Promise(done => source.onopen = done);
            """)
            bus.publish(Message("house/a", "hällo\n€".encode()))
            bus.publish(Message("house/b", b"fire", properties={"event": "alarm"}))
            bus.publish(Message("house/c", b"\xff\0"))
            heard = await page.run("""
                while (heard.length < 3) await new Promise(done => setTimeout(done, 10));
                const last = await fetch(heard[2][1]);
                return [...heard.slice(0, 2), [...new Uint8Array(await last.arrayBuffer())]];
            """)
            assert heard == [["message", "hällo\n€"], ["alarm", "fire"], [255, 0]]
            async with bus.subscribe("house/d") as told:
                assert (
                    await page.run('return (await fetch("/events/house/d", {method: "POST", body: "x"})).status') == 204
                )
                assert (await anext(told)).payload == b"x"
            await page.run("source.close()")
            await until(lambda: bus.subscribers == 1)

    @pytest.mark.meets(client="Chromium")
    async def test_a_page_from_elsewhere(self, tmp_path: Path) -> None:
        bus, here = Bus(), free_port()
        files = Files(files={"index.html": b"<!doctype html><title>loom</title>"})
        allowed = Endpoint.parse(f"sse://127.0.0.1:0#origins=http://127.0.0.1:{here}")
        places = [Endpoint.parse(f"http://127.0.0.1:{here}"), allowed, Endpoint.parse("sse://127.0.0.1:0")]
        script = """
            const source = new EventSource("URL", {withCredentials: true});
            const found = await new Promise(done => {
                source.onopen = () => done("open");
                source.onerror = () => done("no");
            });
            source.close();
            const posted = await fetch("URL", {method: "POST", body: "x"}).then(answer => answer.status, () => "no");
            return [found, posted];
        """
        async with Serving(places, [files, bus]) as serving, chromium(tmp_path) as page, bus.subscribe("a") as told:
            await page.go(f"http://127.0.0.1:{here}/index.html")
            urls = [f"http://{endpoint.authority}/events/a" for endpoint in serving.endpoints[1:]]
            assert await page.run(script.replace("URL", urls[0])) == ["open", 204]
            assert await page.run(script.replace("URL", urls[1])) == ["no", "no"]
            assert (await anext(told)).payload == b"x"
            bus.publish(Message("a", b"end"))
            assert (await anext(told)).payload == b"end", "what was refused wasn't published"
