"""What every protocol's part in replaying has to keep: nothing is lost, cuts don't matter, nothing is raised."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from netloom.packet.streams.events import CLIENT, SERVER
from tests.fuzzing import mutate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netloom.packet.tape.part import Part, Unit

    Dialogue = Sequence[tuple[str, bytes]]

ROUNDS = 400
"""Dialogues with accidents that are tried."""


def split(part: Callable[[], Part], said: Dialogue, transport: str = "tcp") -> list[Unit]:
    """The units of a dialogue."""
    units = part().units(transport)
    return [unit for sender, data in said for unit in units.feed(sender, data)]


def gists(part: Callable[[], Part], said: Dialogue, transport: str = "tcp") -> list[str | None]:
    """What is waited for."""
    return [unit.gist for unit in split(part, said, transport)]


def keeps_to_it(part: Callable[[], Part], said: Dialogue, transport: str = "tcp") -> None:
    """Nothing is lost, cuts don't matter, and whatever comes, nothing is raised."""
    found = split(part, said, transport)
    for side in (CLIENT, SERVER):
        units = b"".join(unit.data for unit in found if unit.sender == side)
        assert units == b"".join(data for sender, data in said if sender == side)
    if transport == "tcp":
        crumbs = [(sender, data[at : at + 1]) for sender, data in said for at in range(len(data))]
        assert split(part, crumbs) == found
    generator = random.Random(7)
    pieces = [data for _, data in said]
    for _ in range(ROUNDS):
        hostile = [(generator.choice((CLIENT, SERVER)), mutate(generator, pieces)) for _ in range(4)]
        played = part()
        units_of = played.units(transport)
        met: list[Unit] = []
        for sender, data in hostile:
            for unit in units_of.feed(sender, data):
                for before in met:
                    played.met(before, unit)
                    played.answers(before, unit)
                met.append(unit)
                if unit.gist is None:
                    played.aside(unit)
                elif unit.sender in played.adapts:
                    played.adapt(unit)
                played.place(unit)
        for side in (CLIENT, SERVER):
            units_of.rest(side)
