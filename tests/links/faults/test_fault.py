"""What every fault can be told."""

from __future__ import annotations

import asyncio

import pytest

from netloom.errors import UsageError
from netloom.links.faults.fault import Fault, Traffic
from netloom.links.faults.kinds.half_close import HalfClose
from netloom.links.faults.kinds.latency import Latency
from netloom.links.faults.plan import Faults
from tests.links.faults.bench import Bench, on_bench


def test_it_is_called_as_its_module() -> None:
    assert HalfClose().name == "half_close"


@pytest.mark.parametrize("fields", [{"on": "5-3"}, {"start": 2.0, "end": 1.0}, {"start": 2.0, "end": 2.0}])
def test_what_can_never_be_is_said(fields: dict[str, object]) -> None:
    with pytest.raises(UsageError) as raised:
        Latency(delay=1, **fields)  # type: ignore[arg-type]  # as it is given
    assert raised.value.hint


def test_what_has_no_traffic_does_nothing_to_what_passes() -> None:
    async def main() -> None:
        bench = Bench(plan=Faults([Fault()]))
        bench.say(b"x")
        assert bench.heard() == b"x"

    on_bench(main)


def test_work_is_said_by_each() -> None:
    async def main() -> None:
        with pytest.raises(NotImplementedError):
            Bench(plan=Faults([Traffic()]))

    asyncio.run(main())
