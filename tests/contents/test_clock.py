from __future__ import annotations

import time

import pytest

from netloom.contents.clock import CONTENT, Clock, ntp_timestamp
from netloom.errors import UsageError


class TestTime:
    def test_offset(self) -> None:
        clock = Clock(1.5, time_ns=lambda: 1_000_000_000_000)
        assert clock.now() == 1001.5
        assert clock.now_ns() == 1_001_500_000_000

    def test_the_systems_time_by_default(self) -> None:
        before = time.time_ns()
        assert before <= Clock().now_ns() <= time.time_ns()

    @pytest.mark.parametrize(
        ("unix_ns", "timestamp"),
        [
            (0, 2_208_988_800 << 32),
            (500_000_000, (2_208_988_800 << 32) + (1 << 31)),
            (999_999_999, (2_208_988_800 << 32) + (999_999_999 << 32) // 10**9),
            (-2_208_988_800 * 10**9, 0),
            ((2**32 - 2_208_988_800) * 10**9, 0),  # 2036-02-07T06:28:16Z: era 1 begins
            (-250_000_000, (2_208_988_799 << 32) + 3 * (1 << 30)),
        ],
    )
    def test_ntp(self, unix_ns: int, timestamp: int) -> None:
        assert ntp_timestamp(unix_ns) == timestamp
        assert Clock(time_ns=lambda: unix_ns).ntp() == timestamp

    def test_precision_is_that_of_the_clock(self) -> None:
        assert -32 <= Clock().precision <= 0


class TestArgument:
    @pytest.mark.parametrize(
        ("argument", "offset", "stratum", "reference_id", "leap"),
        [
            ("", 0.0, 10, b"\x7f\x7f\x01\x01", 0),
            ("+1.5", 1.5, 10, b"\x7f\x7f\x01\x01", 0),
            ("-0.25,stratum=2,refid=GPS,leap=1", -0.25, 2, b"GPS\0", 1),
            ("stratum=1", 0.0, 1, b"LOCL", 0),
            ("stratum=3", 0.0, 3, b"\x7f\x7f\x01\x01", 0),
            ("offset=3", 3.0, 10, b"\x7f\x7f\x01\x01", 0),
        ],
    )
    def test_read(self, argument: str, offset: float, stratum: int, reference_id: bytes, leap: int) -> None:
        clock = CONTENT.from_argument(argument)
        assert (clock.offset, clock.stratum, clock.reference_id, clock.leap) == (offset, stratum, reference_id, leap)

    @pytest.mark.parametrize(
        "argument",
        ["x", "nan", "inf", "1e12", "stratum=0", "stratum=17", "stratum=x", "stratum=-1", "refid=LONGER", "refid=é",
         "leap=4", "stratum=", "colour=1", "1,offset=2", "stratum=1,stratum=2", "stratum=3,5"],
    )  # fmt: skip
    def test_mistakes(self, argument: str) -> None:
        with pytest.raises(UsageError):
            CONTENT.from_argument(argument)

    def test_described(self) -> None:
        assert Clock().describe() == "clock stratum 10"
        assert Clock(-1.5, stratum=2).describe() == "clock -1.5 s stratum 2"
