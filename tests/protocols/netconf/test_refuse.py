"""A device's configuration server that is told to say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

if TYPE_CHECKING:
    from netloom.errors import Status

GET = Sample(verb="get", place="/running?filter=system")
RUN = Sample(verb="run", text="validate running")


@pytest.mark.parametrize(
    ("tag", "status"), [("in-use", REFUSED), ("access-denied", UNKNOWN), ("operation-failed", REFUSED)]
)
@pytest.mark.parametrize("sample", [GET, RUN])
def test_each_tag(sample: Sample, tag: str, status: Status) -> None:
    (met,) = outcomes("netconf", f"{tag}:text=enough", sample)
    assert met.status is status
    assert met.code == tag
    assert "enough" in met.message


@pytest.mark.parametrize("tag", ["in-use", "operation-failed"])
def test_a_goodbye_that_is_refused(tag: str) -> None:
    (met,) = outcomes("netconf", f"{tag}:at=close-session", GET)
    assert met.status is SUCCESS


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("netconf", "resource-denied:times=2:at=get-config", GET, GET, GET)] == TWICE


def test_only_for_some_datastores() -> None:
    met = outcomes("netconf", "in-use:target=cand*", GET, Sample(verb="get", place="/candidate?filter=system"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
