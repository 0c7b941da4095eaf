"""A shell's server that is told to say no."""

from __future__ import annotations

import pytest

from netloom.errors import Phase, Status
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

RUN = Sample(verb="run", text="echo loom")


@pytest.mark.parametrize(
    ("fault", "status", "code", "phase"),
    [
        ("TOO_MANY_CONNECTIONS", REFUSED, 12, Phase.AUTH), ("12", REFUSED, 12, Phase.AUTH),
        ("USERAUTH_FAILURE", UNKNOWN, 14, Phase.AUTH), ("OPEN_RESOURCE_SHORTAGE", REFUSED, 4, Phase.REQUEST),
        ("SERVICE_NOT_AVAILABLE:at=session", REFUSED, 7, Phase.REQUEST),
        ("CHANNEL_FAILURE", REFUSED, "CHANNEL_FAILURE", Phase.REQUEST),
    ],
)  # fmt: skip
def test_each_answer_where_it_is_said(fault: str, status: Status, code: int | str, phase: Phase) -> None:
    (met,) = outcomes("ssh", f"{fault}:text=enough", RUN)
    assert met.status is status
    assert met.code == code
    assert met.phase is phase


@pytest.mark.parametrize(
    "fault", ["TOO_MANY_CONNECTIONS", "USERAUTH_FAILURE", "OPEN_RESOURCE_SHORTAGE", "CHANNEL_FAILURE"]
)
@pytest.mark.parametrize("scheme", ["sftp", "netconf"])
def test_for_what_it_carries(scheme: str, fault: str) -> None:
    (met,) = outcomes(scheme, fault, Sample(verb="list", place="/"))
    assert met.status in (REFUSED, UNKNOWN)


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("ssh", "TOO_MANY_CONNECTIONS:times=2", RUN, RUN, RUN)] == TWICE


def test_only_for_some_commands() -> None:
    met = outcomes("ssh", "CHANNEL_FAILURE:target=rm*", RUN, Sample(verb="run", text="rm x"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
