"""An agent that is told to say no."""

from __future__ import annotations

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

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
