"""A device that is told to answer with exceptions."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, outcomes

GET = Sample(verb="get", place="/input/0")
PUT = Sample(verb="put", place="/holding/0?type=float32", text="23.5")


@pytest.mark.parametrize(
    ("fault", "code"), [("ILLEGAL_FUNCTION", 1), ("2", 2), ("server_device_failure", 4), ("0x06", 6), ("11", 11)]
)
@pytest.mark.parametrize("scheme", ["modbus", "modbus+rtu"])
def test_by_number_or_name(scheme: str, fault: str, code: int) -> None:
    (met,) = outcomes(scheme, fault, GET)
    assert met.status is REFUSED
    assert met.code == code


@pytest.mark.parametrize("step", ["4", "read_input_registers"])
def test_a_function_by_number_or_name(step: str) -> None:
    met = outcomes("modbus", f"SERVER_DEVICE_BUSY:at={step}", GET, PUT)
    assert [each.status for each in met] == [REFUSED, SUCCESS]


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("modbus", "SERVER_DEVICE_BUSY:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_registers() -> None:
    met = outcomes("modbus", "ILLEGAL_DATA_ADDRESS:target=holding/*", GET, PUT)
    assert [each.status for each in met] == [SUCCESS, REFUSED]


@pytest.mark.parametrize("fault", ["7", "9", "12", "busy"])
def test_what_is_no_exception(fault: str) -> None:
    with pytest.raises(UsageError, match="modbus can't refuse with"):
        outcomes("modbus", fault, GET)
