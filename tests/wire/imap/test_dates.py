"""Dates, with time and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.imap import dates
from tests.wire.imap.strategies import DAYS, MOMENTS

if TYPE_CHECKING:
    import datetime


@given(DAYS)
def test_days(day: datetime.date) -> None:
    assert dates.parse_date(dates.emit_date(day).decode()) == day


@given(MOMENTS)
def test_moments(moment: float) -> None:
    assert dates.parse_date_time(dates.emit_date_time(moment).decode()) == moment


def test_zones() -> None:
    assert dates.parse_date_time("17-Jul-1996 02:44:25 -0700") == 837596665
    assert dates.parse_date_time(" 1-jan-1970 01:00:00 +0100") == 0
    assert dates.emit_date_time(837596665.9) == b"17-Jul-1996 09:44:25 +0000"
    assert dates.emit_date_time(0) == b" 1-Jan-1970 00:00:00 +0000"


@pytest.mark.parametrize(
    "text", ["", "1-Feb", "30-Feb-2026", "1-Foo-2026", "1-Feb-0000", "\u0661-Feb-2026", "1-Feb-2026 00:00:00 +0000"]
)
def test_no_days(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        dates.parse_date(text)


@pytest.mark.parametrize(
    "text", ["", "1-Feb-2026", "17-Jul-1996 25:44:25 -0700", "17-Jul-1996 02:44:25", " 1-Jan-0001 00:00:00 +9999"]
)
def test_no_moments(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        dates.parse_date_time(text)


def test_no_moment_of_ours() -> None:
    with pytest.raises(LocalProtocolError):
        dates.emit_date_time(1e30)
