"""Serving: datagrams, connections, notifications, and peers that say anything at all."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Registers
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, Status
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.message import V2C, Message, unframed
from tests.fuzzing import mutate
from tests.protocols.snmp.lab import ACCOUNTS, NAME, WHERE, asking, served
from tests.worlds import record, records

if TYPE_CHECKING:
    from netloom.records import AccessRecord

TCP = f"snmp+tcp://{WHERE}"
GET = message.emit(Message(V2C, b"public", asking(pdus.GET, NAME)))


async def datagrams(network: MemoryNetwork) -> Datagrams:
    made = Datagrams(asyncio.get_running_loop())
    made.peer = WHERE
    await network.datagrams((socket.AF_INET, ("127.0.0.1", 161)), None, lambda: made, LinkOptions())
    return made


async def connected(network: MemoryNetwork) -> Stream:
    made = Stream(asyncio.get_running_loop())
    await network.connect((socket.AF_INET, ("127.0.0.1", 161)), lambda: made, LinkOptions())
    return made


@pytest.mark.parametrize("scheme", ["snmp", "snmp+tcp"])
@pytest.mark.parametrize("user", ["", "ann:wonderland@"])
def test_both_ways(scheme: str, user: str) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        seen: list[AccessRecord] = []
        async with served(network, url=f"{scheme}://{WHERE}", seen=seen):
            found = await record(network, "get", f"{scheme}://{user}{WHERE}/sysName.0")
            assert (found.status, found.value) == (Status.SUCCESS, "greenhouse-1")
            listed: list[Any] = await records(network, "list", f"{scheme}://{user}{WHERE}/ifDescr")
            assert [each.entry.value for each in listed[:-1]] == ["lo", "eth0"]
        assert seen[0].verb == "GET"
        assert seen[0].target == "sysName.0"
        assert seen[0].peer.startswith("127.0.0.1:")
        assert seen[0].user == user.partition(":")[0]
        assert seen[0].size > 40

    run(main())


class TestConnections:
    def test_requests_in_pieces_and_at_once(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network, url=TCP):
                link = await connected(network)
                for octet in GET:
                    await link.write(bytes((octet,)))
                first = await link.parse(unframed)
                await link.write(GET * 3)
                assert [await link.parse(unframed) for _ in range(3)] == [first] * 3
                link.abort()

        run(main())

    @pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\n\r\n", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80\0\0"])
    def test_what_is_no_snmp_ends_them(self, junk: bytes) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network, url=TCP):
                bad, good = await connected(network), await connected(network)
                await bad.write(junk)
                assert await bad.read() == b""
                await good.write(GET)
                assert await good.parse(unframed)
                good.abort()

        run(main())

    def test_a_message_that_trickles_has_its_time(self) -> None:
        async def main() -> float:
            network = MemoryNetwork()
            async with served(network, url=f"{TCP}#idle=2"):
                link = await connected(network)
                began = asyncio.get_running_loop().time()
                for octet in GET[:-1]:
                    await link.write(bytes((octet,)))
                    await asyncio.sleep(0.9)
                    if link.at_eof:
                        break
                return asyncio.get_running_loop().time() - began

        assert run(main()) < 4

    def test_a_silent_one_is_ended(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network, url=f"{TCP}#idle=5"):
                link = await connected(network)
                with contextlib.suppress(NetloomError):
                    assert await link.read() == b""
                assert 5 <= asyncio.get_running_loop().time() < 6

        run(main())


def test_anything_at_all_does_no_harm() -> None:
    """Ten thousand datagrams of a seeded generator; the server answers the next request as if nothing had been."""

    async def main() -> None:
        network, generator = MemoryNetwork(), random.Random(7)
        contents: tuple[Any, ...]
        for contents in ((Registers(),), (Bus(),)):
            async with served(network, *contents):
                link = await datagrams(network)
                for _ in range(5000):
                    link.transport.sendto(mutate(generator, [GET]) or b"\0")
                    await asyncio.sleep(0)
                await asyncio.sleep(1)
                link._queue.clear()
                link.transport.sendto(GET)
                await asyncio.sleep(0.1)
                assert bool(link._queue) is isinstance(contents[0], Registers)
                await link.close()

    run(main())


class TestNotifications:
    @pytest.mark.parametrize("scheme", ["snmptrap", "snmp+tcp"])
    @pytest.mark.parametrize(
        ("user", "options"),
        [("", ""), ("", "#version=1"), ("", "#inform"), ("ann:wonderland@", ""), ("ann:wonderland@", "#inform")],
    )
    def test_are_heard(self, scheme: str, user: str, options: str) -> None:
        async def main() -> None:
            network, bus = MemoryNetwork(), Bus()
            async with bus.subscribe("#") as heard, served(network, bus, url=f"{scheme}://{WHERE}"):
                target = f"{scheme}://{user}{WHERE}/linkDown{options}"
                sent = await record(network, "send", target, "ifIndex.2 i 2")
                assert sent.status is Status.SUCCESS, sent
                assert sent.meta["confirmed"] is ("inform" in options)
                found = await anext(heard)
                assert (found.topic, found.payload) == ("linkDown", b"ifIndex.2 = Integer32: 2")

        run(main())

    def test_communities_count_where_one_is_asked_for(self) -> None:
        async def main() -> None:
            network, bus = MemoryNetwork(), Bus()
            async with bus.subscribe("#") as heard, served(network, bus, url=f"snmptrap://{WHERE}#community=ours"):
                for user in ("theirs", "ours"):
                    await record(network, "send", f"snmptrap://{user}@{WHERE}", user)
                assert (await anext(heard)).payload == b"ours"

        run(main())

    def test_a_wrong_password_isnt_heard(self) -> None:
        async def main() -> None:
            network, bus = MemoryNetwork(), Bus()
            async with bus.subscribe("#") as heard, served(network, bus):
                sent = await record(network, "send", f"snmp://ann:looking-glass@{WHERE}/coldStart#inform", "")
                assert sent.status is Status.UNAUTHENTICATED
                await record(network, "send", f"snmp://ann:looking-glass@{WHERE}/coldStart", "")
                await record(network, "send", f"snmp://ann@{WHERE}/coldStart#version=3,auth=none", "")
                assert not heard._queue

        run(main())

    def test_an_agent_hears_nothing(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with served(network):
                sent = await record(network, "send", f"snmp://{WHERE}/coldStart#inform,retries=0", "")
                assert sent.status is Status.TIMEOUT

        run(main())


def test_two_schemes_serve_one_device() -> None:
    async def main() -> None:
        network, registers = MemoryNetwork(), Registers()
        endpoints = [Endpoint.parse(f"snmp://{WHERE}"), Endpoint.parse(TCP)]
        async with Serving(endpoints, [registers], network=network):
            engines = set()
            for endpoint in endpoints:
                found = await record(network, "probe", f"{endpoint}#version=3")
                engines.add(found.facts["engine_id"])
            assert len(engines) == 1

    run(main())


def test_it_stops_with_nothing_left() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with served(network, url=TCP):
            link = await connected(network)
            await link.write(GET)
            await link.parse(unframed)
        with pytest.raises(NetloomError):
            await link.read_exactly(1)
        await asyncio.sleep(0)
        assert not asyncio.all_tasks() - {asyncio.current_task()}
        assert ACCOUNTS

    run(main())
