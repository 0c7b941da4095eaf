"""Exchanges: a script of datagrams as questions with their answers, since datagrams have no order to rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.packet.streams.events import CLIENT
from netloom.packet.tape.departing import loosely
from netloom.packet.tape.script import Cue, plain
from netloom.packet.tape.track import SAID

if TYPE_CHECKING:
    from netloom.packet.tape.part import Part, Unit, Units
    from netloom.packet.tape.script import Script


class Exchange(Struct, eq=False):
    """What the peer asks at cue `number`, and our answers. `heard` and `said` are how it was in fact, once it was."""

    number: int
    asked: Cue
    answers: list[Cue]
    heard: bytes | None = None
    said: list[bytes] = []


class Exchanges:
    """The exchanges of one script with one peer."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.part: Part | None = script.part() if script.part is not None else None
        self.all = _paired(script, self.part)

    @property
    def done(self) -> bool:
        """Whether everything was asked."""
        return all(exchange.heard is not None for exchange in self.all)

    @property
    def next(self) -> Exchange:
        """The first that wasn't asked yet, or the last."""
        return next((exchange for exchange in self.all if exchange.heard is None), self.all[-1])

    def find(self, heard: Unit) -> Exchange | None:
        """Which one a datagram asks: the first that it can be, or one that is asked again to the letter.

        It can only be another one to the letter where the recording says the same twice.
        """
        fitting = (one for one in self.all if loosely(self.script.match, one.asked.unit, heard))
        fresh = next((one for one in fitting if one.heard is None), None)
        again = next((one for one in self.all if one.heard == heard.data), None)
        if again is None or (fresh is not None and fresh.asked.unit.data == again.asked.unit.data):
            return fresh
        return again

    def meet(self, exchange: Exchange, heard: Unit) -> None:
        """It was asked: its answers are made. Whoever asks again is told the same."""
        if exchange.heard is None:
            if self.part is not None:
                self.part.met(exchange.asked.unit, heard)
            adapt = self.part.adapt if self.part is not None else _as_it_was
            exchange.heard = heard.data
            exchange.said = [adapt(cue.unit) for cue in exchange.answers]


def _as_it_was(unit: Unit) -> bytes:
    return unit.data


def _paired(script: Script, part: Part | None) -> list[Exchange]:
    found: list[Exchange] = []
    for number, cue in enumerate(script.cues):
        if cue.act != SAID:
            continue
        if cue.sender != script.own:
            found.append(Exchange(number, cue, []))
            continue
        meant = [one for one in found if part is not None and part.answers(one.asked.unit, cue.unit)]
        for one in (meant or found)[-1:]:
            one.answers.append(cue)
    return found


def datagram(units: Units | None, data: bytes) -> Unit:
    """A client's datagram, as its protocol sees it where it does."""
    found = units.feed(CLIENT, data) if units is not None else []
    return found[0] if found else plain(CLIENT, data)
