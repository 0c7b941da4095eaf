"""A manager's dialogue, over a network in memory."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from typing import Any

import pytest

from netloom.contents.registers import Registers
from netloom.errors import DeadlineExceeded, PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.snmp.answers import raise_for, same_objects
from netloom.protocols.snmp.engine import engine_of
from netloom.protocols.snmp.options import Options
from netloom.protocols.snmp.session import number
from netloom.wire.snmp import message
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.pdu import NO_SUCH_NAME, TOO_BIG
from netloom.wire.snmp.values import INTEGER, Varbind
from tests.fuzzing import mutate
from tests.protocols.snmp.lab import DESCRIPTION, LOCATION, NAME, Desk, answered, liar, manager, served
from tests.worlds import cancel_everywhere


def test_numbers_are_anybodys_guess() -> None:
    found = {number() for _ in range(100)}
    assert len(found) == 100
    assert all(0 <= each < 2**31 for each in found)


@pytest.mark.parametrize("options", [{"version": "1"}, {}, {"version": "3"}])
def test_every_version(options: dict[str, str]) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        user = "ann:wonderland@" if options.get("version") == "3" else ""
        async with served(network), manager(network, user=user, **options) as client:
            for _ in range(3):
                response = await client.session.get((NAME, LOCATION))
                assert [bind.value for bind in response.varbinds] == [b"greenhouse-1", b"row 3"]

    run(main())


def test_discovery_happens_once() -> None:
    async def main() -> None:
        network, registers = MemoryNetwork(), Registers()
        async with served(network, registers), manager(network, user="ann:wonderland@") as client:
            for _ in range(3):
                await client.session.get((NAME,))
            counts = engine_of(registers, Options()).counts
            assert (counts.in_pkts, counts.unknown_engine_ids, counts.out_get_responses) == (4, 1, 3)

    run(main())


def test_less_at_once_where_it_was_too_much() -> None:
    def small(data: bytes, count: int) -> list[bytes]:
        asked = message.parse(data).pdu
        assert isinstance(asked, pdus.Pdu)
        if len(asked.varbinds) > 2:
            return [answered(data, status=TOO_BIG)]
        if asked.varbinds[-1].oid == (1, 3, 99):
            return [answered(data, *asked.varbinds, status=NO_SUCH_NAME, index=len(asked.varbinds))]
        return [answered(data, *(Varbind(bind.oid, INTEGER, bind.oid[-1]) for bind in asked.varbinds))]

    async def main() -> None:
        network = MemoryNetwork()
        await liar(network, small)
        async with manager(network) as client:
            oids = [(1, 3, n) for n in range(7)]
            response = await client.session.get(oids)
            assert [(bind.oid, bind.value) for bind in response.varbinds] == [((1, 3, n), n) for n in range(7)]
            refused = await client.session.get([*oids[:4], (1, 3, 99)])
            assert (refused.status, refused.index) == (NO_SUCH_NAME, 5)
            single = await client.session.ask(pdus.GET, [Varbind(oid) for oid in oids])
            assert single.status == TOO_BIG

    run(main())


def test_an_agent_that_starts_anew_is_met_anew() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with manager(network, user="ann:wonderland@") as client:
            async with served(network, Registers()):
                await client.session.get((NAME,))
                first = client.session.secured.engine_id if client.session.secured else b""
            async with served(network, Registers()):
                response = await client.session.get((DESCRIPTION,))
                assert response.varbinds[0].value == b"netloom: a simulated controller"
                assert client.session.secured is not None
                assert client.session.secured.engine_id != first

    run(main())


def test_a_clock_that_was_wrong_is_set_right() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with served(network), manager(network, user="ann:wonderland@") as client:
            secured = await client.session.discover()
            secured.clock.boots, secured.clock.time = 77, 99_999
            response = await client.session.get((NAME,))
            assert response.varbinds[0].value == b"greenhouse-1"
            assert secured.clock.boots == 1

    run(main())


def test_who_isnt_known() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with served(network):
            for user in ("eve:wonderland@", "ann:wrong-password@"):
                async with manager(network, user=user) as client:
                    with pytest.raises(Unauthenticated):
                        await client.session.get((NAME,))

    run(main())


def test_what_cant_be_said_isnt_sent() -> None:
    async def main() -> None:
        async with manager(MemoryNetwork()) as client:
            with pytest.raises(UsageError):
                await client.session.ask(pdus.SET, [Varbind(NAME, INTEGER, 2**31)])
            with pytest.raises(UsageError, match="engines"):
                await client.session.discover()

    run(main())


@pytest.mark.parametrize("user", ["", "ann:wonderland@"])
@pytest.mark.parametrize("stage", [1, 2])
def test_whatever_an_agent_says(user: str, stage: int) -> None:
    """An honest agent's answers, of which one is bent: it is refused, or it is waited for another one."""

    async def main() -> Counter[str]:
        network, generator, ends = MemoryNetwork(), random.Random(stage), Counter[str]()
        desk, bent = Desk(), 0

        def say(data: bytes, count: int) -> list[bytes]:
            nonlocal bent
            answer = desk.take(data)
            assert answer is not None
            bent += 1
            return [(mutate(generator, [answer]) or b"\0") if bent == stage else answer]

        await liar(network, say)
        for _ in range(600):
            bent = 0
            desk.context.accounts.throttle.succeeded("127.0.0.1")
            async with manager(network, user=user, retries=0, patience=0.1) as client:
                try:
                    for _ in range(stage):
                        response = await client.session.get((NAME,))
                        raise_for(response, (NAME,), client.shown)
                        same_objects(response, (NAME,))
                    ends["well"] += 1
                except (DeadlineExceeded, RemoteProtocolError, PeerRefused) as error:
                    ends[type(error).__name__] += 1
        return ends

    ends = run(main())
    assert ends["RemoteProtocolError"] > 50
    assert sum(ends.values()) == 600


@pytest.mark.parametrize("options", [{}, {"version": "3"}])
def test_cancelled_anywhere_it_leaves_nothing(options: dict[str, str]) -> None:
    user = "ann:wonderland@" if options else ""

    async def world() -> Any:
        network, stack = MemoryNetwork(), contextlib.AsyncExitStack()
        await stack.enter_async_context(served(network))

        async def work() -> None:
            async with manager(network, user=user, **options) as client:
                await client.session.get((NAME,))
                await client.session.get((LOCATION,))

        async def check() -> None:
            await stack.aclose()
            assert not network.sockets

        return work(), check

    assert cancel_everywhere(world) > 4
