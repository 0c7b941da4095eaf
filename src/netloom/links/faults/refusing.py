"""Whether a server is to say no: the fault `refuse` beside what a protocol declares, and what carries it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from netloom import registry
from netloom.links.faults.kinds.refuse import Refuse

if TYPE_CHECKING:
    from netloom.links.faults.line import Line
    from netloom.links.faults.plan import Faults
    from netloom.shapes import Protocol, Refusal, Scheme

_CARRIERS = {"http": "http", "https": "http", "ssh": "ssh"}
"""Whose refusals those have as well that are carried over it."""


class No(msgspec.Struct, frozen=True):
    """What a server is to say: a code as its protocol declares it, and its number (0: it has none)."""

    code: str
    number: int
    text: str = ""

    def words(self, usual: str = "refused on purpose") -> str:
        """What is said beside the code."""
        return self.text or usual


def known(protocol: Protocol, scheme: Scheme) -> tuple[Refusal, ...]:
    """The ways in which a server can say no: a protocol's own, then its carrier's."""
    carrier = _CARRIERS.get(scheme.over, protocol.name)
    return protocol.refusals if carrier == protocol.name else protocol.refusals + registry.protocol(carrier).refusals


def declared(protocol: Protocol, scheme: Scheme, code: str) -> Refusal | None:
    """What is known of a code."""
    return next((refusal for refusal in known(protocol, scheme) if refusal.means(code)), None)


def refused(
    faults: Faults, spoken: tuple[Protocol, Scheme], line: Line | None, steps: tuple[str, ...], target: str
) -> No | None:
    """What the first fault says that is for one of these commands or steps; it is counted as said."""
    names = {step.lower() for step in steps}
    for placed, fault in faults.of(Refuse, line):
        refusal = declared(*spoken, fault.code)
        if refusal is None or (fault.at or refusal.at).lower() not in names:
            continue
        if fault.target and not fnmatchcase(target, fault.target):
            continue
        if fault.times is not None and placed.met >= fault.times:
            continue
        placed.met += 1
        code = refusal.spelt(fault.code)
        return No(code, refusal.number or (int(code) if code.isdecimal() else 0), fault.text)
    return None
