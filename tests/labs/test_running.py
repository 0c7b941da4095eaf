"""What runs of a lab: contents that are shared, targets by name, faults that change."""

from __future__ import annotations

from typing import Any

import netloom
from netloom.endpoint import Endpoint
from netloom.labs.running import Contents, Maker, Running
from netloom.labs.town import Account, Relay, Server, Town
from netloom.links.system import SystemNetwork

SHARED = Server(endpoints=["mqtt://127.0.0.1:0"], content="air")
TOWN = Town(
    accounts={"ann": Account(password="spring"), "eve": Account(password="x", rights="read")},
    contents={"air": "bus"},
    servers={"one": SHARED, "two": Server(endpoints=["ws://127.0.0.1:0", "sse://127.0.0.1:0"], content="air")},
)


def maker(heard: list[Any], town: Town = TOWN) -> Maker:
    return Maker(town, Contents(), SystemNetwork(), heard.append, None)


def test_a_content_with_a_name_is_one() -> None:
    contents = Contents()
    (one,), (two,) = (contents.of(server, TOWN) for server in TOWN.servers.values())
    assert one is two
    own = Server(endpoints=["mqtt://127.0.0.1:0"], content="bus")
    assert contents.of(own, TOWN)[0] is not contents.of(own, TOWN)[0]
    assert contents.of(Server(endpoints=["mqtt://127.0.0.1:0"]), TOWN) == []


async def test_accounts_are_those_that_were_named() -> None:
    running = Running("one", Server(endpoints=["http://127.0.0.1:0"], accounts=["eve"]))
    (record,) = await running.start(maker([]).make)
    assert record.accounts == ["eve"]
    await running.stop()
    await running.stop()


async def test_a_relay_goes_on_to_the_endpoint_that_fits() -> None:
    heard: list[Any] = []
    made = maker(heard)
    made.places["two"] = [Endpoint.parse("ws://127.0.0.1:1"), Endpoint.parse("sse://127.0.0.1:2")]
    for listen, port in (("sse://127.0.0.1:0", 2), ("ws://127.0.0.1:0", 1), ("tcp://127.0.0.1:0", 1)):
        relay = made.make(Running("r", Relay(listen=listen, target="two")))
        assert relay.describe().endswith(f"://127.0.0.1:{port}")  # type: ignore[union-attr]  # a relay


async def test_faults_change_while_connections_stand() -> None:
    running = Running("echo", Server(endpoints=["tcp://127.0.0.1:0"]))
    await running.start(maker([]).make)
    try:
        async with netloom.connect(str(running.serving.endpoint)) as stream:
            await stream.write(b"one")
            assert await stream.read() == b"one"
            broken = Server(endpoints=["tcp://127.0.0.1:0"], faults=["corrupt:1"])
            await running.change_faults(broken)
            await stream.write(b"two")
            assert await stream.read_exactly(3) != b"two"
            assert running.described is broken
            await running.change_faults(Server(endpoints=["tcp://127.0.0.1:0"]))
            await stream.write(b"three")
            assert await stream.read() == b"three"
    finally:
        await running.stop()
