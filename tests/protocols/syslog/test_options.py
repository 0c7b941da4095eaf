"""Options: names of facilities and severities, and bounds."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.syslog.options import Options
from netloom.wire.syslog.message import FACILITIES, SEVERITIES


@pytest.mark.parametrize("facility", FACILITIES)
def test_every_facility_has_its_name(facility: str) -> None:
    assert split(Endpoint.parse(f"syslog://h#facility={facility}"), Options)[1].facility == facility


@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_severity_has_its_name(severity: str) -> None:
    assert split(Endpoint.parse(f"syslog://h#severity={severity}"), Options)[1].severity == severity


@pytest.mark.parametrize(
    "option", ["facility=x", "severity=9", "format=3165", "framing=nul", "max_size=10", "test=perhaps"]
)
def test_others_are_refused(option: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"syslog://h#{option}"), Options)
