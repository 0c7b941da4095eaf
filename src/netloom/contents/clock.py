"""Clock: what time it is, or is to seem, for NTP (RFC 5905 §6)."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, ClassVar, Self

from netloom.contents._argument import once, split
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_NTP_EPOCH = 2_208_988_800  # seconds from 1900-01-01, where NTP's era 0 begins, to 1970-01-01
_OPTIONS = ("offset", "stratum", "refid", "leap")
_OFFSET_LIMIT = 68 * 365.25 * 86400  # half an era: beyond it the receiver can't tell the direction


class Clock:
    """The system's time plus `offset` seconds, and what an NTP server says about it.

    `stratum` is 1 to 15, or 16 for unsynchronised; 10, the default, is usual for a clock that nothing disciplines.
    `reference_id` are its four bytes (by default a local clock's), `leap` is the leap indicator (RFC 5905 §7.3).
    `precision` is log2 of the clock's resolution in seconds.
    """

    KIND: ClassVar[str] = "clock"

    def __init__(
        self,
        offset: float = 0.0,
        *,
        stratum: int = 10,
        reference_id: bytes | None = None,
        leap: int = 0,
        time_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Raises UsageError for values that can't be said in NTP."""
        if reference_id is None:
            # From stratum 2 on it is an address (RFC 5905 §7.3); this one is what local clocks have always shown.
            reference_id = b"LOCL" if stratum == 1 else b"\x7f\x7f\x01\x01"
        if not math.isfinite(offset) or abs(offset) > _OFFSET_LIMIT:
            raise UsageError(f"a clock's offset is a number of seconds up to {_OFFSET_LIMIT:.0f}")
        if not 1 <= stratum <= 16 or not 0 <= leap <= 3 or len(reference_id) != 4:
            raise UsageError(
                "a clock has a stratum from 1 to 16, a leap indicator from 0 to 3 and a refid of four bytes"
            )
        self.offset = offset
        self.stratum = stratum
        self.reference_id = reference_id
        self.leap = leap
        self._time_ns = time_ns
        self._offset_ns = round(offset * 1_000_000_000)
        self.precision = max(-32, min(0, round(math.log2(time.get_clock_info("time").resolution))))

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`clock`, `clock:+1.5`, `clock:stratum=3`, `clock:-0.25,stratum=2,refid=GPS,leap=1`. Raises UsageError."""
        text, options = split(cls.KIND, argument, _OPTIONS)
        given = [text, *options["offset"]] if text else options["offset"]
        offset = _number(once(cls.KIND, "offset", given) or "0")
        refid = once(cls.KIND, "refid", options["refid"])
        if refid is not None and (not refid.isascii() or not refid.isprintable() or not 1 <= len(refid) <= 4):
            raise UsageError(f"--content {argument!r}: refid is one to four ASCII characters", hint="refid=GPS")
        return cls(
            offset,
            stratum=_integer("stratum", once(cls.KIND, "stratum", options["stratum"]) or "10"),
            reference_id=refid.encode().ljust(4, b"\0") if refid else None,
            leap=_integer("leap", once(cls.KIND, "leap", options["leap"]) or "0"),
        )

    def describe(self) -> str:
        shift = f" {self.offset:+g} s" if self.offset else ""
        return f"clock{shift} stratum {self.stratum}"

    def now(self) -> float:
        """Unix seconds."""
        return self.now_ns() / 1_000_000_000

    def now_ns(self) -> int:
        """Unix nanoseconds."""
        return self._time_ns() + self._offset_ns

    def ntp(self) -> int:
        """The time as NTP's 64-bit timestamp: seconds since 1900 modulo 2^32, then 32 bits of fraction."""
        return ntp_timestamp(self.now_ns())


def ntp_timestamp(unix_ns: int) -> int:
    """Unix nanoseconds as NTP's 64-bit timestamp."""
    seconds, nanoseconds = divmod(unix_ns, 1_000_000_000)
    return ((seconds + _NTP_EPOCH) % (1 << 32)) << 32 | (nanoseconds << 32) // 1_000_000_000


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--content clock: {text!r} is no number of seconds", hint="clock:+1.5") from None


def _integer(name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise UsageError(f"--content clock: {name} is a whole number, not {text!r}", hint=f"clock:{name}=3")
    return int(text[:10])


CONTENT = Clock
