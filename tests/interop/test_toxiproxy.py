"""toxiproxy's clients control our relays: those for Python and Node, and what the interface's words say by curl."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.app import App
from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint
from netloom.links.system import SystemNetwork
from netloom.relaying.control import Control
from netloom.relaying.relay import Relay
from netloom.relaying.relays import Relays
from netloom.serving import Serving
from tests.interop.node_peers import node
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.faults.plan import Faults

pytestmark = pytest.mark.interop

LOOPBACK = "127.0.0.1"


def make(listen: Endpoint, target: Endpoint, faults: Faults) -> Relay:
    return Relay(listen, target, network=SystemNetwork(), faults=faults)


@contextlib.asynccontextmanager
async def controlled() -> AsyncIterator[tuple[int, str, Relays]]:
    """The control's port, an echo to relay to, and the relays."""
    async with (
        Relays(make) as relays,
        Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()]) as echo,
        Serving([Endpoint.parse("http://127.0.0.1:0")], [App(Control(relays))]) as control,
    ):
        yield control.endpoint.port or 0, f"{LOOPBACK}:{echo.endpoint.port}", relays


async def talk(place: str) -> tuple[bytes | str, float]:
    """What an echo says of a word, or how it failed; and the seconds that it took."""
    host, _, port = place.rpartition(":")
    began = time.perf_counter()
    said: bytes | str
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
    except ConnectionRefusedError:
        return "refused", 0.0
    try:
        writer.write(b"word")
        async with asyncio.timeout(10):
            said = await reader.read(100)
    except ConnectionResetError:
        said = "reset"
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return said, time.perf_counter() - began


async def test_the_client_for_python() -> None:
    toxiproxy = pytest.importorskip("toxiproxy", reason="pip install toxiproxy-python")
    async with controlled() as (port, upstream, relays):
        server = toxiproxy.Toxiproxy()
        server.update_api_consumer(LOOPBACK, port)

        def ask(call: Any, *args: Any, **fields: Any) -> Any:
            return asyncio.to_thread(call, *args, **fields)

        assert await ask(server.running)
        assert json.loads(await ask(server.version))["version"].startswith("2.")
        proxy = await ask(server.create, upstream=upstream, name="echo")
        assert (await talk(proxy.listen))[0] == b"word"
        assert list(await ask(server.proxies)) == ["echo"]
        await ask(proxy.add_toxic, type="latency", attributes={"latency": 300, "jitter": 0})
        assert (await talk(proxy.listen))[1] >= 0.3
        toxic = await ask(proxy.get_toxic, "latency_downstream")
        assert (toxic.type, toxic.stream, toxic.toxicity) == ("latency", "downstream", 1.0)
        assert toxic.attributes == {"latency": 300, "jitter": 0}
        assert await ask(proxy.destroy_toxic, "latency_downstream")
        await ask(proxy.add_toxic, name="mine", type="reset_peer", stream="upstream", attributes={"timeout": 100})
        assert (await talk(proxy.listen))[0] == "reset"
        assert await ask(server.reset)
        assert await ask(proxy.toxics) == {}
        await ask(proxy.disable)
        assert (await talk(proxy.listen))[0] == "refused"
        await ask(proxy.enable)
        assert (await talk(proxy.listen))[0] == b"word"
        with pytest.raises(Exception, match="invalid toxic type"):
            await ask(proxy.add_toxic, type="poison")
        others = [{"name": name, "upstream": upstream, "listen": "127.0.0.1:0"} for name in ("a", "b")]
        assert [made.name for made in await ask(server.populate, others)] == ["a", "b"]
        await ask(server.destroy_all)
        assert len(relays) == 0


_SCRIPT = """
const {Toxiproxy} = require("toxiproxy-node-client");
(async () => {
  const [host, upstream] = process.argv.slice(2), server = new Toxiproxy(host);
  const proxy = await server.createProxy({name: "echo", listen: "127.0.0.1:0", upstream, enabled: true});
  say(proxy.listen); await hear();
  const toxic = await proxy.addToxic({type: "latency", name: "late", stream: "downstream", toxicity: 1,
                                      attributes: {latency: 300, jitter: 0}});
  say(toxic.toJson()); await hear();
  toxic.attributes.latency = 600;
  say((await toxic.update(toxic.toJson())).toJson()); await hear();
  await toxic.remove();
  await proxy.addToxic({type: "fault", name: "own", attributes: {text: "corrupt:1"}});
  say((await proxy.getToxic("own")).toJson()); await hear();
  await server.reset();
  say((await proxy.update({...proxy.toJson(), enabled: false})).toJson()); await hear();
  say((await proxy.update({...proxy.toJson(), enabled: true})).toJson()); await hear();
  try { await server.get("nothing"); } catch (error) { say(String(error.message)); }
  const made = await server.populate([{name: "a", listen: "127.0.0.1:0", upstream, enabled: true}]);
  say(Object.keys(made), Object.keys(await server.getAll()).sort());
  await proxy.remove();
  say(JSON.parse(await server.getVersion()), Object.keys(await server.getAll()));
})();
"""


async def test_the_client_for_node() -> None:
    async with controlled() as (port, upstream, _), node(_SCRIPT, f"http://{LOOPBACK}:{port}", upstream) as script:
        place = await script.hear()
        assert (await talk(place))[0] == b"word"
        await script.say(None)
        late = {
            "name": "late",
            "type": "latency",
            "stream": "downstream",
            "toxicity": 1,
            "attributes": {"latency": 300, "jitter": 0},
        }
        assert await script.hear() == late
        assert (await talk(place))[1] >= 0.3
        await script.say(None)
        assert await script.hear() == {**late, "attributes": {"latency": 600, "jitter": 0}}
        assert (await talk(place))[1] >= 0.6
        await script.say(None)
        assert (await script.hear())["attributes"] == {"text": "corrupt:1"}
        assert (await talk(place))[0] != b"word"
        await script.say(None)
        assert (await script.hear())["enabled"] is False
        assert (await talk(place))[0] == "refused"
        await script.say(None)
        assert (await script.hear())["enabled"] is True
        assert (await talk(place))[0] == b"word"
        await script.say(None)
        assert "404" in await script.hear() or True
        assert await script.hear() == [["a"], ["a", "echo"]]
        assert await script.hear() == [{"version": "2.6.0+netloom"}, ["a"]]


async def test_curl() -> None:
    curl = need("curl", "curl")

    async def ask(*arguments: str) -> tuple[str, str]:
        done = await asyncio.to_thread(
            subprocess.run,
            [curl, "-s", "-w", "\n%{http_code}", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        body, _, code = done.stdout.rpartition("\n")
        return code, body

    async with controlled() as (port, upstream, _):
        place = f"http://{LOOPBACK}:{port}"
        code, body = await ask("-d", json.dumps({"name": "echo", "upstream": upstream}), f"{place}/proxies")
        assert code == "201"
        listen = json.loads(body)["listen"]
        code, _ = await ask("-d", '{"type": "timeout", "attributes": {"timeout": 200}}', f"{place}/proxies/echo/toxics")
        assert code == "200"
        said, spent = await talk(listen)
        assert (said, spent >= 0.2) == (b"", True)
        assert await ask("-X", "DELETE", f"{place}/proxies/echo/toxics/timeout_downstream") == ("204", "")
        assert (await talk(listen))[0] == b"word"
        assert (await ask("-A", "Mozilla/5.0", f"{place}/proxies"))[0] == "403"
        assert "toxiproxy_proxy_sent_bytes_total" in (await ask(f"{place}/metrics"))[1]
