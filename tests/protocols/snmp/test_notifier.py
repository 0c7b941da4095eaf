"""What an agent tells by itself, in memory."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Register, Registers
from netloom.endpoint import Endpoint
from netloom.errors import DeadlineExceeded, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.snmp.engine import Engine, engine_of
from netloom.protocols.snmp.notifier import WAITING, Notifier, receiver
from netloom.protocols.snmp.options import Options
from netloom.serving import Serving
from tests.protocols.snmp.lab import LIMIT, WHERE, manager, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.contents.bus import Subscription

RECEIVER = "127.0.0.1:162"
ALARM = (1, 3, 6, 1, 4, 1, 8072, 9999, 0, 1)


def device() -> Registers:
    return Registers(
        [
            (Register(name="limit", kind="int", oid=LIMIT, writable=True, notify=ALARM), 80),
            (Register(name="other", kind="int", oid=(*LIMIT[:-2], 9, 0), writable=True), 1),
        ]
    )


@contextlib.asynccontextmanager
async def receiving(
    network: MemoryNetwork, url: str = f"snmptrap://ann:wonderland@{RECEIVER}"
) -> AsyncIterator[Subscription]:
    bus = Bus()
    async with bus.subscribe("#") as heard, Serving([Endpoint.parse(url)], [bus], network=network):
        yield heard


def notifying(target: str, more: str = "") -> str:
    return f"snmp://{WHERE}#notify={target.replace('@', '%40').replace(',', '%2C').replace('#', '%23')}{more}"


@pytest.mark.parametrize(
    ("target", "version"),
    [
        (f"snmptrap://{RECEIVER}", "2c"),
        (f"snmptrap://{RECEIVER}#version=1", "1"),
        (f"snmptrap://{RECEIVER}#inform", "2c"),
        (f"snmptrap://ann:wonderland@{RECEIVER}", "3"),
        (f"snmptrap://ann:wonderland@{RECEIVER}#inform", "3"),
    ],
)
def test_starts_changes_and_wrong_communities(target: str, version: str) -> None:
    async def main() -> None:
        network, registers = MemoryNetwork(), device()
        async with receiving(network) as heard, served(network, registers, url=notifying(target)):
            started = await anext(heard)
            assert (started.topic, started.properties["version"]) == ("coldStart", version)
            assert "inform" in target or started.properties["kind"] == "trap"
            registers.write({"other": 2})
            registers.write({"limit": 90})
            changed = await anext(heard)
            assert changed.topic == "1.3.6.1.4.1.8072.9999.0.1"
            assert changed.payload == b"1.3.6.1.4.1.8072.9999.1.4.0 = Integer32: 90"
            async with manager(network, community=None, user="wrong@", retries=0) as stranger:
                with pytest.raises(DeadlineExceeded):
                    await stranger.get("/sysName.0")
            assert (await anext(heard)).topic == "authenticationFailure"
            assert engine_of(registers, Options()).counts.out_traps >= 2

    run(main())


def test_several_are_told() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        second = "127.0.0.1:1162"
        url = notifying(f"snmptrap://{RECEIVER}") + f",notify=snmptrap://{second}"
        async with (
            receiving(network) as one,
            receiving(network, f"snmptrap://{second}") as two,
            served(network, device(), url=url),
        ):
            assert [(await anext(heard)).topic for heard in (one, two)] == ["coldStart"] * 2

    run(main())


def test_who_wont_confirm_holds_up_nothing_for_ever() -> None:
    async def main() -> None:
        network, registers = MemoryNetwork(), device()
        url = notifying("snmptrap://127.0.0.1:9#inform,retries=0") + f",notify=snmptrap://{RECEIVER}"
        async with receiving(network) as heard, served(network, registers, url=url):
            assert (await anext(heard)).topic == "coldStart"
            registers.write({"limit": 90})
            assert (await anext(heard)).topic == "1.3.6.1.4.1.8072.9999.0.1"

    run(main())


def test_a_device_that_is_served_twice_tells_once() -> None:
    async def main() -> None:
        network, registers = MemoryNetwork(), device()
        both = [Endpoint.parse(notifying(f"snmptrap://{RECEIVER}").replace(":161", f":{port}")) for port in (161, 1161)]
        async with receiving(network) as heard, Serving(both, [registers], network=network):
            await asyncio.sleep(1)
            registers.write({"limit": 91})
            await asyncio.sleep(5)
            assert [message.topic for message, _ in heard._queue] == ["coldStart", "1.3.6.1.4.1.8072.9999.0.1"]

    run(main())


async def test_what_waits_is_bounded() -> None:
    notifier = Notifier(device(), Engine(""), (f"snmptrap://{RECEIVER}",), MemoryNetwork())
    for _ in range(WAITING + 10):
        notifier.wrong_community()
    assert notifier._waiting.qsize() == WAITING


async def test_wrong_communities_are_told_where_that_is_wanted() -> None:
    engine = Engine("")
    notifier = Notifier(device(), engine, (f"snmptrap://{RECEIVER}",), MemoryNetwork())
    engine.tells_wrong_communities = False
    notifier.wrong_community()
    assert notifier._waiting.empty()


def test_how_receivers_are_named() -> None:
    endpoint, link, options = receiver("snmptrap://ann:wonderland@h#inform,auth=sha,ttl=3,mibs=a,mibs=b")
    assert (endpoint.host, endpoint.port, endpoint.user) == ("h", 162, "ann")
    assert (link.ttl, options.inform, options.auth, options.mibs) == (3, True, "sha", ("a", "b"))
    assert receiver("snmp+tcp://h#inform=off")[2].inform is False
    assert receiver("snmptrap://h#priv_password=words")[2].priv_password is not None
    with pytest.raises(UsageError):
        receiver("http://h")


def test_nothing_is_left_behind() -> None:
    async def main() -> set[Any]:
        network = MemoryNetwork()
        async with served(network, device(), url=notifying("snmptrap://127.0.0.1:9#inform")):
            await asyncio.sleep(0.5)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert run(main()) == set()
