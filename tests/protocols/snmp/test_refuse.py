"""An agent that is told to say no."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links import virtual
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.serving import Serving
from netloom.shapes import Sample
from netloom.toolbox import Toolbox
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, Met, outcomes, refusing, run

USER, PASSWORD = "ann", "warp-and-weft"

GET = Sample(verb="get", place="/sysName.0")
LIST = Sample(verb="list", place="/system")


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("fault", ["genErr", "noSuchName", "5"])
def test_each_status(version: str, fault: str) -> None:
    (met,) = outcomes("snmp", fault, GET, options=f"version={version}")
    assert met.status is REFUSED
    assert met.code == {"5": "genErr"}.get(fault, fault)
    assert "sysName.0" in met.message


def test_a_status_of_the_later_versions_in_the_first() -> None:
    (met,) = outcomes("snmp", "resourceUnavailable", GET, options="version=1")
    assert met.code == "genErr"


def test_a_kind_of_request() -> None:
    met = outcomes("snmp", "genErr:at=get-bulk", GET, LIST)
    assert [each.status for each in met] == [SUCCESS, REFUSED]


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("snmp", "genErr:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_objects() -> None:
    met = outcomes("snmp", "noAccess:target=1.3.6.1.2.1.1.5.*", GET, Sample(verb="get", place="/sysDescr.0"))
    assert [each.status for each in met] == [UNKNOWN, SUCCESS]


def test_over_tcp() -> None:
    (met,) = outcomes("snmp+tcp", "genErr", GET)
    assert met.code == "genErr"


REPORTS = {
    "unsupportedSecLevels": "unsupportedSecLevel", "notInTimeWindows": "notInTimeWindow",
    "unknownUserNames": "unknownUserName", "unknownEngineIDs": "unknownEngineID", "wrongDigests": "wrongDigest",
    "decryptionErrors": "decryptionError",
}  # fmt: skip


def _reported(fault: str, *samples: Sample) -> list[Met]:
    async def main() -> list[Met]:
        async with refusing("snmp", fault, accounts=Accounts.from_texts([f"{USER}:{PASSWORD}"])) as server:
            return [
                await server.ask(each.verb, each.place, options="version=3", user=f"{USER}:{PASSWORD}")
                for each in samples
            ]

    return run("snmp", main())


@pytest.mark.parametrize(("report", "code"), list(REPORTS.items()))
@pytest.mark.parametrize("sample", [GET, LIST, Sample(verb="probe")])
def test_each_report(report: str, code: str, sample: Sample) -> None:
    (met,) = _reported(report, sample)
    assert met.status is UNKNOWN
    assert met.code == code
    assert PASSWORD not in met.message


@pytest.mark.parametrize("report", ["notInTimeWindows", "unknownEngineIDs"])
def test_a_report_that_says_how_to_ask_again(report: str) -> None:
    assert [met.status for met in _reported(f"{report}:times=1", GET)] == [SUCCESS]


def test_a_clock_that_was_proven_is_moved_by_what_is_signed_alone() -> None:
    async def main() -> list[object]:
        network, faults, found = MemoryNetwork(), Faults(changes=True), list[object]()
        accounts, place = Accounts.from_texts([f"{USER}:{PASSWORD}"]), Endpoint.parse("snmp://127.0.0.1:161")
        there = Endpoint.parse(f"snmp://{USER}:{PASSWORD}@127.0.0.1:161#version=3")
        async with (
            Serving([place], (), accounts, network=network, faults=faults),
            Toolbox(_nowhere, network=network).attempt(there, 30.0) as attempt,
        ):
            found.append((await attempt.client.get("/sysName.0")).value)
            faults.add("refuse:notInTimeWindows:times=1")
            began = network.clock()
            found.append((await attempt.client.get("/sysName.0")).value)
            assert [placed.met for placed in faults] == [1]
            assert network.clock() == began  # nobody waits for another report
        return found

    first, second = virtual.run(main())
    assert first == second


def test_reports_about_one_user_twice() -> None:
    assert [met.status for met in _reported("wrongDigests:times=2", GET, GET, GET)] == [UNKNOWN, UNKNOWN, SUCCESS]
    assert [met.status for met in _reported("wrongDigests:target=bob", GET)] == [SUCCESS]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_the_older_versions_have_no_reports(version: str) -> None:
    (met,) = outcomes("snmp", "wrongDigests", GET, options=f"version={version}")
    assert met.status is SUCCESS


@pytest.mark.parametrize(
    ("fault", "steps"), [("wrongDigests:at=get", "message"), ("genErr:at=message", "request, get")]
)
def test_a_report_is_no_status_of_an_answer(fault: str, steps: str) -> None:
    with pytest.raises(UsageError, match="snmp can't refuse with") as raised:
        outcomes("snmp", fault, GET)
    assert f"steps: {steps}" in raised.value.hint


async def _nowhere(record: Any) -> None:
    """Nobody reads records."""
