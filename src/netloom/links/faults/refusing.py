"""Whether a server is to say no: the fault `refuse` beside what a protocol declares, and what carries it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from netloom import registry
from netloom.links.faults.kinds.refuse import Refuse

if TYPE_CHECKING:
    from netloom.links.faults.line import Line
    from netloom.links.faults.plan import Faults
    from netloom.shapes import Protocol, Refusal, Scheme, Step

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


def speakers(protocol: Protocol, scheme: Scheme) -> tuple[Protocol, ...]:
    """Who can say no there: a protocol, then its carrier."""
    carrier = _CARRIERS.get(scheme.over, protocol.name)
    return (protocol,) if carrier == protocol.name else (protocol, registry.protocol(carrier))


def known(protocol: Protocol, scheme: Scheme) -> list[tuple[Protocol, Refusal]]:
    """The ways in which a server can say no, and whose they are: a protocol's own, then its carrier's."""
    return [(speaker, refusal) for speaker in speakers(protocol, scheme) for refusal in speaker.refusals]


def declared(protocol: Protocol, scheme: Scheme, code: str, at: str = "") -> tuple[Protocol, Refusal] | None:
    """Whose a code is, and what is known of it; by who says it at a step, the one that is wanted or its usual one."""
    for speaker, refusal in known(protocol, scheme):
        if refusal.means(code) and any(step.means(at or refusal.at) for step in places(speaker, scheme, refusal)):
            return speaker, refusal
    return None


def places(speaker: Protocol, scheme: Scheme, refusal: Refusal) -> list[Step]:
    """The steps at which a refusal can be said: at its own, or at any where neither of both is apart."""
    steps = [step for step in speaker.steps if step.over in ("", scheme.over)]
    apart = any(step.apart and step.means(refusal.at) for step in steps)
    return [step for step in steps if step.means(refusal.at) or not (apart or step.apart)]


class Asking(NamedTuple):
    """Who asks, at which steps (an empty one is none), and about what."""

    who: Protocol
    steps: tuple[str, ...]
    target: str = ""


def refused(faults: Faults, spoken: tuple[Protocol, Scheme], asking: Asking, line: Line | None) -> No | None:
    """What the first fault says that is for one of these steps; it is counted as said.

    Raises RuntimeError for a step that isn't declared: nobody could name it in a fault.
    """
    names = {step.lower() for step in asking.steps if step}
    for step in filter(None, asking.steps):
        if not any(each.means(step) for each in asking.who.steps):
            raise RuntimeError(f"{asking.who.name} asks at {step!r}, which is none of its steps")
    for placed, fault in faults.of(Refuse, line):
        found = declared(*spoken, fault.code, fault.at)
        if found is None or found[0] is not asking.who:
            continue
        refusal = found[1]
        if (fault.at or refusal.at).lower() not in names:
            continue
        if fault.target and not fnmatchcase(asking.target, fault.target):
            continue
        if fault.times is not None and placed.met >= fault.times:
            continue
        placed.met += 1
        code = refusal.spelt(fault.code)
        return No(code, refusal.number or (int(code) if code.isdecimal() else 0), fault.text)
    return None
