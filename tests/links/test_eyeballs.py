"""Happy Eyeballs v2: which address wins, when the next is tried, and every tried address with its fate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, DeadlineExceeded, NetloomError, Phase, Status
from netloom.links.eyeballs import DELAY, race
from netloom.links.memory import MemoryNetwork
from netloom.links.trace import Trace
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import cancel_everywhere, record

if TYPE_CHECKING:
    from netloom.links.stream import Stream

REFUSED = ConnectError("refused", status=Status.REFUSED)
UNREACHABLE = ConnectError("no route")


class World:
    """Addresses with what becomes of them: (seconds, None or an error)."""

    def __init__(self, **fates: tuple[float, NetloomError | None]) -> None:
        self.fates = fates
        self.begun: list[tuple[str, float]] = []
        self.discarded: list[str] = []
        self.cancelled: list[str] = []
        self.trace = Trace(asyncio.get_running_loop().time)

    async def connect(self, address: str) -> str:
        self.begun.append((address, asyncio.get_running_loop().time()))
        seconds, error = self.fates[address]
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.append(address)
            raise
        if error is not None:
            raise error
        return f"to {address}"

    async def race(self) -> str:
        return await race(
            list(self.fates), self.connect, self.discarded.append, self.trace, lambda a: ("ipv" + a[1], a, 80)
        )

    def told(self) -> dict[str, tuple[Status, float]]:
        return {one.address: (one.fate, round(one.duration, 6)) for one in self.trace.addresses}


def test_one_address() -> None:
    async def main() -> None:
        world = World(v4=(0.1, None))
        assert await world.race() == "to v4"
        assert world.told() == {"v4": (Status.SUCCESS, 0.1)}
        world = World(v4=(0.1, REFUSED))
        with pytest.raises(ConnectError, match="refused"):
            await world.race()
        assert world.told() == {"v4": (Status.REFUSED, 0.1)}

    run(main())


def test_a_silent_first_one_costs_a_quarter_of_a_second() -> None:
    async def main() -> None:
        world = World(v6=(1000, None), v4=(0.1, None))
        assert await world.race() == "to v4"
        assert world.begun == [("v6", 0), ("v4", DELAY)]
        assert world.told() == {"v6": (Status.TIMEOUT, DELAY + 0.1), "v4": (Status.SUCCESS, 0.1)}
        assert world.cancelled == ["v6"]

    run(main())


def test_a_quick_first_one_leaves_the_others_alone() -> None:
    async def main() -> None:
        world = World(v6=(0.2, None), v4=(0.1, None))
        assert await world.race() == "to v6"
        assert world.told() == {"v6": (Status.SUCCESS, 0.2)}

    run(main())


def test_a_failure_brings_the_next_at_once() -> None:
    async def main() -> None:
        world = World(v6=(0.01, REFUSED), v4a=(0.02, UNREACHABLE), v4b=(0.03, None))
        assert await world.race() == "to v4b"
        assert [round(at, 6) for _, at in world.begun] == [0, 0.01, 0.03]
        assert world.told() == {
            "v6": (Status.REFUSED, 0.01),
            "v4a": (Status.UNREACHABLE, 0.02),
            "v4b": (Status.SUCCESS, 0.03),
        }

    run(main())


def test_a_slow_first_one_may_still_win() -> None:
    async def main() -> None:
        world = World(v6=(0.3, None), v4=(10, None))
        assert await world.race() == "to v6"
        assert world.told() == {"v6": (Status.SUCCESS, 0.3), "v4": (Status.TIMEOUT, 0.05)}

    run(main())


def test_two_at_the_same_moment_leave_one() -> None:
    async def main() -> None:
        world = World(v6=(DELAY + 0.1, None), v4=(0.1, None))
        won = await world.race()
        assert world.discarded == [name for name in ("to v6", "to v4") if name != won] or len(world.cancelled) == 1

    run(main())


@pytest.mark.parametrize(
    ("errors", "told"),
    [([REFUSED, UNREACHABLE], "refused"), ([UNREACHABLE, REFUSED], "refused"), ([UNREACHABLE, UNREACHABLE], "route")],
)
def test_where_all_fail_the_most_telling_error_is_told(errors: list[NetloomError], told: str) -> None:
    async def main() -> None:
        world = World(v6=(0.1, errors[0]), v4=(0.1, errors[1]))
        with pytest.raises(ConnectError, match=told):
            await world.race()
        assert len(world.told()) == 2

    run(main())


def test_no_address() -> None:
    async def main() -> None:
        with pytest.raises(ConnectError, match="no address"):
            await World().race()

    run(main())


def test_cancelling_ends_every_attempt() -> None:
    async def main() -> None:
        world = World(v6=(100, None), v4a=(100, None), v4b=(100, None))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * DELAY + 0.01):
                await world.race()
        assert sorted(world.cancelled) == ["v4a", "v4b", "v6"]
        assert {fate for fate, _ in world.told().values()} == {Status.TIMEOUT}
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_cancelled_at_every_turn_no_connection_is_left() -> None:
    for fates in (
        {"v6": (0.3, None), "v4": (0.04, None)},
        {"v6": (0.0, None), "v4": (0.0, None)},
        {"v6": (0.0, REFUSED), "v4": (0.0, None)},
    ):

        async def world(fates: Any = fates) -> Any:
            made = World(**fates)
            got: list[str] = []

            async def work() -> None:
                got.append(await made.race())

            async def check() -> None:
                stood = [one.address for one in made.trace.addresses if one.fate is Status.SUCCESS]
                assert sorted(got + made.discarded) == sorted(f"to {address}" for address in stood)

            return work(), check

        assert cancel_everywhere(world) > 1


class TestThroughTheDialler:
    """The same over the network in memory."""

    def test_every_address_and_its_fate(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.names["both.test"] = ["10.0.0.1", "10.0.0.2", "fd00::1", "127.0.0.1"]
            network.silent.add(("fd00::1", 4242))
            async with Serving([_endpoint("tcp://127.0.0.1:4242")], network=network):
                found = await record(network, "probe", "tcp://both.test:4242")
            assert found.status is Status.SUCCESS
            assert found.address == "127.0.0.1:4242"
            assert {one.address: (one.family, one.fate.value) for one in found.addresses} == {
                "10.0.0.1": ("ipv4", "refused"),
                "fd00::1": ("ipv6", "timeout"),
                "10.0.0.2": ("ipv4", "refused"),
                "127.0.0.1": ("ipv4", "success"),
            }
            assert found.phases["connect"] == pytest.approx(DELAY)

        run(main())

    @pytest.mark.parametrize(("family", "address"), [("4", "127.0.0.1"), ("6", "::1")])
    def test_one_family_only(self, family: str, address: str) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.names["both.test"] = ["::1", "127.0.0.1"]
            async with Serving([_endpoint("tcp://:4242")], network=network):
                found = await record(network, "probe", f"tcp://both.test:4242#family={family}")
                assert [one.address for one in found.addresses] == [address]
            refused = await record(network, "probe", "tcp://127.0.0.1:4242#family=6")
            assert refused.status is Status.RESOLVE_ERROR
            assert "isn't an IPv6 address" in refused.message

        run(main())

    def test_a_deadline_that_passes_after_a_race_is_still_one(self) -> None:
        """A race leaves its task as it found it: not counted as cancelled by anybody."""

        async def silent(link: Stream) -> None:
            await asyncio.Event().wait()

        async def main() -> None:
            network = MemoryNetwork()
            network.names["both.test"] = ["::1", "127.0.0.1"]
            network.silent.add(("::1", 4242))
            async with Serving([_endpoint("tcp://127.0.0.1:4242")], [Handler(silent)], network=network):
                found = await record(network, "probe", "tcp://both.test:4242#banner", deadline=3)
            assert (found.status, found.phase) == (Status.TIMEOUT, Phase.GREETING)
            assert found.duration == pytest.approx(3)

        run(main())

    def test_addresses_that_are_given(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([_endpoint("tcp://127.0.0.1:4242")], network=network):
                found = await record(network, "probe", "tcp://nowhere.test:4242#resolve=10.0.0.1;127.0.0.1")
            assert found.status is Status.SUCCESS
            assert [one.address for one in found.addresses] == ["10.0.0.1", "127.0.0.1"]

        run(main())

    def test_datagrams_take_the_first_family_that_goes_anywhere(self) -> None:
        class NoIPv6(MemoryNetwork):
            async def datagrams(self, remote: Any, *args: Any) -> Any:
                if remote is not None and ":" in remote[1][0]:
                    raise ConnectError("no route to that network")
                return await super().datagrams(remote, *args)

        async def main() -> None:
            network = NoIPv6()
            network.names["both.test"] = ["::1", "127.0.0.1"]
            async with Serving([_endpoint("udp://127.0.0.1:4242")], network=network):
                found = await record(network, "send", "udp://both.test:4242#reply=some", "hello")
            assert found.body == b"hello"
            assert [one.fate for one in found.addresses] == [Status.UNREACHABLE, Status.SUCCESS]

        run(main())


def test_a_deadline_is_no_fate_of_ours() -> None:
    """What ends the race from outside isn't told as an address's own error."""

    async def main() -> None:
        network = MemoryNetwork()
        network.names["both.test"] = ["10.0.0.1", "10.0.0.2"]
        network.silent |= {("10.0.0.1", 80), ("10.0.0.2", 80)}
        found = await record(network, "probe", "tcp://both.test:80", deadline=2)
        assert found.status is DeadlineExceeded.status
        assert [(one.fate, one.duration) for one in found.addresses] == [
            (Status.TIMEOUT, pytest.approx(2)),
            (Status.TIMEOUT, pytest.approx(2 - DELAY)),
        ]

    run(main())


def _endpoint(text: str) -> Endpoint:

    return Endpoint.parse(text)
