"""Probe: what is learnt, what is expected of it, many at once, and again and again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.operations.probe import OPERATION
from netloom.records import ProbeRecord
from netloom.serving import Serving
from netloom.toolbox import Toolbox, records_of
from tests.worlds import record, records

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.records import Record

ECHO = [Endpoint.parse("tcp://127.0.0.1:0")]
WEB = [Endpoint.parse("http://127.0.0.1:0")]


@pytest.mark.usefixtures("leaves_nothing")
class TestFacts:
    async def test_what_is_learnt(self) -> None:
        async with Serving(WEB, [Files(files={"a": b"warp"})]) as serving:
            found = await record(None, "probe", serving.endpoint.replace(path="/a"))
        assert isinstance(found, ProbeRecord)
        assert (found.status, found.phase, found.facts["status"]) == (Status.SUCCESS, None, 200)
        assert "200" in found.summary
        assert "summary" not in found.facts

    async def test_a_failure_keeps_what_was_learnt_before(self) -> None:
        async with Serving(WEB, [Files(files={})]) as serving:
            found = await record(None, "probe", serving.endpoint.replace(path="/none"), expect="facts.status == 200")
        assert found.facts["status"] == 404
        assert found.status is not Status.SUCCESS

    async def test_targets_from_a_file(self, tmp_path: Path) -> None:
        async with Serving([*ECHO, *ECHO]) as serving:
            file = tmp_path / "targets"
            file.write_text(f"# two\n{serving.endpoints[0]}\n{serving.endpoints[1]}\n")
            found: list[Any] = await records(None, "probe", serving.endpoints[0], file=str(file))
        assert len(found) == 3
        assert {made.endpoint for made in found} == {str(endpoint) for endpoint in serving.endpoints}

    async def test_what_cant_be_meant(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="there is nothing to aim at"):
            await records(None, "probe")
        with pytest.raises(UsageError, match="none can't be read"):
            await records(None, "probe", file=str(tmp_path / "none"))
        with pytest.raises(UsageError, match="an operator is expected"):
            await records(None, "probe", "tcp://127.0.0.1:9", expect="facts.status")
        with pytest.raises(UsageError, match="is no option here"):
            await records(None, "probe", "tcp://127.0.0.1:9", options="zzz=1")


@pytest.mark.usefixtures("leaves_nothing")
class TestExpectations:
    @pytest.mark.parametrize(
        ("expect", "status", "message"),
        [
            (["facts.status == 200", "duration < 1min"], Status.SUCCESS, ""),
            (["facts.status == 404"], Status.EXPECTATION_FAILED, "expected facts.status == 404, found 200"),
            (
                ["facts.status == 404", "protocol == tcp"],
                Status.EXPECTATION_FAILED,
                "expected facts.status == 404, found 200; expected protocol == tcp, found 'http'",
            ),
        ],
    )
    async def test_of_an_answer(self, expect: list[str], status: Status, message: str) -> None:
        async with Serving(WEB, [Files(files={"a": b"warp"})]) as serving:
            found = await record(None, "probe", serving.endpoint.replace(path="/a"), expect=expect)
        assert found.status is status
        assert message in found.message
        assert found.facts["status"] == 200

    async def test_a_failure_says_what_failed_rather(self) -> None:
        async with Serving(ECHO) as serving:
            gone = serving.endpoint
        found = await record(None, "probe", gone, expect="facts.banner == x")
        assert (found.status, found.phase) == (Status.REFUSED, Phase.CONNECT)
        assert "expected" not in found.message


class Watched:
    """Probes in memory, and when each ended."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        self.network = MemoryNetwork()
        self.network.connect_delay = 2.0
        self.at: list[float] = []

    def run(self, *, stop_after: int = 0) -> list[float]:
        async def main() -> None:
            async with Serving(ECHO, network=self.network) as serving:
                loop = asyncio.get_running_loop()
                request = OPERATION.request(targets=[serving.endpoint] * 3, **self.fields)
                made = records_of(OPERATION, request, {"network": self.network, "now": loop.time})
                async for found in made:
                    assert isinstance(found, ProbeRecord)
                    assert found.status is Status.SUCCESS, found
                    self.at.append(loop.time())
                    if len(self.at) == stop_after:
                        break
                await made.aclose()
                assert asyncio.all_tasks() == {asyncio.current_task()}

        run(main())
        return self.at


class TestManyAndAgain:
    @pytest.mark.parametrize(
        ("fields", "at"),
        [
            ({}, [2, 2, 2]),
            ({"concurrency": 1}, [2, 4, 6]),
            ({"concurrency": 2}, [2, 2, 4]),
            ({"rate": 0.5}, [2, 4, 6]),
            ({"watch": 10, "count": 2}, [2, 2, 2, 12, 12, 12]),
            ({"watch": 1, "count": 2}, [2, 2, 2, 4, 4, 4]),
            ({"watch": 10, "count": 1}, [2, 2, 2]),
            ({"count": 3}, [2, 2, 2]),
        ],
    )
    def test_when(self, fields: dict[str, Any], at: list[float]) -> None:
        assert Watched(**fields).run() == pytest.approx(at)

    def test_watching_has_no_end_of_its_own(self) -> None:
        assert Watched(watch=3600).run(stop_after=100)[-1] == pytest.approx(2 + 33 * 3600)


async def test_a_probe_of_every_phase_ends_by_its_deadline() -> None:
    async def nowhere(record: Record) -> None:
        """The records come through the call."""

    network = MemoryNetwork()
    network.silent.add(("127.0.0.1", 9))
    toolbox = Toolbox(nowhere, network=network)
    found = [made async for made in toolbox.call("probe", targets="tcp://127.0.0.1:9", deadline=0.05)]
    assert isinstance(found[0], ProbeRecord)
    assert (found[0].status, found[0].phase) == (Status.TIMEOUT, Phase.CONNECT)
