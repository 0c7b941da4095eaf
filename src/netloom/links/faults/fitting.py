"""Whether a fault can act where it is placed: told before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.links.faults.fault import DATAGRAMS, STREAM
from netloom.links.faults.kinds.certificate import Certificate
from netloom.links.faults.kinds.refuse import Refuse
from netloom.links.faults.refusing import declared, known, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.faults.fault import Fault, Kind
    from netloom.shapes import Protocol, Scheme

_CARRIED = {"udp": DATAGRAMS, "icmp": DATAGRAMS, "udp+tcp": STREAM | DATAGRAMS}


def carried(over: str, *, quic: str = "") -> frozenset[Kind]:
    """What passes on links that a scheme is carried over; with QUIC beside them ("also") or in their place ("only")."""
    kinds = _CARRIED.get(over, STREAM)
    return {"also": kinds | DATAGRAMS, "only": DATAGRAMS}.get(quic, kinds)


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
    """Raises UsageError for a certificate without TLS, and for what none of those that are spoken here would say."""
    if isinstance(fault, Certificate) and not secure:
        raise UsageError(f"{where} has no TLS and so no certificate")
    if isinstance(fault, Refuse) and not any(declared(*each, fault.code, fault.at) for each in spoken):
        raise _unsaid(fault, spoken)


def _unsaid(fault: Refuse, spoken: Sequence[tuple[Protocol, Scheme]]) -> UsageError:
    """Whether it is the code that nobody knows or the step, what there is, and what was meant."""
    names = ", ".join(protocol.name for protocol, _ in spoken)
    sayable = [
        (speaker, scheme, refusal) for protocol, scheme in spoken for speaker, refusal in known(protocol, scheme)
    ]
    meant = [each for each in sayable if each[2].means(fault.code)]
    if not meant:
        codes = ", ".join(dict.fromkeys(refusal.code for _, _, refusal in sayable))
        return UsageError(f"{names} can't refuse with {fault.code!r}", hint=f"codes: {codes}" if codes else "")
    steps = list(dict.fromkeys(step.name for each in meant for step in places(*each)))
    at = fault.at or meant[0][2].at
    near = suggest(at.lower(), [name.lower() for name in steps])
    return UsageError(
        f"{names} can't refuse with {fault.code} at {at!r} here",
        hint=f"{near} " * bool(near) + f"steps: {', '.join(steps)}",
    )


def _plural(kinds: str) -> str:
    return kinds.replace("stream", "streams")
