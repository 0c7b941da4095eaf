"""How findings say addresses, numbers and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.row import address
from netloom.packet.summing.bounded import MEMBERS
from netloom.packet.summing.record import Finding

if TYPE_CHECKING:
    from netloom.packet.summing.icmp import Place
    from netloom.packet.summing.span import Span

_NANO = 1_000_000_000


def place(where: Place) -> str:
    """An address as text."""
    return address(*where)


def port(where: Place, number: int) -> str:
    """An address and a port as text."""
    text = address(*where)
    return f"[{text}]:{number}" if ":" in text else f"{text}:{number}"


def mac(number: int) -> str:
    """A hardware address as text."""
    return number.to_bytes(6, "big").hex(":")


def percent(share: float) -> str:
    """A share in two digits."""
    value = share * 100
    return f"{value:.0f} %" if value >= 10 else f"{value:.1f} %" if value >= 0.1 else "below 0.1 %"


def many(count: int, one: str, several: str = "") -> str:
    """A number and what it counts."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def apart(count: int, one: str, several: str = "") -> str:
    """How many members a set has, and what they are; it tells so many apart."""
    return f"{MEMBERS:,} {several or one + 's'} or more" if count >= MEMBERS else many(count, one, several)


def seconds(nanoseconds: int) -> str:
    """A duration."""
    value = nanoseconds / _NANO
    return f"{value:.3g} s" if value >= 1 else f"{value * 1000:.3g} ms"


def unix(nanoseconds: int | None) -> float | None:
    """A time in Unix seconds."""
    return None if nanoseconds is None else nanoseconds / _NANO


def finding(  # noqa: PLR0913  # a finding has as many parts
    kind: str,
    severity: str,
    words: str,
    span: Span,
    *,
    who: tuple[str, ...] = (),
    filter: str = "",  # as the record has it
    **numbers: float,
) -> Finding:
    """A finding; how often and when is what a span tells."""
    return Finding(
        kind=kind,
        severity=severity,
        words=words,
        count=span.count,
        who=who,
        first=unix(span.first),
        last=unix(span.last),
        filter=filter,
        numbers=numbers,
    )
