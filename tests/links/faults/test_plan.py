"""Faults of a place: their names, their order, and what happens as they come and go."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.links.faults.kinds.certificate import Certificate
from netloom.links.faults.kinds.latency import Latency
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.links.faults.bench import Bench, on_bench
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.links.faults.fault import Fault


class TestNames:
    def test_each_has_one_of_its_own(self) -> None:
        faults = Faults(["latency:1", "latency:2", "stall"])
        assert [placed.name for placed in faults] == ["latency", "latency-2", "stall"]
        assert faults["latency-2"] == Latency(delay=2)
        assert faults.add("latency:3", "slow") == "slow"
        assert len(faults) == 4

    def test_one_that_is_taken(self) -> None:
        faults = Faults(["latency:1"])
        with pytest.raises(UsageError, match="'latency' already"):
            faults.add("stall", "latency")
        assert len(faults) == 1

    @pytest.mark.parametrize(
        ("there", "hint"), [(["stall", "reject"], "there are stall, reject"), ([], "there is none")]
    )
    def test_one_that_is_not_there(self, there: list[str], hint: str) -> None:
        with pytest.raises(UsageError, match="no fault 'x'") as raised:
            Faults(there).remove("x")
        assert raised.value.hint == hint

    def test_a_name_that_was_lifted_is_free_again(self) -> None:
        faults = Faults(["stall"])
        faults.remove("stall")
        assert faults.add("stall") == "stall"


class TestOrder:
    def test_they_act_one_after_the_other(self) -> None:
        async def main() -> None:
            bench = Bench("stall:5", "limit:3")
            bench.say(b"1234567")
            assert (bench.heard(), bench.end) == (b"123", "hung up")
            other = Bench("limit:5", "stall:3")
            other.say(b"1234567")
            assert (other.heard(), other.end) == (b"123", "hung up")

        on_bench(main)

    def test_those_above_act_first(self) -> None:
        async def main() -> None:
            above = Faults(["slice:2:delay=0"])
            bench = Bench(plan=Faults(["latency:1"], above=above))
            bench.say(b"abc")
            await asyncio.sleep(2)
            assert bench.came["client"] == [(1.0, b"ab"), (1.0, b"c")]

        on_bench(main)


class TestWhileItStands:
    def test_one_that_is_placed_above(self) -> None:
        async def main() -> None:
            above = Faults()
            bench = Bench(plan=Faults(above=above, changes=True))
            bench.say(b"1")
            above.add("stall")
            bench.say(b"2")
            assert bench.heard() == b"1"
            above.clear()
            assert bench.heard() == b"12"

        on_bench(main)

    def test_a_connection_that_has_gone_hears_of_nothing(self) -> None:
        async def main() -> None:
            bench = Bench()
            bench.line.end()
            bench.plan.add("half-close")
            assert bench.pieces() == []

        on_bench(main)

    def test_on_a_server(self) -> None:
        async def main() -> None:
            network, faults, place = MemoryNetwork(), Faults(changes=True), "tcp://127.0.0.1:4242"
            async with Serving([Endpoint.parse(place)], network=network, faults=faults):

                async def asked() -> Status:
                    found = await record(network, "send", f"{place}#reply=line", "hello\n", deadline=5)
                    status: Status = found.status
                    return status

                assert await asked() is Status.SUCCESS
                name = faults.add("reset:3")
                assert await asked() is Status.CLOSED
                faults.remove(name)
                assert await asked() is Status.SUCCESS

        run(main())


class TestFitting:
    @staticmethod
    def _no_certificates(fault: Fault) -> None:
        if isinstance(fault, Certificate):
            raise UsageError("no TLS here")

    def test_what_can_not_act_is_not_placed(self) -> None:
        faults = Faults(fits=self._no_certificates)
        with pytest.raises(UsageError, match="no TLS"):
            faults.add("certificate:expired")
        assert not len(faults)

    def test_it_has_to_fit_somewhere_below(self) -> None:
        above = Faults()
        below = Faults(above=above, fits=self._no_certificates)
        with pytest.raises(UsageError, match="no TLS"):
            above.add("certificate:expired")
        other = Faults(above=above)
        above.add("certificate:expired")
        assert [len(list(each)) for each in (below, other)] == [1, 1]

    def test_what_was_placed_before_is_checked_when_told(self) -> None:
        above = Faults(["certificate:expired"])
        below = Faults(above=above, fits=self._no_certificates)
        with pytest.raises(UsageError, match="no TLS"):
            above.check()
        assert below.wanted

    def test_a_place_that_has_gone_is_left_alone(self) -> None:
        above = Faults()
        below = Faults(above=above, fits=self._no_certificates)
        below.detach()
        below.detach()
        above.add("certificate:expired")
        assert list(below) == []

    def test_what_is_gone_below_is_asked_no_more(self) -> None:
        above = Faults()
        below = Faults(above=above, fits=self._no_certificates)
        del below
        gc.collect()
        above.add("certificate:expired")


def test_links_are_made_ready_where_faults_are_or_will_be() -> None:
    assert not Faults().wanted
    assert Faults(["stall"]).wanted
    assert Faults(changes=True).wanted
    assert Faults(above=Faults(["stall"])).wanted


def test_of_one_kind_at_this_moment() -> None:
    async def main() -> None:
        faults = Faults(["certificate:expired:on=1", "certificate:name:start=5", "stall"])
        first, second = Bench(plan=faults).line, Bench(plan=faults).line
        assert [fault.flaw for _, fault in faults.of(Certificate, first)] == ["expired"]
        assert [fault.flaw for _, fault in faults.of(Certificate, second)] == []
        await asyncio.sleep(5)
        assert [fault.flaw for _, fault in faults.of(Certificate, second)] == ["name"]
        assert [fault.flaw for _, fault in faults.of(Certificate, None)] == ["name"]

    on_bench(main)
