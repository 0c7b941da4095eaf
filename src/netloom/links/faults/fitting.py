"""Whether a fault can act where it is placed: told before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.links.faults.fault import DATAGRAMS, STREAM
from netloom.links.faults.kinds.certificate import Certificate
from netloom.links.faults.kinds.refuse import Refuse
from netloom.links.faults.refusing import declared, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.faults.fault import Fault, Kind
    from netloom.shapes import Protocol, Scheme

_CARRIED = {"udp": DATAGRAMS, "icmp": DATAGRAMS, "udp+tcp": STREAM | DATAGRAMS}


def carried(over: str, *, quic: bool = False) -> frozenset[Kind]:
    """What passes on links that a scheme is carried over."""
    return _CARRIED.get(over, STREAM) | (DATAGRAMS if quic else frozenset())


def fits_link(fault: Fault, kinds: frozenset[Kind], where: str) -> None:
    """Raises UsageError for a fault that has nothing to act on."""
    if not fault.KINDS & kinds:
        wanted, there = (" and ".join(sorted(each)) for each in (fault.KINDS, kinds))
        raise UsageError(f"the fault {fault.name} acts on {_plural(wanted)}, and {where} has {_plural(there)}")


def fits_client(fault: Fault, where: str) -> None:
    """Raises UsageError for a fault that only a server can have."""
    if isinstance(fault, Certificate | Refuse):
        raise UsageError(f"{where}: the fault {fault.name} is a server's", hint="serve with it")


def fits_server(fault: Fault, spoken: Sequence[tuple[Protocol, Scheme]], where: str, *, secure: bool) -> None:
    """Raises UsageError for a certificate without TLS, and a code that none of what is spoken here knows."""
    if isinstance(fault, Certificate) and not secure:
        raise UsageError(f"{where} has no TLS and so no certificate")
    if not isinstance(fault, Refuse) or any(declared(*each, fault.code) for each in spoken):
        return
    names = ", ".join(protocol.name for protocol, _ in spoken)
    codes = ", ".join(dict.fromkeys(refusal.code for each in spoken for refusal in known(*each)))
    raise UsageError(f"{names} can't refuse with {fault.code!r}", hint=f"codes: {codes}" if codes else "")


def _plural(kinds: str) -> str:
    return kinds.replace("stream", "streams")
