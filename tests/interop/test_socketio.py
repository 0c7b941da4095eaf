"""Socket.IO: our client with foreign servers, our server with foreign clients, a browser's page among them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.contents.bus import Bus
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, Unauthenticated
from netloom.protocols.socketio.probe import Facts, probe
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire.socketio.packets import Kind, Packet
from tests.interop.node_peers import chromium, packages
from tests.interop.peers import READY, free_port
from tests.interop.socketio_peers import (
    PYTHON,
    Visitor,
    dedented,
    node_client,
    node_server,
    python_client,
    python_server,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    OpenServer = Callable[[Path], AbstractAsyncContextManager[str]]
    OpenClient = Callable[..., AbstractAsyncContextManager[Visitor]]

pytestmark = pytest.mark.interop

SERVERS = pytest.mark.parametrize(
    "server",
    [
        pytest.param(python_server, marks=pytest.mark.meets(server="python-socketio")),
        pytest.param(node_server, marks=pytest.mark.meets(server="socket.io")),
    ],
)
CLIENTS = pytest.mark.parametrize(
    "client",
    [
        pytest.param(python_client, marks=pytest.mark.meets(client="python-socketio")),
        pytest.param(node_client, marks=pytest.mark.meets(client="socket.io-client")),
    ],
)
TRANSPORTS = pytest.mark.parametrize("transport", ["upgrade", "websocket", "polling"])


def attempt(url: str, **options: str) -> Any:
    async def emit(record: object) -> None:
        raise AssertionError(record)

    return Toolbox(emit).attempt(Endpoint.parse(url).with_options(options.items()), 60.0)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(READY):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def our_server(bus: Bus, *accounts: str, **options: str) -> AsyncIterator[str]:
    """A server of ours, and where it is for others."""
    place = Endpoint.parse("socketio://127.0.0.1:0").with_options(options.items())
    async with Serving([place], [bus], Accounts.from_texts(accounts)) as serving:
        yield f"http://{serving.endpoint.authority}"


class TestOurClient:
    @SERVERS
    @TRANSPORTS
    async def test_events_and_acknowledgements(self, server: OpenServer, transport: str, tmp_path: Path) -> None:
        async with server(tmp_path) as url:
            for path in ("", "/room"):
                said = json.dumps(["hällo", 1, {"a": [None, True, 2.5]}])
                options = {"transport": transport, "type": "arguments", "event": "echo"}
                async with attempt(url + path, reply="ack", **options) as talk:
                    reply = await talk.client.send(Message(payload=said.encode()))
                    assert reply.value == json.loads(said)
                    assert reply.meta["transport"] == ("polling" if transport == "polling" else "websocket")
                assert talk.error is None
            async with attempt(url, reply="ack", transport=transport) as talk:
                reply = await talk.client.send(Message("echo", b"\xff\0"))
                assert [chunk async for chunk in reply.chunks()] == [b"\xff\0"]
            assert talk.error is None

    @SERVERS
    @pytest.mark.parametrize("transport", ["upgrade", "websocket"])
    async def test_listening(self, server: OpenServer, transport: str, tmp_path: Path) -> None:
        """For longer than two heartbeats."""
        async with server(tmp_path) as url:
            async with attempt(f"{url}/room", transport=transport, token="abc", headers="X-Loom: warp") as talk:
                talk.stands()
                async with contextlib.aclosing(talk.client.listen("")) as events:
                    first = await anext(events)
                    dialogue, namespace, _ = await talk.client.connect()
                    assert first.topic == "welcome"
                    assert json.loads(first.payload) == [{"auth": {"token": "abc"}, "header": "warp"}, "Af8="]
                    waiting = asyncio.ensure_future(anext(events))
                    await asyncio.sleep(3.0)
                    await dialogue.say(Packet(kind=Kind.EVENT, namespace=namespace, data=["ask"]))
                    question = await waiting
                    assert (question.topic, question.payload) == ("question", b"42")
                    told = await anext(events)
                    assert (told.topic, told.payload) == ("told", b""), "it was acknowledged"
                    await dialogue.say(Packet(kind=Kind.EVENT, namespace=namespace, data=["bye"]))
                    assert [event async for event in events] == []
            assert talk.error is None

    @SERVERS
    async def test_heartbeats_while_polling(self, server: OpenServer, tmp_path: Path) -> None:
        async with server(tmp_path) as url, attempt(url, transport="polling") as talk:
            talk.stands()
            async with contextlib.aclosing(talk.client.listen("")) as events:
                assert (await anext(events)).topic == "welcome"
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(4.0):
                        await anext(events)
        assert talk.error is None

    @SERVERS
    @TRANSPORTS
    async def test_namespaces_that_refuse(self, server: OpenServer, transport: str, tmp_path: Path) -> None:
        async with server(tmp_path) as url:
            for path, options, error in (
                ("/closed", {}, Unauthenticated),
                ("/closed", {"token": "x"}, Unauthenticated),
                ("/closed", {"tokens": "token=abc"}, None),
                ("/none", {}, PeerRefused),
            ):
                chosen = {"event": "echo", "reply": "ack", "transport": transport, **options}
                async with attempt(url + path, **chosen) as talk:
                    await talk.client.send(Message(payload=b"x"))
                assert (type(talk.error) if talk.error is not None else None) is error, talk.error

    @SERVERS
    @TRANSPORTS
    async def test_probe(self, server: OpenServer, transport: str, tmp_path: Path) -> None:
        facts = Facts()
        async with server(tmp_path) as url, attempt(f"{url}/room", transport=transport) as talk:
            await probe(talk.client, facts)
        assert talk.error is None
        assert facts.connected
        assert facts.transport == ("polling" if transport == "polling" else "websocket")
        assert (facts.ping_interval, facts.ping_timeout, facts.max_payload) == (1.0, 1.0, 1_000_000)
        assert facts.upgrades == ([] if transport == "websocket" else ["websocket"])
        assert (facts.ping is not None) is (transport == "upgrade")
        assert not facts.upgrade_failure


class TestOurServer:
    @CLIENTS
    @pytest.mark.parametrize("transports", [("polling", "websocket"), ("websocket",), ("polling",)], ids="-".join)
    async def test_events(self, client: OpenClient, transports: tuple[str, ...]) -> None:
        """For longer than two heartbeats."""
        bus = Bus()
        async with our_server(bus, ping_interval="0.5", ping_timeout="2") as url:
            async with client(url, transports=transports) as visitor:
                assert await visitor.emit("subscribe", "house/#") == {"status": "ok"}
                for topic, payload, kind in (
                    ("house/a", b"21.5", ""),
                    ("house/b", "hällo €".encode(), "text"),
                    ("house/c", b"\xff\0", ""),
                    ("house", b'{"a":[1,null]}', "json"),
                    ("else", b"no", ""),
                    ("", b"for all", ""),
                ):
                    bus.publish(Message(topic, payload, properties={"type": kind}))
                assert [await visitor.hear() for _ in range(5)] == [
                    ["house/a", "21.5"],
                    ["house/b", "hällo €"],
                    ["house/c", [255, 0]],
                    ["house", {"a": [1, None]}],
                    ["message", "for all"],
                ]
                await asyncio.sleep(1.6)
                async with bus.subscribe("#") as heard:
                    answer = await visitor.emit("publish", "garden", b"\x01\xff")
                    assert answer == {"status": "ok", "subscribers": 1}
                    await visitor.emit("house/d", {"on": True})
                    await visitor.emit("message", "x" * 300_000)
                    messages = [await anext(heard) for _ in range(3)]
                assert [(message.topic, message.payload) for message in messages] == [
                    ("garden", b"\x01\xff"),
                    ("house/d", b'{"on":true}'),
                    ("", b"x" * 300_000),
                ]
                assert await visitor.hear() == ["house/d", {"on": True}]
                assert (await visitor.hear())[1] == "x" * 300_000
                assert await visitor.transport() == transports[-1]
                answer = await visitor.emit("unsubscribe", "house/#")
                assert answer == {"status": "ok", "known": [True]}
            await until(lambda: bus.subscribers == 0)

    @CLIENTS
    async def test_namespaces(self, client: OpenClient) -> None:
        bus = Bus()
        async with our_server(bus) as url, client(url, "/house") as visitor:
            assert await visitor.emit("subscribe", "+") == {"status": "ok"}
            for topic in ("house", "house/kitchen", "kitchen"):
                bus.publish(Message(topic, topic.encode()))
            assert [await visitor.hear() for _ in range(2)] == [["message", "house"], ["kitchen", "house/kitchen"]]
            async with bus.subscribe("house/#") as heard:
                await visitor.emit("hall", 1)
                assert (await anext(heard)).topic == "house/hall"

    @CLIENTS
    async def test_accounts(self, client: OpenClient) -> None:
        async with our_server(Bus(), "ann:secret") as url:
            async with client(url) as visitor:
                answer = await visitor.emit("message", "x")
                assert answer["status"] == "error"
            async with client(url, auth={"user": "ann", "password": "secret"}) as visitor:
                assert (await visitor.emit("message", "x"))["status"] == "ok"
            with pytest.raises(ConnectionRefusedError):
                async with client(url, auth={"token": "wrong"}):
                    raise AssertionError

    @CLIENTS
    async def test_the_server_stops(self, client: OpenClient) -> None:
        bus = Bus()
        stack = contextlib.AsyncExitStack()
        async with stack:
            url = await stack.enter_async_context(our_server(bus))
            async with client(url) as visitor:
                await visitor.emit("subscribe", "a")
                async with asyncio.timeout(READY):
                    await stack.aclose()
        assert bus.subscribers == 0

    @pytest.mark.meets(client="Chromium")
    @pytest.mark.parametrize("transports", ["undefined", '["websocket"]', '["polling"]'])
    async def test_a_page(self, transports: str, tmp_path: Path) -> None:
        """Page, script, WebSockets, events and Socket.IO from one port."""
        bus, port = Bus(), free_port()
        script = (packages() / "node_modules/socket.io-client/dist/socket.io.min.js").read_bytes()
        page_source = b'<!doctype html><title>loom</title><script src="/socket.io.min.js"></script>'
        files = Files(files={"index.html": page_source, "socket.io.min.js": script})
        places = [Endpoint.parse(f"{scheme}://127.0.0.1:{port}") for scheme in ("http", "ws", "sse", "socketio")]
        async with Serving(places, [files, bus]), chromium(tmp_path) as page, bus.subscribe("house/b") as told:
            await page.go(f"http://127.0.0.1:{port}/index.html")
            await page.run(f"""
                window.heard = {{socket: [], sse: [], ws: []}};
                const socket = window.socket = io({{transports: {transports}}});
                socket.onAny((...event) => heard.socket.push(event));
                await new Promise(done => socket.on("connect", done));
                await socket.emitWithAck("subscribe", "house/#");
                const feed = window.feed = new EventSource("/events/house/b");
                feed.onmessage = event => heard.sse.push(event.data);
                await new Promise(done => feed.onopen = done);
                const bare = window.bare = new WebSocket("ws://" + location.host + "/house/b");
                bare.onmessage = event => heard.ws.push(event.data);
                await new Promise(done => bare.onopen = done);
                window.until = async (name, count) => {{
                    while (heard[name].length < count) await new Promise(done => setTimeout(done, 10));
                    return heard[name].splice(0);
                }};
            """)
            bus.publish(Message("house/a", "21.5 °C".encode()))
            bus.publish(Message("house/c", b"\xff\0"))
            assert (await page.run('return await socket.emitWithAck("house/b", {on: true})'))["status"] == "ok"
            assert await page.run("""
                const found = await until("socket", 3);
                found[1][1] = [...new Uint8Array(found[1][1])];
                return found;
            """) == [["house/a", "21.5 °C"], ["house/c", [255, 0]], ["house/b", {"on": True}]]
            for channel in ("sse", "ws"):
                assert await page.run(f'return await until("{channel}", 1)') == ['{"on":true}']
            assert (await anext(told)).payload == b'{"on":true}'
            assert await page.run("return socket.io.engine.transport.name") == (
                "polling" if "polling" in transports else "websocket"
            )
            await page.run('bare.send("by WebSocket")')
            assert (await anext(told)).payload == b"by WebSocket"
            assert await page.run('return await until("socket", 1)') == [["house/b", "by WebSocket"]]
            assert await page.run('return await until("sse", 1)') == ["by WebSocket"]

    @pytest.mark.meets(client="Chromium")
    async def test_a_page_from_elsewhere(self, tmp_path: Path) -> None:
        bus, here = Bus(), free_port()
        script = (packages() / "node_modules/socket.io-client/dist/socket.io.min.js").read_bytes()
        files = Files(files={"index.html": b'<script src="/socket.io.min.js"></script>', "socket.io.min.js": script})
        places = [
            Endpoint.parse(f"http://127.0.0.1:{here}"),
            Endpoint.parse(f"socketio://127.0.0.1:0#origins=http://127.0.0.1:{here}"),
            Endpoint.parse("socketio://127.0.0.1:0#origins=*"),
            Endpoint.parse("socketio://127.0.0.1:0"),
        ]
        attempted = """
            const found = [];
            for (const transports of [["polling"], ["websocket"]]) {
                const options = {reconnection: false, withCredentials: CREDENTIALS, forceNew: true};
                const socket = io("URL", {transports, ...options});
                found.push(await new Promise(done => {
                    socket.on("connect", () => done("in")); socket.on("connect_error", () => done("out"));
                }));
                socket.close();
            }
            return found;
        """
        async with Serving(places, [files, bus]) as serving, chromium(tmp_path) as page:
            await page.go(f"http://127.0.0.1:{here}/index.html")
            named, anybody, nobody = [f"http://{endpoint.authority}" for endpoint in serving.endpoints[1:]]
            for url, credentials, found in (
                (named, "true", ["in", "in"]),
                (anybody, "false", ["in", "in"]),
                (anybody, "true", ["out", "in"]),
                (nobody, "false", ["out", "out"]),
            ):
                assert await page.run(attempted.replace("URL", url).replace("CREDENTIALS", credentials)) == found, url


class TestAnApplication:
    """A Socket.IO server written with python-socketio, behind our server of applications."""

    @pytest.mark.meets(server="python-socketio", protocol="http")
    @TRANSPORTS
    async def test_our_client(self, application: str, transport: str) -> None:
        async with attempt(
            application.replace("http", "socketio"), event="echo", reply="ack", transport=transport
        ) as talk:
            reply = await talk.client.send(Message(payload=b"\xff\0"))
            assert [chunk async for chunk in reply.chunks()] == [b"\xff\0"]
        assert talk.error is None

    @CLIENTS
    @pytest.mark.parametrize("transports", [("polling", "websocket"), ("websocket",), ("polling",)], ids="-".join)
    async def test_their_clients(self, client: OpenClient, transports: tuple[str, ...], application: str) -> None:
        async with client(application, "/room", transports=transports) as visitor:
            assert (await visitor.hear())[0] == "welcome"
            await asyncio.sleep(2.5)  # its heart beats every second
            assert await visitor.emit("echo", {"a": 1}) == {"a": 1}
            assert await visitor.hear() == ["echo", {"a": 1}]
            assert await visitor.transport() == transports[-1]


@pytest.fixture
async def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The URL of the application."""
    module = "netloom_test_socketio"
    (tmp_path / f"{module}.py").write_text(dedented(PYTHON))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, module, raising=False)
    content = registry.content(f"app:{module}:app")
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], [content]) as serving:
        yield str(serving.endpoint)
        await sys.modules[module].sio.shutdown()
