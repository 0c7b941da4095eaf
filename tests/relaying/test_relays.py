"""Relays by name: they come, change, rest and go, and each keeps what is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.contents.echo import Echo
from netloom.errors import ConnectError, ConnectionLost, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.relaying import relays as module
from netloom.relaying.relay import Relay
from netloom.relaying.relays import Relays
from netloom.serving import Serving
from tests.relaying.worlds import dialled, parsed
from tests.worlds import elapsed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.faults.plan import Faults
    from netloom.relaying.relays import Make

HERE = parsed("tcp://127.0.0.1:0")
TARGET = parsed("tcp://127.0.0.1:7")


def maker(network: MemoryNetwork) -> Make:
    def make(listen: object, target: object, faults: Faults) -> Relay:
        return Relay(listen, target, network=network, faults=faults)  # type: ignore[arg-type]  # what it was given

    return make


def with_relays(work: Callable[[Relays, MemoryNetwork], Awaitable[None]]) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([TARGET], [Echo()], network=network):
            async with Relays(maker(network)) as relays:
                await work(relays, network)
            assert len(relays) == 0
            assert list(network.listeners) == [("127.0.0.1", 7)], "none of them listens any more"

    run(main())


async def passes(network: MemoryNetwork, port: int | None) -> bool:
    link = await dialled(network, port or 0)
    await link.write(b"x")
    heard = await link.read()
    await link.close()
    return heard == b"x"


def test_they_come_and_go() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        one = await relays.add("one", HERE, TARGET)
        other = await relays.add("other", HERE, TARGET)
        assert ([each.name for each in relays], len(relays), "one" in relays) == (["one", "other"], 2, True)
        assert one.listen.port != other.listen.port
        assert relays["one"] is one
        assert await passes(network, one.listen.port)
        assert one.records[0].endpoint == str(one.listen)
        await relays.remove("one")
        with pytest.raises(ConnectError):
            await dialled(network, one.listen.port or 0)
        assert await passes(network, other.listen.port)
        with pytest.raises(UsageError, match="there is no relay 'one'") as caught:
            await relays.remove("one")
        assert caught.value.hint == "there are other"

    with_relays(work)


def test_a_name_is_anothers_once() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        await relays.add("one", HERE, TARGET)
        with pytest.raises(UsageError, match="already"):
            await relays.add("one", HERE, TARGET)

    with_relays(work)


def test_one_that_cannot_be_isnt_there() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        for enabled in (True, False):
            with pytest.raises(UsageError):
                await relays.add("one", HERE, parsed("udp://127.0.0.1:7"), enabled=enabled)
        with pytest.raises(UsageError, match="in use"):
            await relays.add("one", TARGET, TARGET)
        assert len(relays) == 0

    with_relays(work)


def test_they_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 1)

    async def work(relays: Relays, network: MemoryNetwork) -> None:
        await relays.add("one", HERE, TARGET)
        with pytest.raises(UsageError, match="1 relays already"):
            await relays.add("two", HERE, TARGET)

    with_relays(work)


def test_at_rest_it_keeps_its_port_and_its_faults() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        one = await relays.add("one", HERE, TARGET)
        one.faults.add("latency:5s")
        port = one.listen.port
        link = await dialled(network, port or 0)
        await one.disable()
        assert (one.enabled, one.records) == (False, [])
        with pytest.raises(ConnectionLost):
            await link.read_exactly(1)
        with pytest.raises(ConnectError):
            await dialled(network, port or 0)
        await one.enable()
        await one.enable()
        assert one.listen.port == port
        before = elapsed()
        assert await passes(network, port)
        assert elapsed() - before >= 5

    with_relays(work)


def test_faults_act_on_what_stands() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        one = await relays.add("one", parsed("tcp://127.0.0.1:0#fault=latency:2s,fault=limit:9"), TARGET)
        assert [placed.name for placed in one.faults] == ["latency", "limit"]
        assert str(one.listen) == f"tcp://127.0.0.1:{one.listen.port}"
        link = await dialled(network, one.listen.port or 0)
        await link.write(b"x")
        assert await link.read() == b"x"
        assert elapsed() == pytest.approx(2)
        one.faults.remove("latency")
        await link.write(b"y")
        assert await link.read() == b"y"
        assert elapsed() == pytest.approx(2)

    with_relays(work)


def test_other_endpoints() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        one = await relays.add("one", HERE, parsed("tcp://127.0.0.1:99"))
        link = await dialled(network, one.listen.port or 0)
        with pytest.raises(ConnectionLost):
            await link.read_exactly(1)
        await one.change(parsed("tcp://127.0.0.1:42"), TARGET)
        assert await passes(network, 42)
        with pytest.raises(UsageError):
            await one.change(TARGET, TARGET)
        assert not one.enabled
        await one.change(HERE, TARGET)
        assert not one.enabled, "one at rest stays there"

    with_relays(work)


def test_a_reset_wakes_and_heals_all() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        one = await relays.add("one", HERE, TARGET)
        two = await relays.add("two", HERE, TARGET)
        one.faults.add("stall")
        await two.disable()
        await relays.reset()
        assert (len(one.faults), two.enabled) == (0, True)
        assert await passes(network, one.listen.port)

    with_relays(work)


def test_sizes_outlast_a_rest() -> None:
    async def work(relays: Relays, network: MemoryNetwork) -> None:
        one = await relays.add("one", HERE, TARGET)
        await passes(network, one.listen.port)
        await one.disable()
        assert one.sizes == (1, 1)
        await one.enable()
        await passes(network, one.listen.port)
        assert one.sizes == (2, 2)

    with_relays(work)


def test_without_changes_nothing_stands_in_the_way() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Relays(maker(network), changes=False) as relays:
            assert not (await relays.add("one", HERE, TARGET)).faults.wanted

    run(main())
