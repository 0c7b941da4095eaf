"""What toxiproxy's clients ask, and what they are answered: bodies, statuses, and what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.echo import Echo
from netloom.relaying import desk
from netloom.relaying.desk import VERSION, Refused, spoken, understood
from netloom.serving import Serving
from tests.relaying.test_control import Client, with_client
from tests.relaying.test_relays import TARGET, passes
from tests.relaying.worlds import parsed
from tests.worlds import elapsed

if TYPE_CHECKING:
    from netloom.links.memory import MemoryNetwork
    from netloom.relaying.relays import Relays

ONE = {"name": "one", "listen": "127.0.0.1:41", "upstream": "127.0.0.1:7"}
SHOWN = {**ONE, "enabled": True, "toxics": []}


def test_a_proxys_life() -> None:
    async def work(client: Client, relays: Relays, network: MemoryNetwork) -> None:
        async with Serving([TARGET], [Echo()], network=network):
            assert await client.ask("POST", "/proxies", ONE) == (201, SHOWN)
            assert await passes(network, 41)
            assert await client.ask("GET", "/proxies/one") == (200, SHOWN)
            assert await client.ask("GET", "/proxies") == (200, {"one": SHOWN})
            for method in ("POST", "PATCH"):
                assert await client.ask(method, "/proxies/one", {"enabled": False}) == (
                    200,
                    {**SHOWN, "enabled": False},
                )
                assert ("127.0.0.1", 41) not in network.listeners
                assert await client.ask(method, "/proxies/one", {"enabled": True}) == (200, SHOWN)
            moved = {**SHOWN, "listen": "127.0.0.1:42"}
            assert await client.ask("POST", "/proxies/one", {"listen": "127.0.0.1:42"}) == (200, moved)
            assert await passes(network, 42)
            assert await client.ask("DELETE", "/proxies/one") == (204, None)
            assert (await client.ask("GET", "/proxies"), len(relays)) == ((200, {}), 0)

    with_client(work)


def test_one_that_rests_from_the_first_on() -> None:
    async def work(client: Client, _relays: Relays, network: MemoryNetwork) -> None:
        _, answer = await client.ask("POST", "/proxies", {**ONE, "enabled": False})
        assert answer == {**SHOWN, "enabled": False}
        assert not network.listeners

    with_client(work)


def test_the_kernels_port_is_told_and_kept() -> None:
    async def work(client: Client, relays: Relays, _network: MemoryNetwork) -> None:
        wanted = {"name": "one", "upstream": "127.0.0.1:7", "listen": "127.0.0.1:0"}
        _, answer = await client.ask("POST", "/proxies", wanted)
        place = answer["listen"]
        assert place == f"127.0.0.1:{relays['one'].listen.port}" != "127.0.0.1:0"
        _, again = await client.ask("POST", "/proxies/one", {**wanted, "enabled": True})
        assert again["listen"] == place

    with_client(work)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/proxies", {"upstream": "h:1"}, 400, "missing required field: name"),
        ("POST", "/proxies", {"name": "x"}, 400, "missing required field: upstream"),
        ("POST", "/proxies", ONE, 409, "proxy already exists"),
        ("POST", "/proxies", {"name": "a/b", "upstream": "h:1"}, 400, "a slash"),
        ("POST", "/proxies", {**ONE, "name": "two"}, 500, "127.0.0.1:41 is in use already"),
        ("POST", "/proxies", {"name": "x", "upstream": "udp://h:1"}, 500, "can't go on"),
        ("POST", "/proxies", {"name": "x", "upstream": "unix:///run/docker.sock"}, 400, "HOST:PORT"),
        ("POST", "/proxies", {"name": "x", "upstream": "h:1#cert=/etc/shadow"}, 400, "HOST:PORT"),
        ("POST", "/proxies", {"name": "x", "upstream": "h:99999"}, 400, "bad request body"),
        ("GET", "/proxies/two", None, 404, "proxy not found"),
        ("PATCH", "/proxies/two", {}, 404, "proxy not found"),
        ("DELETE", "/proxies/two", None, 404, "proxy not found"),
        ("GET", "/proxies/two/toxics", None, 404, "proxy not found"),
        ("GET", "/proxies/one/toxics/x", None, 404, "toxic not found"),
        ("PATCH", "/proxies/one/toxics/x", {}, 404, "toxic not found"),
        ("DELETE", "/proxies/one/toxics/x", None, 404, "toxic not found"),
        ("POST", "/proxies/one/toxics", {"type": "poison"}, 400, "invalid toxic type"),
        ("POST", "/proxies/one/toxics", {"type": "latency", "stream": "x"}, 400, "upstream or downstream"),
        ("POST", "/proxies/one/toxics", {"type": "latency", "toxicity": 2}, 400, "bad request body"),
        ("POST", "/proxies/one/toxics", {"type": "fault", "attributes": {"text": "duplicate"}}, 400, "datagrams"),
    ],
)
def test_what_is_refused(method: str, path: str, body: Any, status: int, words: str) -> None:
    async def work(client: Client, relays: Relays, _network: MemoryNetwork) -> None:
        await client.ask("POST", "/proxies", ONE)
        found, answer = await client.ask(method, path, body)
        assert (found, answer["status"]) == (status, status)
        assert words in answer["error"]
        assert (await client.ask("GET", "/proxies"))[1] == {"one": SHOWN}, "and nothing has changed"

    with_client(work)


def test_a_toxics_life() -> None:
    async def work(client: Client, relays: Relays, network: MemoryNetwork) -> None:
        async with Serving([TARGET], [Echo()], network=network):
            await client.ask("POST", "/proxies", ONE)
            late = {"type": "latency", "attributes": {"latency": 3000}}
            told = {
                "name": "latency_downstream",
                "type": "latency",
                "stream": "downstream",
                "toxicity": 1.0,
                "attributes": {"latency": 3000, "jitter": 0},
            }
            assert await client.ask("POST", "/proxies/one/toxics", late) == (200, told)
            assert (await client.ask("POST", "/proxies/one/toxics", late))[0] == 409
            assert await client.ask("GET", "/proxies/one/toxics") == (200, [told])
            assert (await client.ask("GET", "/proxies/one"))[1]["toxics"] == [told]
            before = elapsed()
            assert await passes(network, 41)
            assert elapsed() - before >= 3
            place = "/proxies/one/toxics/latency_downstream"
            for method, latency in (("POST", 2000), ("PATCH", 1000)):
                told["attributes"] = {"latency": latency, "jitter": 0}
                assert await client.ask(method, place, {"attributes": {"latency": latency}}) == (200, told)
                assert await client.ask("GET", place) == (200, told)
                before = elapsed()
                assert await passes(network, 41)
                assert elapsed() - before == pytest.approx(latency / 1000)
            assert (await client.ask("PATCH", place, {"toxicity": 0.0}))[1]["toxicity"] == 0.0
            before = elapsed()
            assert await passes(network, 41)
            assert elapsed() == before
            assert await client.ask("DELETE", place) == (204, None)
            assert len(relays["one"].faults) == 0

    with_client(work)


def test_a_change_that_is_wrong_changes_nothing() -> None:
    async def work(client: Client, relays: Relays, _network: MemoryNetwork) -> None:
        await client.ask("POST", "/proxies", ONE)
        place = "/proxies/one/toxics/fault_downstream"
        _, told = await client.ask("POST", "/proxies/one/toxics", {"type": "fault", "attributes": {"text": "stall"}})
        for wrong in ({"text": "nothing"}, {"text": "duplicate"}, {"text": 1}):
            assert (await client.ask("PATCH", place, {"attributes": wrong}))[0] == 400
            assert await client.ask("GET", place) == (200, told)
            assert [placed.name for placed in relays["one"].faults] == ["fault_downstream"]

    with_client(work)


def test_faults_that_were_placed_otherwise() -> None:
    async def work(client: Client, relays: Relays, _network: MemoryNetwork) -> None:
        await client.ask("POST", "/proxies", ONE)
        relays["one"].faults.add("corrupt:0.5:to=server", "mine")
        told = {
            "name": "mine",
            "type": "fault",
            "stream": "upstream",
            "toxicity": 1.0,
            "attributes": {"text": "corrupt:to=server:share=0.5"},
        }
        assert await client.ask("GET", "/proxies/one/toxics/mine") == (200, told)
        assert await client.ask("DELETE", "/proxies/one/toxics/mine") == (204, None)

    with_client(work)


def test_toxics_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "TOXICS", 2)

    async def work(client: Client, relays: Relays, _network: MemoryNetwork) -> None:
        await client.ask("POST", "/proxies", ONE)
        for number, status in enumerate((200, 200, 400)):
            toxic = {"type": "timeout", "name": str(number)}
            assert (await client.ask("POST", "/proxies/one/toxics", toxic))[0] == status
        await client.ask("DELETE", "/proxies/one")
        assert not client.control._desk._said

    with_client(work)


def test_reset() -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        await client.ask("POST", "/proxies", {**ONE, "enabled": False})
        await client.ask("POST", "/proxies/one/toxics", {"type": "timeout"})
        assert await client.ask("POST", "/reset") == (204, None)
        assert await client.ask("GET", "/proxies/one") == (200, SHOWN)

    with_client(work)


def test_populate_creates_replaces_and_leaves_alone() -> None:
    async def work(client: Client, relays: Relays, _network: MemoryNetwork) -> None:
        two = {"name": "two", "listen": "127.0.0.1:42", "upstream": "127.0.0.1:7"}
        shown = {**two, "enabled": True, "toxics": []}
        assert await client.ask("POST", "/populate", [ONE, two]) == (201, {"proxies": [SHOWN, shown]})
        await client.ask("POST", "/proxies/one/toxics", {"type": "timeout"})
        before = relays["one"], relays["two"]
        other = {**two, "upstream": "127.0.0.1:9"}
        _, answer = await client.ask("POST", "/populate", [ONE, other])
        assert relays["one"] is before[0]
        assert relays["two"] is not before[1]
        assert [len(each["toxics"]) for each in answer["proxies"]] == [1, 0]
        assert answer["proxies"][1]["upstream"] == "127.0.0.1:9"

    with_client(work)


def test_populate_tells_what_went_well_before_it_failed() -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        wanted = [ONE, {"name": "two"}, {**ONE, "name": "three"}]
        told = {"error": "missing required field: upstream", "status": 400, "proxies": [SHOWN]}
        assert await client.ask("POST", "/populate", wanted) == (400, told)

    with_client(work)


def test_version_and_metrics() -> None:
    async def work(client: Client, _relays: Relays, _network: MemoryNetwork) -> None:
        assert await client.ask("GET", "/version") == (200, {"version": VERSION})
        await client.ask("POST", "/proxies", ONE)
        status, text = await client.ask("GET", "/metrics")
        assert status == 200
        assert 'proxy="one",upstream="127.0.0.1:7"} 0' in text

    with_client(work)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("localhost:80", "tcp://localhost:80"),
        ("[::]:80", "tcp://[::]:80"),
        (":80", "tcp://:80"),
        ("udp://10.0.0.1:53", "udp://10.0.0.1:53"),
        ("https://example.org:443", "https://example.org:443"),
    ],
)
def test_places(text: str, endpoint: str) -> None:
    assert understood(text) == parsed(endpoint)
    assert understood(spoken(parsed(endpoint))) == parsed(endpoint)


@pytest.mark.parametrize(
    "text", ["unix:///run/s", "tcp://h:1#bind=10.0.0.1", "ann:pw@h:1", "https://h/path", "h:x", "h", ""]
)
def test_what_no_place_is(text: str) -> None:
    with pytest.raises(Refused) as caught:
        understood(text)
    assert caught.value.status == 400
