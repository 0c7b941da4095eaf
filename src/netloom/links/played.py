"""How far a script was played, where the peer departed from it, and what is told of both."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from netloom.errors import ExpectationFailed
from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.departing import in_words
from netloom.packet.tape.script import Script


class Departure(Struct, frozen=True):
    """Where the peer departed from the recording: at which cue, what it said instead, and what that is in words."""

    number: int
    heard: bytes
    why: str


class Played(Struct, frozen=True):
    """How far a script was played: so many cues, so many octets of ours and of the peer's; and those beside it."""

    script: Script
    cues: int
    said: int
    heard: int
    departure: Departure | None = None
    beside: list[Played] = []


def departed(played: Played) -> ExpectationFailed:
    """A departure as an error."""
    departure, script = played.departure, played.script
    assert departure is not None  # noqa: S101  # who asks has looked
    wanted, came = in_words(script, departure.number, departure.heard)
    who = "server" if script.own == CLIENT else "client"
    return ExpectationFailed(
        f"the {who} departs from conversation {script.track.number}: {departure.why}; expected {wanted}, got {came}",
        hint="" if script.match == "none" else "--match none takes whatever it says",
    )


def about(played: Played) -> dict[str, Any]:
    """The fields of a record that tell of it."""
    script, departure = played.script, played.departure
    told: dict[str, Any] = {
        "conversation": script.track.number,
        "said": played.said,
        "heard": played.heard,
        "note": script.track.flaw,
    }
    if departure is None:
        return told
    cue = script.cues[min(departure.number, len(script.cues) - 1)]
    wanted, came = in_words(script, departure.number, departure.heard)
    return told | {"turn": cue.step.turn, "offset": cue.offset, "expected": wanted, "got": came}
